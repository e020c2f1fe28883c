"""A call's facts and a driver that holds whole dialogs, for the tests of this folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from dialogs.loader import load_scenario
from dialogs.policy import ScenarioDialog
from dialogs.scenario import Scenario
from engine.accounts import Account, Money, Person
from engine.dialog import ErrandOutcome, Move
from engine.speech import Hypothesis, Language, Transcript

FRIDAY = datetime(2026, 11, 20, 11, 0, tzinfo=ZoneInfo("Asia/Almaty"))

_NAMES = {Language.RUSSIAN: "Сергей Иванов", Language.KAZAKH: "Айгүл Серікова", Language.ENGLISH: "Alan Brown"}
_PRODUCT = {
    Language.RUSSIAN: "потребительского кредита",
    Language.KAZAKH: "тұтынушылық несиенің",
    Language.ENGLISH: "personal loan",
}


def _account(language: Language) -> Account:
    name = _NAMES[language]
    return Account(
        account_id="A-1",
        debtor=Person(name, name.split()[0], language, "+77000000000"),
        creditor="Sample Bank",
        product=_PRODUCT,
        debt=Money.of(45_000),
        days_past_due=12,
        due_date=date(2026, 11, 8),
        least_promise=Money.of(5_000),
    )


@dataclass
class Conversation:
    """A dialog with its moves so far."""

    dialog: ScenarioDialog
    moves: list[Move]

    def say(self, *texts: str | None) -> Move:
        """Let the caller say these one after another (None is silence) and return the last move."""
        for text in texts:
            assert self.moves[-1].ending is None, f"over in {self.moves[-1].state} before {text!r}"
            self.moves.append(self.dialog.no_input() if text is None else self.dialog.reply(self.heard(text)))
        return self.moves[-1]

    def let_errands_fail(self) -> None:
        """Let the dialog go on where it waits for another system."""
        while self.moves[-1].errand is not None:
            self.moves.append(self.dialog.done(ErrandOutcome(failure="nobody there")))

    def heard(self, *texts: str) -> Transcript:
        """Return a transcript with these hypotheses, best first."""
        return Transcript(tuple(Hypothesis(text, 0.8) for text in texts), 0.0, 1.0, self.dialog.language)

    @property
    def spoken(self) -> str:
        """All that the bot said."""
        return " ".join(line.text for move in self.moves for line in move.lines)


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The shipped soft-collection scenario."""
    return load_scenario("soft_collection")


@pytest.fixture
def account() -> Callable[[Language], Account]:
    """Make an account of 45 000 tenge whose debtor speaks a language."""
    return _account


@pytest.fixture
def converse(scenario: Scenario) -> Callable[..., Conversation]:
    """Open a dialog on a Friday and begin it; further arguments are said at once."""

    def start(
        language: Language,
        lines: Sequence[str | None] = (),
        with_scenario: Scenario = scenario,
        of: Account | None = None,
    ) -> Conversation:
        dialog = with_scenario.open(of or _account(language), now=FRIDAY, language=language)
        conversation = Conversation(dialog, [dialog.begin()])
        conversation.say(*lines)
        return conversation

    return start
