"""Files as text: with line numbers, and what is wrong beside its line."""

from difflib import unified_diff
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import Response

from config.studio.asking import AtBench, Designer, Drafted, StudioRoute, Viewed, step
from config.studio.bench import actor_for
from config.studio.views import FileRead, View
from config.web import note, notify, redirect, render
from dialogs.library.checking import Problem, problems
from dialogs.library.paths import is_text
from engine.errors import EditConflict, LibraryError, ScenarioError

router = APIRouter(route_class=StudioRoute)

Path = Annotated[str, Form(max_length=400)]
Revision = Annotated[str, Form(max_length=64)]


@router.get("/{name}/files/{path:path}")
def show(request: Request, view: Viewed, path: str, line: Annotated[int, Query(ge=0, le=10**6)] = 0) -> Response:
    """Show a file to be read, or changed where it is the draft's."""
    file = view.read(path)
    if not is_text(file.path):
        return redirect(request, f"/scenarios/{view.name}/recordings?version={view.which}&path={file.path}")
    return _editor(request, view, file, file.text, line=line)


@router.post("/{name}/files")
def create(request: Request, bench: AtBench, view: Drafted, user: Designer, path: Path) -> Response:
    """Begin a new file of the draft."""
    path = path.strip()
    path = path if PurePosixPath(path).suffix else f"{path}.yaml"
    beginning = _TESTS if path.startswith("tests/") else _PART
    return step(
        request,
        lambda: bench.library.drafts.save(view.name, path, beginning, actor_for(user), revision=None),
        action="scenario.file_created",
        subject=f"{view.name}: {path}",
        told=f"{path} is begun. Name it under `include` of scenario.yaml, unless it holds tests.",
        then=f"/scenarios/{view.name}/files/{path}?version=draft",
        otherwise=f"/scenarios/{view.name}?version=draft",
    )


_TESTS = "# Write here, in the place of [].\n[]\n"
_PART = "# Write here, in the place of {}.\n{}\n"


@router.post("/{name}/files/{path:path}/delete")
def delete(request: Request, bench: AtBench, view: Drafted, user: Designer, path: str, revision: Revision) -> Response:
    """Delete a file of the draft."""
    return step(
        request,
        lambda: bench.library.drafts.delete(view.name, path, actor_for(user), revision=revision),
        action="scenario.file_deleted",
        subject=f"{view.name}: {path}",
        told=f"{path} is deleted.",
        then=f"/scenarios/{view.name}?version=draft",
        otherwise=f"/scenarios/{view.name}/files/{path}?version=draft",
    )


@router.post("/{name}/files/{path:path}")
def save(
    request: Request,
    bench: AtBench,
    view: Drafted,
    user: Designer,
    path: str,
    text: Annotated[str, Form(max_length=1_000_000)],
    revision: Revision,
) -> Response:
    """Save a file of the draft; what does not parse is not saved, and what others changed is not overwritten unseen."""
    text = text.replace("\r\n", "\n")
    file = view.read(path)
    try:
        bench.library.drafts.save(view.name, file.path, text, actor_for(user), revision=revision)
    except EditConflict as error:
        theirs = view.read(path)
        between = list(unified_diff(theirs.text.splitlines(), text.splitlines(), "theirs", "yours", lineterm="", n=1))
        return _editor(request, view, theirs, text, conflict=str(error), between=between)
    except (ScenarioError, LibraryError) as error:
        kept = FileRead(file.path, file.content, revision)
        return _editor(request, view, kept, text, refused=problems(error))
    note(request, "scenario.file_saved", view.name, file.path)
    notify(request, f"{file.path} is saved in the draft.")
    return redirect(request, f"/scenarios/{view.name}/files/{file.path}?version=draft")


def _editor(
    request: Request,
    view: View,
    file: FileRead,
    text: str,
    *,
    line: int = 0,
    refused: tuple[Problem, ...] = (),
    conflict: str = "",
    between: list[str] | None = None,
) -> Response:
    return render(
        request,
        "scenarios/file.html",
        status_code=422 if refused or conflict else 200,
        view=view,
        file=file,
        text=text,
        line=line,
        refused=refused,
        conflict=conflict,
        between=between or [],
        paths=view.paths(),
    )
