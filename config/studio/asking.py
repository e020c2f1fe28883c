"""What the studio's routes share: what an address names, who asks, and how a refusal is told."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from config.studio.bench import Bench, bench_of
from config.studio.views import DRAFT, View, find_view
from config.web import Permission, User, note, notify, redirect, require
from engine.errors import EditConflict, LibraryError, ScenarioError, StepRefused, VoicebotError

Designer = Annotated[User, Depends(require(Permission.EDIT_SCENARIOS))]
Approver = Annotated[User, Depends(require(Permission.APPROVE_SCENARIOS))]
Publisher = Annotated[User, Depends(require(Permission.PUBLISH_SCENARIOS))]
AtBench = Annotated[Bench, Depends(bench_of)]


class StudioRoute(APIRoute):
    """A route whose refusals become pages that say why."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except VoicebotError as error:
                raise HTTPException(_status(error), str(error)) from error

        return handled


def _status(error: VoicebotError) -> int:
    match error:
        case StepRefused():
            return 403
        case EditConflict():
            return 409
        case LibraryError() | ScenarioError():
            return 422
        case _:
            return 503


def viewed(bench: AtBench, name: str, version: Annotated[str, Query(max_length=20)] = "") -> View:
    """Return what a page's address names.

    Raises:
        HTTPException: 404, there is nothing of it.
    """
    try:
        return find_view(bench.library, name, version)
    except LibraryError as error:
        raise HTTPException(404, str(error)) from error


def drafted(bench: AtBench, name: str) -> View:
    """Return the draft of the scenario that an address names.

    Raises:
        HTTPException: 404, there is none.
    """
    return viewed(bench, name, DRAFT)


Viewed = Annotated[View, Depends(viewed)]
Drafted = Annotated[View, Depends(drafted)]


def step(
    request: Request, done: Callable[[], object], *, action: str, subject: str, told: str, then: str, otherwise: str
) -> Response:
    """Take a step in the library, note it in the audit log and show the next page, or say why it was refused.

    Args:
        request: that asks for it.
        done: takes the step; what it returns stands in for ``{}`` in the other arguments.
        action: as the audit log names it.
        subject: what it is done to.
        told: to the person, when it is done.
        then: the next page.
        otherwise: the page where a refusal is shown.
    """
    try:
        result = str(done())
    except (LibraryError, ScenarioError) as error:
        notify(request, str(error), kind="failed")
        return redirect(request, otherwise)
    note(request, action, subject.replace("{}", result))
    notify(request, told.replace("{}", result))
    return redirect(request, then.replace("{}", result))
