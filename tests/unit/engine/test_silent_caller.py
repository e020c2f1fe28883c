"""A caller who says nothing, in the shipped scenario."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dialogs.loader import load_scenario
from engine.accounts import Account
from engine.calls import Disposition, Speaker
from engine.speech import Language

FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=ZoneInfo("Asia/Almaty"))


@pytest.mark.parametrize("language", [Language.ENGLISH, Language.RUSSIAN, Language.KAZAKH])
async def test_five_minutes_of_nothing_end_soft_collection_as_no_input(
    call: Callable[..., Any], account: Account, language: Language
) -> None:
    """It asks again, says good-bye and hangs up long before, with every turn in the record."""
    dialog = load_scenario("soft_collection").open(account, now=FRIDAY, language=language)
    async with call(dialog) as one:
        closed = await one.closed(300.0)
    assert closed.disposition is Disposition.NO_INPUT
    assert closed.duration_s < 120
    turns = one.store.turns
    assert [turn.index for turn in turns] == list(range(len(turns)))
    assert len(turns) == 1 + one.store.kinds.count("no_input")
    assert {turn.speaker for turn in turns} == {Speaker.BOT}
    assert all(turn.text == turn.planned_text for turn in turns)
    assert not set(one.prompter.forgotten) & {turn.text for turn in turns if "Brown" not in turn.text}
