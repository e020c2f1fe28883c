"""Prompts in a table: read, changed, and heard before they are saved."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request
from starlette.responses import Response

from config.studio.asking import AtBench, Designer, Drafted, StudioRoute, Viewed
from config.studio.bench import Bench, actor_for
from config.studio.views import FileRead, View
from config.studio.voices import wav_of
from config.studio.wordings import CHARACTERS_A_SECOND, Cell, fault, find_cell, refusals, rows
from config.web import Permission, User, note, render, require
from dialogs.editing import TextPlace, replace_texts
from dialogs.prompts import MAX_PROMPT_CHARACTERS
from dialogs.proofs.examples import filled
from dialogs.respelling import Respelling
from engine.errors import EditConflict, LibraryError, ModelMissing, ScenarioError, SynthesisError
from engine.speech import Language

router = APIRouter(route_class=StudioRoute)

_AGAIN = 3
"""Times that a save is tried while others save other texts of the same file."""

Text = Annotated[str, Form(max_length=20_000)]
Path = Annotated[str, Form(max_length=400)]
Name = Annotated[str, Form(max_length=100)]


def place_of(
    prompt: Name, language: Annotated[Language, Form()], tone: Name = "", variant: Annotated[int, Form(ge=0, le=7)] = 0
) -> TextPlace:
    """Return the place of a text that a form names; a dependency."""
    return TextPlace(prompt, language, tone, variant)


Place = Annotated[TextPlace, Depends(place_of)]


@router.get("/{name}/prompts")
def show(
    request: Request, bench: AtBench, view: Viewed, language: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """Show the table: of one language, or of all side by side."""
    read = bench.reading.read(view)
    known = read.draft.spec.languages if read.draft else tuple(Language)
    shown = tuple(one for one in known if one == language) or known
    found = list(rows(view.texts(), shown))
    return render(
        request,
        "scenarios/prompts.html",
        view=view,
        read=read,
        languages=known,
        shown=shown,
        language=language,
        rows=found,
        most=MAX_PROMPT_CHARACTERS,
        pace=CHARACTERS_A_SECOND,
    )


@router.post("/{name}/prompts")
def save(
    request: Request,
    bench: AtBench,
    view: Drafted,
    user: Designer,
    file: Path,
    place: Place,
    text: Text,
    was: Text = "",
) -> Response:
    """Put one text into the draft; refused where it cannot be spoken, or where somebody else has changed it."""
    text, was = _plain(text), _plain(was)
    read = view.read(file)
    cell = find_cell(read, place)
    if cell is None:
        raise HTTPException(404, f"There is no prompt {place.prompt} in {file} any more.")
    spec = bench.reading.read(view).draft
    if problem := fault(spec.spec if spec else None, text):
        return _cell(request, view, cell, typed=text, problem=problem)
    try:
        theirs = _put(bench, view, user, file, place, text, was)
    except (ScenarioError, LibraryError) as error:
        return _cell(request, view, cell, typed=text, problem=str(error))
    if theirs is not None:
        changed = view.shelf.draft.changes.get(file) if view.shelf.draft else None
        return _cell(request, view, theirs, typed=text, conflict=changed.by if changed else "somebody")
    note(request, "scenario.prompt_saved", view.name, str(place))
    saved = find_cell(view.read(file), place)
    assert saved is not None, "it was there, and nobody deletes prompts here"
    told = tuple(refusals(spec.spec, place, text)) if spec else ()
    return _cell(request, view, saved, done="Saved.", objections=told)


@router.post("/{name}/hear", dependencies=[Depends(require(Permission.TRY_SCENARIOS))])
def hear(bench: AtBench, view: Viewed, language: Annotated[Language, Form()], text: Text) -> Response:
    """Return a text as it is typed, spoken with example values for its facts: a WAV file, or 422 and why not."""
    read = bench.reading.read(view)
    if read.draft is None:
        place = read.problem.splitlines()[0]
        raise HTTPException(422, f"Mend this first, so that it is known what the facts in the text are: {place}")
    spec, text = read.draft.spec, _plain(text)
    if problem := fault(spec, text):
        raise HTTPException(422, problem)
    said = Respelling(spec.pronunciations).spoken(filled(spec, text, language), language)
    try:
        spoken = bench.booth.speak(said, language)
    except ModelMissing as error:
        raise HTTPException(422, str(error)) from error
    except SynthesisError as error:
        raise HTTPException(422, f"The voice cannot say this: {error}") from error
    headers = {"X-Voice": spoken.voice, "X-Seconds": f"{spoken.clip.duration_s:.1f}"}
    return Response(wav_of(spoken.clip), media_type="audio/wav", headers=headers)


def _put(bench: Bench, view: View, user: User, file: str, place: TextPlace, text: str, was: str) -> Cell | None:
    """Save a text that stands as the person saw it, and return None; return the text where it stands otherwise.

    Raises:
        ScenarioError: the file would not parse.
        LibraryError: it cannot be saved.
    """
    for last in range(_AGAIN - 1, -1, -1):
        content = bench.library.drafts.read(view.name, file)
        now = FileRead(file, content.content, content.revision)
        cell = find_cell(now, place)
        if cell is not None and _plain(cell.text) not in (was, text):
            return cell
        changed = replace_texts(file, now.text, {place: text})
        try:
            bench.library.drafts.save(view.name, file, changed, actor_for(user), revision=now.revision)
        except EditConflict:
            if not last:
                raise
        else:
            return None
    raise AssertionError("the last turn returns or raises")


def _cell(
    request: Request,
    view: View,
    cell: Cell,
    *,
    typed: str | None = None,
    problem: str = "",
    conflict: str = "",
    done: str = "",
    objections: tuple[str, ...] = (),
) -> Response:
    """Return a text's part of the table; with 422 where it was not saved."""
    return render(
        request,
        "scenarios/part_cell.html",
        status_code=422 if problem or conflict else 200,
        view=view,
        cell=cell,
        typed=cell.text if typed is None else typed,
        problem=problem,
        conflict=conflict,
        done=done,
        objections=objections,
        most=MAX_PROMPT_CHARACTERS,
    )


def _plain(text: str) -> str:
    """Return a text on one line: what lies between words is heard as nothing."""
    return " ".join(text.split())
