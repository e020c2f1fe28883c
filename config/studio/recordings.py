"""Recorded prompts: uploaded into the draft, named in its file, and played as a caller would hear them."""

import tempfile
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, UploadFile
from starlette.responses import Response

from config.studio.asking import AtBench, Designer, Drafted, StudioRoute, Viewed
from config.studio.bench import Bench, actor_for
from config.studio.prompts import Path, Place
from config.studio.views import View
from config.studio.voices import wav_of
from config.studio.wordings import fault, find_cell
from config.web import User, note, notify, redirect
from dialogs.editing import TextPlace, name_recording
from dialogs.facts import FACTS, Declared
from dialogs.prompts import Template
from dialogs.recordings import MAX_RECORDING_BYTES
from engine.audio import AudioClip
from engine.errors import AudioError, LibraryError, ScenarioError
from tts.recordings import read_recording

router = APIRouter(route_class=StudioRoute)


@router.get("/{name}/recordings")
def play(view: Viewed, path: Annotated[str, Query(max_length=400)]) -> Response:
    """Return a recording as a caller hears it: a WAV file of 8 kHz."""
    try:
        clip = read_recording(view.place(path))
    except AudioError as error:
        raise HTTPException(422, view.mild(str(error))) from error
    return Response(wav_of(clip), media_type="audio/wav")


@router.post("/{name}/recordings")
def upload(
    request: Request, bench: AtBench, view: Drafted, user: Designer, file: Path, place: Place, audio: UploadFile
) -> Response:
    """Take a recording of a prompt in a language, and name it in the file."""
    back = f"/scenarios/{view.name}/prompts?version=draft&language={place.language}"
    try:
        clip = _take(bench, view, user, file, place, audio)
    except (AudioError, LibraryError, ScenarioError) as error:
        notify(request, f"The recording is not taken: {view.mild(str(error))}", kind="failed")
        return redirect(request, back)
    note(request, "scenario.recording_uploaded", view.name, str(place))
    notify(
        request, f"{place.prompt}: a recording of {clip.duration_s:.1f} s is played in {place.language} from now on."
    )
    return redirect(request, f"{back}#{place.prompt}")


@router.post("/{name}/recordings/remove")
def remove(request: Request, bench: AtBench, view: Drafted, user: Designer, file: Path, place: Place) -> Response:
    """Have the voice say a prompt again; the audio file stays until it is deleted among the files."""
    _name(bench, view, user, file, place, None)
    note(request, "scenario.recording_removed", view.name, str(place))
    notify(request, f"{place.prompt}: the voice says it again in {place.language}.")
    return redirect(request, f"/scenarios/{view.name}/prompts?version=draft&language={place.language}#{place.prompt}")


def _take(bench: Bench, view: View, user: User, file: str, place: TextPlace, audio: UploadFile) -> AudioClip:
    """Keep a recording that can be played.

    Raises:
        AudioError: it cannot be decoded, or is too long.
        LibraryError: it is too large, of another kind, or cannot be kept.
        ScenarioError: the file cannot name it.
    """
    _check_fixed(bench, view, file, place)
    content = audio.file.read(MAX_RECORDING_BYTES + 1)
    suffix = PurePosixPath(audio.filename or "").suffix.lower()[:8]
    path = f"recordings/{place.prompt}.{place.language}{suffix}"
    there = view.paths()
    revision = view.read(path).revision if path in there else None
    with tempfile.TemporaryDirectory(prefix="voicebot-") as folder:
        copy = FilePath(folder) / f"recording{suffix if suffix.isascii() and suffix[1:].isalnum() else ''}"
        copy.write_bytes(content)
        try:
            clip = read_recording(copy)
        except AudioError as error:
            raise AudioError(str(error).replace(str(copy), "the file")) from error
    bench.library.drafts.upload(view.name, path, content, actor_for(user), revision=revision)
    _name(bench, view, user, file, place, path)
    return clip


def _check_fixed(bench: Bench, view: View, file: str, place: TextPlace) -> None:
    """Check that the text is the same in every call.

    Raises:
        LibraryError: it is not, or there is none.
    """
    cell = find_cell(view.read(file), place)
    if cell is None or not cell.text:
        raise LibraryError(f"there is no text of {place}; write it first, so that it can be read too")
    spec = bench.reading.read(view).draft
    if problem := fault(spec.spec if spec else None, cell.text):
        raise LibraryError(problem)
    known = Declared.of(spec.spec).facts if spec else FACTS
    told = sorted(Template.parse(cell.text, known).facts - {"creditor"})
    if told:
        raise LibraryError(f"{{{told[0]}}} differs from call to call, so no recording can say it")


def _name(bench: Bench, view: View, user: User, file: str, place: TextPlace, path: str | None) -> None:
    content = bench.library.drafts.read(view.name, file)
    text = content.content.decode("utf-8", errors="replace")
    changed = name_recording(file, text, place.prompt, place.language, path)
    bench.library.drafts.save(view.name, file, changed, actor_for(user), revision=content.revision)
