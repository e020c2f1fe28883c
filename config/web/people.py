"""Users and the audit log, for those who manage and those who look after them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.responses import Response

from config.web.access import actor_of, require
from config.web.pages import notify, redirect, render
from config.web.permissions import GRANTS, Permission, Role
from config.web.section import Section
from config.web.site import site_of
from config.web.store import User

router = APIRouter()
_log_router = APIRouter()

_PAGE = 100


@router.get("")
def show(request: Request) -> Response:
    """List everybody, with what each role allows."""
    return render(request, "people.html", people=site_of(request).users.all(), roles=list(Role), grants=GRANTS)


@router.post("/{user_id}/roles")
def set_roles(
    request: Request,
    user_id: int,
    me: Annotated[User, Depends(require(Permission.MANAGE_USERS))],
    role: Annotated[list[Role] | None, Form()] = None,
) -> Response:
    """Give somebody the roles that are ticked."""
    site, user, wanted = site_of(request), _found(request, user_id), set(role or ())
    if user.user_id == me.user_id and Role.ADMIN not in wanted:
        notify(request, "You cannot take the role admin from yourself: another admin can.", kind="failed")
    else:
        site.users.set_roles(user, wanted, site.clock.now(), actor_of(request))
        notify(request, f"{user.name}: {', '.join(sorted(wanted)) or 'no role'}.")
    return redirect(request, "/people")


@router.post("/{user_id}/disabled")
def set_disabled(
    request: Request,
    user_id: int,
    me: Annotated[User, Depends(require(Permission.MANAGE_USERS))],
    disabled: Annotated[bool, Form()],
) -> Response:
    """Shut somebody out, or let them in again."""
    site, user = site_of(request), _found(request, user_id)
    if user.user_id == me.user_id:
        notify(request, "You cannot shut yourself out.", kind="failed")
    else:
        site.users.set_disabled(user, disabled, site.clock.now(), actor_of(request))
        notify(request, f"{user.name} {'is shut out' if disabled else 'may sign in again'}.")
    return redirect(request, "/people")


@_log_router.get("")
def show_log(request: Request, before: Annotated[int | None, Query()] = None) -> Response:
    """Show the audit log, the newest first."""
    entries = site_of(request).audit.latest(_PAGE + 1, before=before)
    older = entries[_PAGE - 1][0] if len(entries) > _PAGE else None
    return render(request, "audit.html", entries=[entry for _, entry in entries[:_PAGE]], older=older, before=before)


def _found(request: Request, user_id: int) -> User:
    user = site_of(request).users.by_id(user_id)
    if user is None:
        raise HTTPException(404, "There is no such user.")
    return user


PEOPLE = Section("people", "Users", router, Permission.MANAGE_USERS, 900, "config.web")
LOG = Section("audit", "Audit log", _log_router, Permission.READ_AUDIT, 910, "config.web")
