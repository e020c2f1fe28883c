"""Whole calls held by typing: by the command as a user starts it, and by every debtor in every language within it."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.cli import cli
from config.demo.cast import debtors, pay_date, spoken_lines
from engine.speech import Language

_VOICEBOT = Path(sys.executable).with_name("voicebot")
_LANGUAGES = [language.value for language in Language]


def run(folder: Path, *arguments: str, typed: str) -> tuple[int, dict[str, Any], str]:
    """Type a call from another process; return its exit code, its last line and all that it printed."""
    command = [str(_VOICEBOT), "demo", "--text", "--folder", str(folder), *arguments]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=150)
    output = done.stdout + done.stderr
    assert done.stdout.strip(), output
    return done.returncode, json.loads(done.stdout.strip().splitlines()[-1]), output


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize("name", [name for name, one in debtors().items() if not one.person])
@pytest.mark.usefixtures("restored_logging")
def test_every_debtor_reaches_their_disposition_by_typing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    language: str,
) -> None:
    """In all three languages, through the same engine; nobody is there to type for a person who takes debtors over."""
    now = datetime.now(UTC)
    typed = tmp_path / "typed.txt"
    typed.write_text("\n".join(spoken_lines(debtors()[name], Language(language), now) or ("", "", "")) + "\n", "utf-8")
    with typed.open(encoding="utf-8") as lines:
        monkeypatch.setattr(sys, "stdin", lines)
        with pytest.raises(SystemExit) as end:
            cli(["demo", "--text", "--language", language, "--folder", str(tmp_path / "demo")])
    output = capsys.readouterr().out
    line = json.loads(output.splitlines()[-1])
    assert (end.value.code, line["disposition"]) == (0, debtors()[name].disposition), output
    if name == "pays":
        due = pay_date(now).isoformat()
        assert line["promise"] == {"amount_minor": 4_500_000, "currency": "KZT", "due": due, "confirmed": True}


def test_the_end_of_typing_hangs_up_and_is_no_success(tmp_path: Path) -> None:
    """Exit code 1: the conversation reached nothing."""
    code, line, _ = run(tmp_path, typed="")
    assert (code, line["disposition"], line["promise"]) == (1, "hung_up", None)


def test_a_scenario_of_ones_own_is_tried_by_typing(tmp_path: Path) -> None:
    """A copy of the shipped one, with a prompt changed."""
    shutil.copytree(Path(__file__).parents[2] / "dialogs" / "scenarios", tmp_path / "mine")
    copy, prompts = tmp_path / "mine" / "soft_collection", tmp_path / "mine" / "common" / "opening.yaml"
    prompts.write_text(prompts.read_text("utf-8").replace("This is an automated assistant", "This is a robot"), "utf-8")
    code, line, output = run(
        tmp_path / "demo",
        *("--language", "en", "--scenario", str(copy)),
        typed="No, you have the wrong number.\n",
    )
    assert (code, line["disposition"]) == (0, "wrong_person")
    assert "This is a robot" in output


def test_a_wrong_scenario_is_named_by_file_and_line(tmp_path: Path) -> None:
    """One line, exit code 2; a bomb of aliases is refused unread."""
    bomb = tmp_path / "bomb.yaml"
    bomb.write_text("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n")
    done = subprocess.run(
        [str(_VOICEBOT), "demo", "--text", "--folder", str(tmp_path), "--scenario", str(bomb)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith(f"Error: {bomb}:2:8: aliases (*name) are not taken")
