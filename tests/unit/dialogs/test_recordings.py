"""Recorded prompts: which file is played, and what a designer is told about a wrong one."""

from collections.abc import Callable
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
SCENARIO = """\
name: reminder
languages: [ru, en]
start: hello
refuge: bye
messages: {silence: sorry, not_understood: sorry, language_switched: sorry}
limits:
  silence: {times: 2, to: bye}
  not_understood: {times: 2, to: bye}
  turns: {times: 20, to: bye}
callback: {earliest: "09:00", latest: "20:00"}
states:
  hello:
    say: notice
    ask: is_it_you
    expect: yes_no
    on:
      - {on: [yes, no], to: bye}
  bye:
    say: sorry
    end: no_input
prompts:
  notice:
    neutral: true
    ru: "Это робот, {creditor}."
    en: "A robot from {creditor}."
    recordings: {ru: voice/notice.wav}
  is_it_you: {neutral: true, ru: "Вы {debtor.full_name}?", en: "Are you {debtor.full_name}?"}
  sorry: {neutral: true, ru: "Извините.", en: "Sorry."}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A scenario whose Russian notice is recorded, and a recording outside of it."""
    scenario = tmp_path / "scenario"
    (scenario / "voice").mkdir(parents=True)
    (scenario / "scenario.yaml").write_text(SCENARIO, "utf-8")
    _record(scenario / "voice/notice.wav", loudness=1000)
    _record(tmp_path / "outside.wav", loudness=1000)
    return scenario


def _record(path: Path, loudness: int) -> None:
    write_wav(path, np.full((800, 1), loudness, np.int16))


def _change(folder: Path, old: str, new: str) -> None:
    path = folder / "scenario.yaml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def _notice(lines: tuple[Line, ...]) -> Line:
    return next(line for line in lines if line.prompt == "notice")


def test_a_recording_stands_in_for_the_voice_in_its_language(folder: Path, account: Callable[[Language], Any]) -> None:
    """The Russian notice is played from its file, with its words for the transcript; the English is synthesised."""
    scenario = load_scenario(folder)
    now = datetime(2026, 11, 20, 6, tzinfo=UTC)
    russian, english = (_notice(scenario.open(account(RU), now=now, language=one).begin().lines) for one in (RU, EN))

    assert russian.recording == folder / "voice/notice.wav"
    assert russian.text == "Это робот, Sample Bank."
    assert english.recording is None
    assert _notice(tuple(scenario.fixed_lines(RU, "Sample Bank"))).recording == russian.recording


def test_another_take_is_another_version(folder: Path) -> None:
    """A call's record names what was really played, so the files' content counts into the scenario's hash."""
    first = load_scenario(folder).content_hash
    assert load_scenario(folder).content_hash == first

    _record(folder / "voice/notice.wav", loudness=2000)

    assert load_scenario(folder).content_hash != first


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("voice/notice.wav", "voice/notes.wav", "26:18: `voice/notes.wav`: no such file in the scenario's folder; rec"),
        ("voice/notice.wav", "voice", "26:18: `voice`: no such file in the scenario's folder; record it there"),
        ("voice/notice.wav", "../outside.wav", "26:18: `../outside.wav`: outside the scenario's folder; put"),
        ("voice/notice.wav", "voice/../../outside.wav", "26:18: `voice/../../outside.wav`: outside the scenario's"),
        ("voice/notice.wav", "/etc/hostname", "26:18: `/etc/hostname`: outside the scenario's folder; put"),
        ("voice/notice.wav", "voice\\notice.wav", "26:18: `voice\\notice.wav`: outside the scenario's folder; put"),
        ("voice/notice.wav", "link.wav", "26:18: `link.wav`: outside the scenario's folder; put"),
        (
            "{ru: voice",
            "{kk: voice",
            "26:18: the scenario does not speak kk;",
        ),
        ("{ru: voice", "{de: voice", "26:18: Input should be 'ru', 'kk' or 'en'"),
        ("voice/notice.wav", '""', "26:18: String should have at least 1 character"),
        ("робот, {creditor}", "робот, {debtor.full_name}", "26:18: {debtor.full_name} differs from call to call, so"),
        ("recordings: {ru", "recording: {ru", "26:5: unknown key `recording`; did you mean `recordings`?"),
        ("voice/notice.wav", "loop.wav", "26:18: `loop.wav`: cannot be read (Symlink loop"),
        ("voice/notice.wav", "x" * 300, "xxx`: cannot be read (File name too long); check name and permissions"),
        ("voice/notice.wav", '"a\\0b"', "cannot be read (embedded null byte); check name and permissions"),
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
    assert str(caught.value).startswith(f"{folder}/scenario.yaml:26:")


def test_a_huge_file_is_no_prompt(folder: Path) -> None:
    """A file that cannot be a prompt is refused before it is read."""
    with (folder / "voice/notice.wav").open("r+b") as file:
        file.truncate(65 * 1024 * 1024)

    with pytest.raises(ScenarioError, match=r":26:18: .* larger than 64 MiB"):
        load_scenario(folder)
