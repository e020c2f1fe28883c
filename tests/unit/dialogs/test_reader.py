"""A dialog with a classifier that runs elsewhere: what it may decide, and what stays with the rules."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dialogs.scenario import Scenario
from dialogs.understanding.intents import Intent
from engine.accounts import Account
from engine.dialog import Move
from engine.speech import Hypothesis, Language, Transcript

from .conftest import FRIDAY

EN = Language.ENGLISH


class Parrot:
    """Says the same of every text, and remembers what it was asked."""

    def __init__(self, answer: Mapping[str, float] | None) -> None:
        self.answer, self.asked = answer, []

    async def probabilities(self, text: str) -> Mapping[str, float] | None:
        self.asked.append(text)
        return self.answer


@pytest.fixture
def ask(scenario: Scenario, account: Callable[[Language], Account]) -> Callable[..., Any]:
    """Hold an English dialog with a reader; return the move after the last words."""

    async def hold(reader: Parrot, *texts: str) -> Move:
        dialog = scenario.open(account(EN), now=FRIDAY, language=EN, reader=reader)
        move = dialog.begin()
        for text in texts:
            heard = Transcript((Hypothesis(text, 0.8),), 0.0, 1.0, EN)
            await dialog.attend(heard)
            dialog.foresee(heard)
            move = dialog.reply(heard)
        return move

    return hold


async def test_the_reader_guesses_where_no_rule_tells(ask: Callable[..., Any]) -> None:
    """Its guess stands in for the built-in classifier's; labels that nobody knows are passed over."""
    reader = Parrot({"operator": 0.7, "chitchat/weather": 0.3})
    move = await ask(reader, "Flibber the gribble.")
    assert reader.asked == ["flibber the gribble"]
    assert move.intent == Intent.OPERATOR


async def test_words_that_a_rule_decides_are_not_sent(ask: Callable[..., Any]) -> None:
    """The rules win, so nobody else needs to know."""
    reader = Parrot({"refuse": 1.0})
    move = await ask(reader, "You have the wrong number.")
    assert (reader.asked, move.intent) == ([], Intent.WRONG_PERSON)


@pytest.mark.parametrize("answer", [None, {}, {"no such intent": 1.0}, {"operator": 0.0}])
async def test_a_reader_that_says_nothing_of_use_changes_nothing(
    ask: Callable[..., Any], answer: Mapping[str, float] | None
) -> None:
    """The built-in classifier guesses then."""
    text = "could I maybe have a word with someone human"
    alone = await ask(Parrot(None), text)
    assert await ask(Parrot(answer), text) == alone


@pytest.mark.parametrize("intent", [Intent.YES, Intent.RPC_CONFIRM])
async def test_no_guess_confirms_the_debtor(ask: Callable[..., Any], intent: Intent) -> None:
    """However sure the reader claims to be, the question is asked again."""
    reader = Parrot({str(intent): 1.0})
    assert (await ask(reader, "Flibber the gribble.")).state == (await ask(reader)).state


async def test_no_guess_takes_back_that_it_is_someone_else(ask: Callable[..., Any]) -> None:
    """The built-in classifier's own doubt about the person stands."""
    text = "she popped out a while back I am her flatmate"
    assert (await ask(Parrot(None), text)).intent == Intent.THIRD_PARTY
    assert (await ask(Parrot({"yes": 1.0}), text)).intent == Intent.THIRD_PARTY
