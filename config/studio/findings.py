"""What checks and tests find: a page of its own, and parts for other pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from starlette.responses import Response

from config.inspecting import What
from config.studio.asking import AtBench, StudioRoute, Viewed
from config.studio.bench import Bench
from config.studio.views import View, find_view
from config.web import render
from dialogs.differences import Difference, differences
from engine.errors import LibraryError, ScenarioError

router = APIRouter(route_class=StudioRoute)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem at its place.

    Args:
        file: path within the scenario.
        line: from 1.
        column: from 1.
        error: it refuses publication; else a warning.
        rule: its name.
        message: what is wrong.
        mend: what to do about it.
        path: the shortest call that shows it, as `Exchange` in plain values.
    """

    file: str
    line: int
    column: int
    error: bool
    rule: str
    message: str
    mend: str
    path: Sequence[Mapping[str, Any]]


@router.get("/{name}/checks")
def show(request: Request, view: Viewed) -> Response:
    """Show the page; what takes time comes into it later."""
    return render(request, "scenarios/checks.html", view=view, against=_before(view))


@router.get("/{name}/checks/problems")
def problems(request: Request, bench: AtBench, view: Viewed) -> Response:
    """Return all problems as a part of a page."""
    found = bench.inspector.inspect(What.CHECK, view.folder, view.key)
    return render(
        request,
        "scenarios/part_problems.html",
        view=view,
        findings=findings(view, found),
        situations=found["situations"],
        duties=found["duties"],
    )


@router.get("/{name}/checks/beside")
def beside(request: Request, bench: AtBench, view: Viewed, path: Annotated[str, Query(max_length=400)]) -> Response:
    """Return the problems of one file, for beside its lines."""
    every = findings(view, bench.inspector.inspect(What.CHECK, view.folder, view.key))
    own = [one for one in every if one.file == path]
    elsewhere = [one for one in every if one.error and one.file != path]
    return render(request, "scenarios/part_beside.html", view=view, findings=own, elsewhere=elsewhere)


@router.get("/{name}/checks/tests")
def tests(request: Request, bench: AtBench, view: Viewed) -> Response:
    """Return what came of the tests as a part of a page."""
    found = bench.inspector.inspect(What.TEST, view.folder, view.key)
    return render(request, "scenarios/part_tests.html", view=view, found=_mild(view, found))


@router.get("/{name}/checks/changes")
def changes(
    request: Request, bench: AtBench, view: Viewed, against: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Return in words what differs from another version, by default the one in service, as a part of a page."""
    other = against or _before(view)
    if not other:
        return render(request, "scenarios/part_changes.html", view=view, before=None, changes=(), files=())
    try:
        before = find_view(bench.library, view.name, other)
    except LibraryError as error:
        raise HTTPException(404, str(error)) from error
    words, told = changed(bench, before, view)
    return render(
        request,
        "scenarios/part_changes.html",
        view=view,
        before=before,
        changes=words,
        told=told,
        files=_files(before, view),
    )


def changed(bench: Bench, before: View, after: View) -> tuple[tuple[Difference, ...], str]:
    """Return what differs in words; where one of the two cannot be read, why not."""
    try:
        return differences(bench.reading.required(before).spec, bench.reading.required(after).spec), ""
    except ScenarioError as error:
        return (), str(error)


def findings(view: View, report: Mapping[str, Any]) -> list[Finding]:
    """Return the problems of a report with paths as the scenario has them."""
    return [
        Finding(
            view.within(one["file"]),
            one["line"],
            one["column"],
            one["severity"] == "error",
            one["rule"],
            view.mild(one["message"]),
            view.mild(one["mend"]),
            [{**exchange, "place": view.mild(exchange["place"])} for exchange in one["path"]],
        )
        for one in report["problems"]
    ]


def _before(view: View) -> str:
    """Return what a view is compared with: what is in service, or what it was made from, or what is shipped."""
    shelf = view.shelf
    if shelf.current is not None and str(shelf.current) != view.which:
        return str(shelf.current)
    base = view.draft.base if view.draft else view.version.base if view.version else None
    if base is not None:
        return str(base)
    return "shipped" if view.shipped and view.which != "shipped" else ""


def _files(before: View, after: View) -> list[tuple[str, str]]:
    """Return files that came, went or changed, recordings too, each with what happened."""
    old, new = ({path: one.read(path).revision for path in one.paths()} for one in (before, after))
    what = {path: "new" if path not in old else "gone" if path not in new else "changed" for path in {**old, **new}}
    return [(path, what[path]) for path in sorted(what) if old.get(path) != new.get(path)]


def _mild(view: View, value: Any) -> Any:
    """Return plain values with the paths in them as the scenario has them."""
    match value:
        case str():
            return view.mild(value)
        case dict():
            return {key: _mild(view, each) for key, each in value.items()}
        case list():
            return [_mild(view, each) for each in value]
        case _:
            return value
