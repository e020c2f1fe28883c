"""Versions: what waits for a second person, what is in service, and the way back."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from config.studio.asking import Approver, AtBench, Publisher, StudioRoute, Viewed, step
from config.studio.bench import actor_for
from config.studio.views import find_view
from config.web import Permission, current_user, render
from engine.errors import LibraryError

router = APIRouter(route_class=StudioRoute)

Remark = Annotated[str, Form(max_length=4000)]


@router.get("/{name}/versions")
def show(request: Request, view: Viewed) -> Response:
    """List all versions, the latest first, and the draft with what can be done with it."""
    return render(request, "scenarios/versions.html", view=view, comment="", refused=())


@router.get("/{name}/versions/{number}")
def show_one(request: Request, bench: AtBench, name: str, number: int) -> Response:
    """Show a version to whoever decides on it: what differs, what checks and tests say, and what can be done."""
    try:
        view = find_view(bench.library, name, str(number))
    except LibraryError as error:
        raise HTTPException(404, str(error)) from error
    assert view.version is not None, "a number leads to a version"
    me = actor_for(current_user(request))
    own = me.is_one_of((*view.version.authors, view.version.submitted_by))
    return render(request, "scenarios/version.html", view=view, version=view.version, own=own)


@router.post("/{name}/versions/{number}/approve")
def approve(request: Request, bench: AtBench, user: Approver, name: str, number: int, comment: Remark = "") -> Response:
    """Approve a version as the second person."""
    return step(
        request,
        lambda: bench.library.approve(name, number, actor_for(user), comment).number,
        action="scenario.approved",
        subject=f"{name} v{number}",
        told=f"{name} v{number} is approved. It can be published.",
        then=f"/scenarios/{name}/versions/{number}",
        otherwise=f"/scenarios/{name}/versions/{number}",
    )


@router.post("/{name}/versions/{number}/publish")
def publish(
    request: Request, bench: AtBench, user: Publisher, name: str, number: int, comment: Remark = ""
) -> Response:
    """Put a version into service."""
    return step(
        request,
        lambda: bench.library.publish(name, number, actor_for(user), comment).number,
        action="scenario.published",
        subject=f"{name} v{number}",
        told=f"{name} v{number} is in service: new calls run by it within seconds, calls that run keep their version.",
        then=f"/scenarios/{name}/versions",
        otherwise=f"/scenarios/{name}/versions/{number}",
    )


@router.post("/{name}/versions/{number}/roll-back")
def roll_back(
    request: Request, bench: AtBench, user: Publisher, name: str, number: int, comment: Remark = ""
) -> Response:
    """Put a version into service again."""
    return step(
        request,
        lambda: bench.library.roll_back(name, number, actor_for(user), comment).number,
        action="scenario.rolled_back",
        subject=f"{name} v{number}",
        told=f"{name} v{number} is in service again: new calls run by it within seconds.",
        then=f"/scenarios/{name}/versions",
        otherwise=f"/scenarios/{name}/versions/{number}",
    )


@router.post("/{name}/versions/{number}/withdraw")
def withdraw(request: Request, bench: AtBench, name: str, number: int, comment: Remark = "") -> Response:
    """Take or send a version back."""
    user = current_user(request)
    if not (user.may(Permission.EDIT_SCENARIOS) or user.may(Permission.APPROVE_SCENARIOS)):
        raise HTTPException(403, "None of your roles allows to withdraw versions.")
    return step(
        request,
        lambda: bench.library.withdraw(name, number, actor_for(user), comment).number,
        action="scenario.withdrawn",
        subject=f"{name} v{number}",
        told=f"{name} v{number} is withdrawn; a new draft can begin with it.",
        then=f"/scenarios/{name}/versions",
        otherwise=f"/scenarios/{name}/versions/{number}",
    )
