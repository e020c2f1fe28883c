"""Recorded prompts: audio files in a scenario's folder that stand in for the synthesised voice.

A recording is fixed, so it may stand in only for a text that is the same in every call: one without facts, or with the
creditor's name as its only one (a scenario with such a recording then serves that creditor alone).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from dialogs.checks import Checker
from dialogs.documents import Steps
from dialogs.prompts import Wordings
from engine.speech import Language

MAX_RECORDING_BYTES: Final = 64 * 1024 * 1024
"""Five minutes, the longest prompt that is played, hold about 29 MB at 48 kHz, 16 bits, mono."""


@dataclass(frozen=True, slots=True)
class Recording:
    """An audio file and the hash of its content."""

    path: Path
    digest: bytes


def find_recordings(
    checker: Checker, name: str, wordings: Wordings, folder: Traversable
) -> Mapping[Language, Recording]:
    """Find the recordings of a prompt; what is wrong with them is noted in the checker.

    Args:
        checker: of the scenario.
        name: of the prompt.
        wordings: the prompt's texts.
        folder: the scenario's; no recording lies outside of it.
    """
    found = {}
    for language, file in checker.spec.prompts[name].recordings.items():
        steps: Steps = ("prompts", name, "recordings", language)
        texts = [template for variants in wordings.get(language, {}).values() for template in variants]
        told = sorted({fact for template in texts for fact in template.facts} - {"creditor"})
        if language not in checker.spec.languages:
            problem = f"the scenario does not speak {language}; delete the recording or add to `languages`"
        elif told:
            problem = f"{{{told[0]}}} differs from call to call, so no recording can say it; delete one of the two"
        elif len(texts) > 1:
            problem = f"the prompt has {len(texts)} texts in {language}, and a recording says one; delete it or them"
        else:
            recording = _read(folder, file)
            if isinstance(recording, Recording):
                found[language] = recording
                continue
            problem = recording
        checker.note(steps, problem)
    return found


def _read(folder: Traversable, file: str) -> Recording | str:
    """Return the recording, or what is wrong with it."""
    if not isinstance(folder, Path):
        return f"`{file}`: a scenario inside an archive has no recordings; unpack it into a folder"
    path = folder / file
    try:
        # Links are followed first: a scenario from elsewhere must not make the bot play, or hash, any other file.
        if Path(file).is_absolute() or "\\" in file or not path.resolve().is_relative_to(folder.resolve()):
            return f"`{file}`: outside the scenario's folder; put the recording inside and name it from there"
        if not path.is_file():
            return f"`{file}`: no such file in the scenario's folder; record it there, or delete this line"
        if path.stat().st_size > MAX_RECORDING_BYTES:
            return f"`{file}`: larger than {MAX_RECORDING_BYTES // 2**20} MiB; a prompt is a few sentences"
        with path.open("rb") as content:
            return Recording(path, file_digest(content, "sha256").digest())
    except (OSError, ValueError, RuntimeError) as error:  # no file of that name can be, or a link leads to itself
        return f"`{file}`: cannot be read ({getattr(error, 'strerror', None) or error}); check name and permissions"
