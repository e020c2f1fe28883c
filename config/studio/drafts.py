"""Beginning, submitting and discarding drafts."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from config.studio.asking import AtBench, Designer, StudioRoute, step, viewed
from config.studio.bench import actor_for
from config.web import note, notify, redirect, render
from engine.errors import LibraryError, ScenarioError

router = APIRouter(route_class=StudioRoute)

Remark = Annotated[str, Form(max_length=4000)]


@router.post("")
def begin(
    request: Request,
    bench: AtBench,
    user: Designer,
    name: Annotated[str, Form(max_length=100)],
    origin: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Begin a scenario: from nothing, from a shipped one, or from a version of its own (``v3``)."""
    name, drafts, actor = name.strip(), bench.library.drafts, actor_for(user)

    def begun() -> object:
        number = origin.removeprefix("v")
        if origin.startswith("v") and number.isascii() and number.isdecimal() and len(number) < 7:
            return drafts.begin_from_version(name, actor, int(number)).origin
        if origin:
            return drafts.begin_from_shipped(name, actor, origin).origin
        return drafts.begin_empty(name, actor).origin

    return step(
        request,
        begun,
        action="scenario.draft_begun",
        subject=f"{name} from {{}}",
        told=f"The draft of {name} is begun, from {{}}. Change what you like: nobody hears it before it is published.",
        then=f"/scenarios/{name}?version=draft",
        otherwise="/scenarios",
    )


@router.post("/{name}/draft/submit")
def submit(
    request: Request, bench: AtBench, user: Designer, name: str, edition: Annotated[int, Form()], comment: Remark
) -> Response:
    """Make a version of the draft, which a second person then looks at."""
    try:
        version = bench.library.submit(name, actor_for(user), comment, edition=edition)
    except (LibraryError, ScenarioError) as error:
        view = viewed(bench, name)
        refused = view.mild(str(error)).splitlines()
        page = "scenarios/versions.html"
        return render(request, page, status_code=422, view=view, comment=comment, refused=refused)
    note(request, "scenario.submitted", f"{name} {version}")
    notify(request, f"{name} {version} waits for a second person's approval.")
    return redirect(request, f"/scenarios/{name}/versions/{version.number}")


@router.post("/{name}/draft/discard")
def discard(
    request: Request,
    bench: AtBench,
    user: Designer,
    name: str,
    edition: Annotated[int, Form()],
    comment: Remark = "",
) -> Response:
    """Throw the draft away."""
    return step(
        request,
        lambda: bench.library.drafts.discard(name, actor_for(user), edition=edition, reason=comment),
        action="scenario.draft_discarded",
        subject=name,
        told=f"The draft of {name} is thrown away.",
        then="/scenarios",
        otherwise=f"/scenarios/{name}/versions",
    )
