"""A promise to pay as analytics finds it: what was undertaken, by whom, in which words, and how sure that is."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from engine.accounts import Currency, Money
from engine.speech import Language


class Proposer(StrEnum):
    """Whose words named a promise first."""

    CLIENT = "client"
    BANK = "bank"


class Shown(StrEnum):
    """What a piece of evidence shows."""

    UNDERTAKING = "undertaking"
    AMOUNT = "amount"
    DAY = "day"
    CONFIRMATION = "confirmation"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class DebtFacts:
    """What the bank knows of the debt that a contact is about.

    Args:
        debt: all of it; None where nobody told: then "all of it" is a sum only where the bank named one.
        today: the day of the contact where the client is.
        language: that the contact was mostly held in.
        due_now: what is overdue, where that is not the whole debt.
        payday: day of the month on which the client's income comes.
        spoken_currency: of sums, where no debt tells.
    """

    debt: Money | None
    today: date
    language: Language
    due_now: Money | None = None
    payday: int | None = None
    spoken_currency: Currency = Currency.TENGE

    @property
    def currency(self) -> Currency:
        """That of the debt."""
        return self.debt.currency if self.debt else self.spoken_currency

    @property
    def debt_minor(self) -> int | None:
        """The whole debt in minor units, where it is known."""
        return self.debt.minor if self.debt else None

    @property
    def owed_minor(self) -> int | None:
        """What the bank asks for, in minor units: what is overdue, else the whole debt, where it is known."""
        return self.due_now.minor if self.due_now else self.debt_minor


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words that show something.

    Args:
        shown: what.
        utterance: index of the utterance.
        text: the words.
        start_s: of the first word, from the contact's start.
        end_s: of the last.
    """

    shown: Shown
    utterance: int
    text: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Version:
    """What the client undertook at one moment.

    Args:
        amount: None where no sum was said.
        due: the day by which; None where none can be told.
        utterance: index of the client's utterance with which it had this sum and day.
    """

    amount: Money | None
    due: date | None
    utterance: int


@dataclass(frozen=True, slots=True)
class Promise(Version):
    """A promise as it stands at the end of the contact.

    Args:
        by: who named it first.
        confidence: how likely sum and day are both right, in 0..1.
        confirmed_by: index of the utterance that says yes to a read-back of it.
        condition: the words of the event on which it hangs.
        superseded: what it replaced, oldest first.
        evidence: the words that show it.
    """

    by: Proposer
    confidence: float
    confirmed_by: int | None = None
    condition: str | None = None
    superseded: tuple[Version, ...] = ()
    evidence: tuple[Evidence, ...] = ()
