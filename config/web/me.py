"""One's own page: password, second factor, where one is signed in. Whatever weakens the account takes the password."""

import math
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from config.web.access import CurrentUser, actor_of, address_of, visitor_of
from config.web.pages import notify, redirect, render
from config.web.passwords import WeakPassword, check_password
from config.web.site import Site, site_of
from config.web.store import User
from config.web.totp import matching_step, new_recovery_codes, new_secret, owner, plain_code, qr_code

router = APIRouter(prefix="/me")

Text = Annotated[str, Form()]


@router.get("")
def show(request: Request, user: CurrentUser) -> Response:
    """Show all of it."""
    return _page(request, user)


@router.post("/password")
def change_password(
    request: Request, user: CurrentUser, password: Text = "", new: Text = "", again: Text = ""
) -> Response:
    """Change the password, and end all other sessions."""
    site = site_of(request)
    errors = _wrong_password(request, user, password)
    try:
        check_password(new, user.name)
    except WeakPassword as error:
        errors["new"] = f"{error}.".capitalize()
    if new != again:
        errors["again"] = "This is not the same as above."
    elif new == password and not errors:
        errors["new"] = "This is the password that you have."
    if errors:
        return _page(request, user, status_code=422, errors=errors)
    session = visitor_of(request).session
    keep = session.token_hash if session else ""
    hashed = site.passwords.hash(new)
    site.users.set_password(user, hashed, site.clock.now(), actor_of(request), keep_session=keep)
    notify(request, "Your password is changed. Wherever else you were signed in, you are signed out.")
    return redirect(request, "/me")


@router.post("/sessions/end")
def end_other_sessions(request: Request, user: CurrentUser) -> Response:
    """Sign out everywhere else."""
    session = visitor_of(request).session
    ended = site_of(request).sessions.end_all(user.user_id, but=session.token_hash if session else "")
    notify(request, f"Ended: {ended}." if ended else "There was no other session.")
    return redirect(request, "/me")


@router.post("/second-factor/begin")
def begin_second_factor(request: Request, user: CurrentUser) -> Response:
    """Make a secret; it is asked for only when a code has proved that an authenticator has it."""
    if user.second_factor:
        return redirect(request, "/me")
    site = site_of(request)
    site.users.prepare_totp(user, site.keys.seal(new_secret().encode(), owner(user)))
    return redirect(request, "/me/second-factor")


@router.get("/second-factor")
def show_second_factor(request: Request, user: CurrentUser) -> Response:
    """Show the secret to the authenticator."""
    return _setting_up(request, user)


@router.post("/second-factor")
def confirm_second_factor(request: Request, user: CurrentUser, password: Text = "", code: Text = "") -> Response:
    """Ask for codes from now on, and show the recovery codes this once."""
    site = site_of(request)
    secret = _pending_secret(site, user)
    if secret is None:
        return redirect(request, "/me")
    errors = _wrong_password(request, user, password)
    now = site.clock.now()
    step = matching_step(secret, code, now.timestamp())
    if step is None:
        errors["code"] = "This is not the code of this moment. Is the clock of your telephone right?"
    if errors or step is None:
        return _setting_up(request, user, status_code=422, errors=errors)
    codes = new_recovery_codes()
    hashes = [site.keys.code_hash(plain_code(one)) for one in codes]
    site.users.enable_totp(user, step, hashes, now, actor_of(request))
    return render(request, "recovery_codes.html", codes=codes)


@router.post("/second-factor/off")
def drop_second_factor(request: Request, user: CurrentUser, off_password: Text = "") -> Response:
    """Sign in with the password alone again; all sessions end."""
    errors = _wrong_password(request, user, off_password, field="off_password")
    if errors:
        return _page(request, user, status_code=422, errors=errors)
    site = site_of(request)
    site.users.reset_totp(user, site.clock.now(), actor_of(request))
    return redirect(request, "/login")


def _page(request: Request, user: User, *, status_code: int = 200, errors: dict[str, str] | None = None) -> Response:
    site, visitor = site_of(request), visitor_of(request)
    return render(
        request,
        "me.html",
        status_code=status_code,
        errors=errors or {},
        sessions=site.sessions.of_user(user.user_id, site.clock.now()),
        this=visitor.session.token_hash if visitor.session else "",
        codes_left=site.users.recovery_codes_left(user) if user.second_factor else 0,
    )


def _setting_up(request: Request, user: User, *, status_code: int = 200, **context: Any) -> Response:
    secret = _pending_secret(site_of(request), user)
    if secret is None:
        return redirect(request, "/me")
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    context = {"errors": {}} | context
    return render(
        request, "second_factor.html", status_code=status_code, qr=qr_code(secret, user.name), secret=groups, **context
    )


def _pending_secret(site: Site, user: User) -> str | None:
    account = site.users.account(user.name)
    if user.second_factor or account is None or account.totp_secret is None:
        return None
    return site.keys.unseal(account.totp_secret, owner(user)).decode()


def _wrong_password(request: Request, user: User, password: str, *, field: str = "password") -> dict[str, str]:
    """Return what to say beside the field, nothing where it is right; counted like signing in."""
    site, address = site_of(request), address_of(request)
    wait_s = site.attempts.begin(user.name, address, site.clock.now())
    if wait_s > 0:
        return {field: f"Too many attempts. Try again in {math.ceil(wait_s)} s."}
    account = site.users.account(user.name)
    if not site.passwords.matches(account.password_hash if account else None, password):
        return {field: "This is not your password."}
    site.attempts.succeeded(user.name, address)
    return {}
