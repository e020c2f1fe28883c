"""Signing in and out: password, then, where it is set up, a code; each attempt counted before it is looked at."""

import math
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from config.web.access import Visitor, address_of, session_cookie, visitor_of
from config.web.pages import drop_cookie, own_path, redirect, render, set_cookie
from config.web.site import Site, site_of
from config.web.store import Actor, Stage, User
from config.web.totp import CodeCheck

router = APIRouter()

_WRONG = "User name or password is wrong."
_WRONG_CODE = "This code is wrong, or was used already."


@router.get("/login")
def show_login(request: Request, next: str = "/", out: bool = False) -> Response:
    """Show the form."""
    if visitor_of(request).user is not None:
        return redirect(request, own_path(next))
    return _form(request, next, signed_out=out)


@router.post("/login")
def check_password(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Let in whoever knows the password, or on to the code."""
    site, address, typed = site_of(request), address_of(request), name.strip().casefold()[:100]
    wait_s = site.attempts.begin(typed, address, site.clock.now())
    if wait_s > 0:
        return _too_many(request, "login.html", wait_s, next=own_path(next), name=name)
    account = site.users.account(typed)
    # A user who is not there, or may not come in, takes as long as a wrong password.
    known = site.passwords.matches(account.password_hash if account else None, password)
    if account is None or not known or account.user.disabled:
        _note(site, request, typed, "sign_in.refused", "disabled" if account and known else "")
        return _form(request, next, name=name, error=_WRONG, status_code=401)
    if site.passwords.outdated(account.password_hash):
        site.users.rehash(account.user, site.passwords.hash(password))
    stage = Stage.CODE if account.user.second_factor else Stage.FULL
    if stage is Stage.FULL:
        site.attempts.succeeded(typed, address)
        _note(site, request, account.user.name, "sign_in.done", user=account.user)
    where = own_path(next) if stage is Stage.FULL else "/login/code?" + _query(own_path(next))
    return _opened(request, account.user, stage, where)


@router.get("/login/code")
def show_code(request: Request, next: str = "/") -> Response:
    """Ask for the code."""
    if visitor_of(request).halfway is None:
        return redirect(request, "/login")
    return render(request, "login_code.html", next=own_path(next), error="")


@router.post("/login/code")
def check_code(request: Request, code: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/") -> Response:
    """Let in whoever has the second factor, or a recovery code."""
    site, address, user = site_of(request), address_of(request), visitor_of(request).halfway
    if user is None:
        return redirect(request, "/login")
    wait_s = site.attempts.begin(user.name, address, site.clock.now())
    if wait_s > 0:
        return _too_many(request, "login_code.html", wait_s, next=own_path(next))
    if not CodeCheck(site).takes(user, code, Actor(user.name, user.user_id, address)):
        _note(site, request, user.name, "sign_in.code_refused", user=user)
        return render(request, "login_code.html", status_code=401, next=own_path(next), error=_WRONG_CODE)
    site.attempts.succeeded(user.name, address)
    _note(site, request, user.name, "sign_in.done", user=user)
    return _opened(request, user, Stage.FULL, own_path(next))


@router.post("/logout")
def sign_out(request: Request) -> Response:
    """End the session."""
    site, visitor = site_of(request), visitor_of(request)
    _end(site, visitor, request)
    response = redirect(request, "/login?out=true")
    drop_cookie(site, response, session_cookie(site))
    return response


def _end(site: Site, visitor: Visitor, request: Request) -> None:
    if visitor.session is not None:
        site.sessions.end(visitor.token)
    if visitor.user is not None:
        _note(site, request, visitor.user.name, "signed_out", user=visitor.user)


def _opened(request: Request, user: User, stage: Stage, path: str) -> Response:
    """Begin a session with a new token, in place of whichever the browser had."""
    site, before = site_of(request), visitor_of(request)
    browser = request.headers.get("user-agent", "")
    replaces = before.token if before.session is not None else ""
    token = site.sessions.open(user.user_id, stage, site.clock.now(), address_of(request), browser, replaces)
    response = redirect(request, path)
    set_cookie(site, response, session_cookie(site), token)
    return response


def _form(
    request: Request, next: str, *, name: str = "", error: str = "", signed_out: bool = False, status_code: int = 200
) -> Response:
    site = site_of(request)
    return render(
        request,
        "login.html",
        status_code=status_code,
        next=own_path(next),
        name=name[:100],
        error=error,
        signed_out=signed_out,
        no_users=not site.users.any(),
    )


def _too_many(request: Request, template: str, wait_s: float, **context: str) -> Response:
    seconds = math.ceil(wait_s)
    error = (
        f"Too many attempts. Try again in {seconds} s."
        if seconds < 90
        else (f"Too many attempts. Try again in {math.ceil(seconds / 60)} minutes.")
    )
    context = {"name": "", **context}
    response = render(request, template, status_code=429, error=error, signed_out=False, no_users=False, **context)
    response.headers["Retry-After"] = str(seconds)
    return response


def _note(site: Site, request: Request, name: str, action: str, detail: str = "", *, user: User | None = None) -> None:
    actor = Actor(name, user.user_id if user else None, address_of(request))
    site.audit.note(site.clock.now(), actor, action, detail=detail)


def _query(path: str) -> str:
    return urlencode({"next": path})
