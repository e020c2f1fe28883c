"""What the dialog knows when it listens, and what it is told of the words."""

from dataclasses import dataclass
from datetime import date

from dialogs.understanding.slots import Slotted
from engine.accounts import Currency
from engine.speech import Expect, Language


@dataclass(frozen=True, slots=True)
class Context:
    """What the dialog knows when it listens.

    Args:
        language: of the dialog.
        expect: kind of answer that is waited for.
        awaited: intents that the open question has an answer to.
        names: the debtor's full name.
        given_name: by it a caller confirms to be the debtor; the surname alone is the whole family's.
        currency: of the account.
        today: in the debtor's time zone.
        payday: day of the month on which the debtor is paid, where it is known.
    """

    language: Language
    expect: Expect
    awaited: frozenset[str]
    names: str
    given_name: str
    currency: Currency
    today: date
    payday: int | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """The meaning of an answer.

    Args:
        intent: what the words are for: an `Intent`, or the name of a scenario's own.
        confidence: in 0..1, calibrated: the share of such readings that are right; 0 where nothing was understood.
        sure: the best hypothesis says so plainly; a guess confirms neither a person nor a promise.
        slots: values in them.
        language: that the caller asked to speak, with `Intent.SWITCH_LANGUAGE`.
        also: what else was clearly said in the same turn: «да это я, а кто звонит». It never confirms anything.
        rival: the other intent where two are too close to call, so that the dialog may ask which is meant.
        spoken: the language of the words where it is plainly another than the dialog's; None for mixed speech.
    """

    intent: str
    confidence: float
    sure: bool = False
    slots: Slotted = Slotted()
    language: Language | None = None
    also: tuple[str, ...] = ()
    rival: str | None = None
    spoken: Language | None = None
