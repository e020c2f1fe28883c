"""All texts as a spreadsheet for lawyers and translators, and back with a look at what changes."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, UploadFile
from starlette.responses import Response

from config.studio.asking import AtBench, Designer, Drafted, StudioRoute, Viewed
from config.studio.bench import Bench, actor_for
from config.studio.views import View
from config.web import note, notify, redirect, render
from dialogs.editing import TextPlace, prompt_texts, replace_texts
from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
from dialogs.sheets import MAX_SHEET_BYTES, Change, export_sheet, read_changes
from engine.errors import EditConflict, LibraryError, ScenarioError
from engine.speech import Language

router = APIRouter(route_class=StudioRoute)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/{name}/texts.xlsx")
def export(view: Viewed) -> Response:
    """Return all texts as a spreadsheet."""
    file = f"{view.name}-{view.which}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(export_sheet(_loaded(view)), media_type=_XLSX, headers=headers)


@router.post("/{name}/texts")
def preview(request: Request, view: Drafted, user: Designer, sheet: UploadFile) -> Response:
    """Show what a sheet would change; nothing is changed yet."""
    try:
        changes = read_changes(_loaded(view), sheet.file.read(MAX_SHEET_BYTES + 1))
    except ScenarioError as error:
        notify(request, f"The sheet is not taken: {error}", kind="failed")
        return redirect(request, f"/scenarios/{view.name}/prompts?version=draft")
    return render(request, "scenarios/sheet.html", view=view, changes=changes, wanted=_packed(changes))


@router.post("/{name}/texts/take")
def take(
    request: Request, bench: AtBench, view: Drafted, user: Designer, wanted: Annotated[str, Form(max_length=1_000_000)]
) -> Response:
    """Take the changes that were shown: all of them, or none."""
    try:
        changes = _unpacked(wanted)
        files = _changed(bench, view, changes)
        for path, (content, revision) in files.items():
            bench.library.drafts.save(view.name, path, content, actor_for(user), revision=revision)
    except (ScenarioError, LibraryError) as error:
        notify(request, f"Not taken: {error}", kind="failed")
        return redirect(request, f"/scenarios/{view.name}/prompts?version=draft")
    note(request, "scenario.sheet_taken", view.name, f"{len(changes)} texts in {', '.join(files)}")
    notify(request, f"{len(changes)} texts are taken into the draft.")
    return redirect(request, f"/scenarios/{view.name}/checks?version=draft")


def _loaded(view: View) -> Scenario:
    try:
        return load_scenario(view.folder)
    except ScenarioError as error:
        raise ScenarioError(view.mild(str(error))) from error


def _changed(bench: Bench, view: View, changes: Sequence[Change]) -> dict[str, tuple[str, str]]:
    """Return the new content of each file that changes, and the revision it was made from.

    Raises:
        EditConflict: a text is not what was shown.
        ScenarioError: a text stands nowhere, or a file would not parse.
    """
    sources = bench.reading.required(view).sources
    by_file: dict[str, dict[TextPlace, Change]] = {}
    for change in changes:
        document, _ = sources.of(("prompts", change.place.prompt))
        by_file.setdefault(view.within(document.label), {})[change.place] = change
    files = {}
    for path, wanted in by_file.items():
        read = view.read(path)
        now = prompt_texts(path, read.text)
        for place, change in wanted.items():
            if now.get(place) != change.before:
                raise EditConflict(f"{place} was changed since you looked; upload the sheet again")
        texts = {place: change.after for place, change in wanted.items()}
        files[path] = replace_texts(path, read.text, texts), read.revision
    return files


def _packed(changes: Sequence[Change]) -> str:
    return json.dumps(
        [
            [one.place.prompt, one.place.language, one.place.tone, one.place.variant, one.before, one.after]
            for one in changes
        ],
        ensure_ascii=False,
    )


def _unpacked(wanted: str) -> list[Change]:
    """Return what `_packed` was given.

    Raises:
        HTTPException: 400, it is none of that.
    """
    try:
        return [_change(*entry) for entry in json.loads(wanted)]
    except (ValueError, TypeError, RecursionError):
        raise HTTPException(400, "The form was changed on its way; upload the sheet again.") from None


def _change(prompt: Any, language: Any, tone: Any, variant: Any, before: Any, after: Any) -> Change:
    texts = all(isinstance(text, str) for text in (prompt, language, tone, after))
    if not (texts and isinstance(variant, int) and isinstance(before, str | None) and 0 <= variant < 8):
        raise ValueError
    return Change(TextPlace(prompt, Language(language), tone, variant), before, after)
