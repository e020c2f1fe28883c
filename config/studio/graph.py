"""The picture of a scenario: a page to move about in, and the picture alone for other pages."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from config.studio.asking import AtBench, StudioRoute, Viewed
from config.studio.bench import Bench
from config.studio.picture import picture
from config.studio.views import View
from config.web import redirect, render
from engine.speech import Language

router = APIRouter(route_class=StudioRoute)

Here = Annotated[str, Query(max_length=100)]


@router.get("/{name}/graph")
def show(request: Request, bench: AtBench, view: Viewed, language: Language | None = None, here: Here = "") -> Response:
    """Show the picture with what moves it."""
    read = bench.reading.read(view)
    if read.draft is None:
        return render(request, "scenarios/graph.html", view=view, read=read, status_code=422)
    languages = read.draft.spec.languages
    chosen = language if language in languages else languages[0]
    drawn = _drawn(bench, view, chosen, here).decode()
    return render(
        request,
        "scenarios/graph.html",
        view=view,
        read=read,
        languages=languages,
        language=chosen,
        here=here,
        picture=drawn,
        states=list(read.draft.spec.states),
    )


@router.get("/{name}/graph.svg")
def svg(bench: AtBench, view: Viewed, language: Language | None = None, here: Here = "") -> Response:
    """Return the picture alone: a document of its own, or to be put into a page."""
    spec = bench.reading.required(view).spec
    chosen = language if language in spec.languages else spec.languages[0]
    return Response(_drawn(bench, view, chosen, here), media_type="image/svg+xml")


@router.get("/{name}/states/{state}")
def place(request: Request, bench: AtBench, view: Viewed, state: str) -> Response:
    """Lead to where a state stands."""
    draft = bench.reading.required(view)
    if state not in draft.spec.states:
        raise HTTPException(404, f"There is no state {state} in {view.name}.")
    position = draft.sources.position(("states", state))
    return redirect(
        request,
        f"/scenarios/{view.name}/files/{view.within(position.file)}?version={view.which}&line={position.line}",
    )


def _drawn(bench: Bench, view: View, language: Language, here: str) -> bytes:
    spec = bench.reading.required(view).spec
    return picture(
        spec,
        language,
        here if here in spec.states else None,
        lambda state: f"/scenarios/{view.name}/states/{state}?version={view.which}",
    )
