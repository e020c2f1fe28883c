"""Whole dialogs in three languages: what the debtor says, and how the call must end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.speech import Language

SCRIPTS = yaml.safe_load((Path(__file__).parent / "dialogs.yaml").read_text("utf-8"))


def _scripts() -> list[Any]:
    params = []
    for language, scripts in SCRIPTS.items():
        for script in scripts:
            said, expected = script.split(" => ")
            lines = [None if line == "-" else line for line in said.split(" | ")]
            params.append(pytest.param(Language(language), lines, expected.split(), id=f"{language}: {script}"))
    return params


@pytest.mark.parametrize(("language", "lines", "expected"), _scripts())
def test_the_dialog_ends_as_scripted(
    converse: Callable[..., Any], language: Language, lines: list[str | None], expected: list[str]
) -> None:
    """What the debtor says leads to the disposition, and to the promise or callback, that a person would note."""
    conversation = converse(language)
    for line in lines:
        conversation.say(line)
        conversation.let_errands_fail()
    ending = conversation.moves[-1].ending

    assert ending is not None, "the dialog still waits for an answer"
    found = [str(ending.disposition)]
    if ending.promise:
        assert ending.promise.confirmed
        found += [str(ending.promise.amount.minor // 100), ending.promise.due.isoformat()]
    if ending.callback_at:
        assert ending.callback_at.utcoffset() is not None
        found.append(ending.callback_at.strftime("%Y-%m-%dT%H:%M"))
    assert found == expected


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_twenty_scripts(language: Language) -> None:
    """The table above stays wide enough in each language."""
    assert len(SCRIPTS[language]) >= 20
