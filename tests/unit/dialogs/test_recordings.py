"""Recorded prompts: which file is played, and what a designer is told about a wrong one."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dialogs.loader import load_scenario
from engine.audio import write_wav
from engine.dialog import Line
from engine.errors import ScenarioError
from engine.speech import Language

RU, EN = Language.RUSSIAN, Language.ENGLISH
REMINDER = (Path(__file__).parent / "reminder.yaml").read_text("utf-8")
SORRY = '  sorry: {neutral: true, ru: "Извините.", en: "Sorry."}\n'
RECORDED = """\
  sorry:
    neutral: true
    ru: "Это робот, {creditor}."
    en: "A robot from {creditor}."
    recordings: {ru: voice/sorry.wav}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario with one Russian recording, and a recording outside of it."""
    scenario = tmp_path / "scenario"
    (scenario / "voice").mkdir(parents=True)
    assert SORRY in REMINDER
    (scenario / "scenario.yaml").write_text(REMINDER.replace(SORRY, RECORDED), "utf-8")
    _record(scenario / "voice/sorry.wav", loudness=1000)
    _record(tmp_path / "outside.wav", loudness=1000)
    return scenario


def _record(path: Path, loudness: int) -> None:
    write_wav(path, np.full((800, 1), loudness, np.int16))


def _change(folder: Path, old: str, new: str) -> None:
    path = folder / "scenario.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def _sorry(lines: Sequence[Line]) -> Line:
    return next(line for line in lines if line.prompt == "sorry")


def test_a_recording_stands_in_for_the_voice_in_its_language(folder: Path, account: Callable[[Language], Any]) -> None:
    """The Russian prompt is played from its file, with its words for the transcript; the English is synthesised."""
    scenario = load_scenario(folder)
    now = datetime(2026, 11, 20, 6, tzinfo=UTC)
    dialogs = [scenario.open(account(RU), now=now, language=language) for language in (RU, EN)]
    russian, english = (_sorry(dialog.no_input().lines) for dialog in dialogs)

    assert russian.recording == folder / "voice/sorry.wav"
    assert russian.text == "Это робот, Sample Bank."
    assert english.recording is None
    assert _sorry(scenario.fixed_lines(RU, "Sample Bank")).recording == russian.recording


def test_another_take_is_another_version(folder: Path) -> None:
    """A call's record names what was really played, so the files' content counts into the scenario's hash."""
    first = load_scenario(folder).content_hash
    assert load_scenario(folder).content_hash == first

    _record(folder / "voice/sorry.wav", loudness=2000)

    assert load_scenario(folder).content_hash != first


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("voice/sorry.wav", "voice/notes.wav", "34:18: `voice/notes.wav`: no such file in the scenario's folder; rec"),
        ("voice/sorry.wav", "voice", "34:18: `voice`: no such file in the scenario's folder; record it there"),
        ("voice/sorry.wav", "../outside.wav", "34:18: `../outside.wav`: outside the scenario's folder; put"),
        ("voice/sorry.wav", "voice/../../outside.wav", "34:18: `voice/../../outside.wav`: outside the scenario's"),
        ("voice/sorry.wav", "/etc/hostname", "34:18: `/etc/hostname`: outside the scenario's folder; put"),
        ("voice/sorry.wav", "voice\\sorry.wav", "34:18: `voice\\sorry.wav`: outside the scenario's folder; put"),
        ("voice/sorry.wav", "link.wav", "34:18: `link.wav`: outside the scenario's folder; put"),
        (
            "{ru: voice",
            "{kk: voice",
            "34:18: the scenario does not speak kk;",
        ),
        ("{ru: voice", "{de: voice", "34:18: `de` cannot stand here; it should be 'ru', 'kk' or 'en'"),
        ("voice/sorry.wav", '""', "34:18: String should have at least 1 character"),
        ("робот, {creditor}", "робот, {debtor.full_name}", "34:18: {debtor.full_name} differs from call to call, so"),
        ("recordings: {ru", "recording: {ru", "34:5: unknown key `recording`; did you mean `recordings`?"),
        ("voice/sorry.wav", "loop.wav", "34:18: `loop.wav`: cannot be read (Symlink loop"),
        ("voice/sorry.wav", "x" * 300, "xxx`: cannot be read (File name too long); check name and permissions"),
        ("voice/sorry.wav", '"a\\0b"', "cannot be read (embedded null byte); check name and permissions"),
    ],
)
def test_a_wrong_recording_is_named_with_its_mend(folder: Path, old: str, new: str, message: str) -> None:
    """Missing files, files elsewhere and texts that no recording can say are found when the scenario is loaded."""
    (folder / "loop.wav").symlink_to("loop.wav")
    (folder / "link.wav").symlink_to(folder.parent / "outside.wav")
    _change(folder, old, new)

    with pytest.raises(ScenarioError) as caught:
        load_scenario(folder)

    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{folder}/scenario.yaml:34:")


def test_a_huge_file_is_no_prompt(folder: Path) -> None:
    """A file that cannot be a prompt is refused before it is read."""
    with (folder / "voice/sorry.wav").open("r+b") as file:
        file.truncate(65 * 1024 * 1024)

    with pytest.raises(ScenarioError, match=r":34:18: .* larger than 64 MiB"):
        load_scenario(folder)
