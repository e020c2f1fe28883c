"""What the dialog knows when it listens, and what it is told of the words."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from dialogs.understanding.intents import Intent
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
        right_party: the debtor is confirmed, so that the debt may have been spoken of.
        payday: day of the month on which the debtor is paid, where it is known.
    """

    language: Language
    expect: Expect
    awaited: frozenset[str]
    names: str
    given_name: str
    currency: Currency
    today: date
    right_party: bool
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


_OF_WHO_ANSWERS: Final = frozenset(
    {
        *(Intent.ANSWERING_MACHINE, Intent.DECEASED, Intent.MINOR, Intent.WRONG_PERSON, Intent.THIRD_PARTY),
        *(Intent.RPC_CONFIRM, Intent.NAME_GIVEN, Intent.GREETING, Intent.WHO_IS_CALLING, Intent.HAND_OVER),
    }
)
_OF_THE_DEBT: Final = frozenset(
    {
        *(Intent.DISPUTE, Intent.ALREADY_PAID, Intent.HARDSHIP, Intent.HOW_TO_PAY, Intent.AMOUNT_QUESTION),
        *(Intent.REFUSE, Intent.PTP_VAGUE, Intent.PTP_PARTIAL, Intent.PTP_FULL, Intent.INFORM),
    }
)
_STILL_ASKED: Final = frozenset({Intent.WHO_IS_CALLING, Intent.HAND_OVER})
_ANSWERS: Final = {
    Expect.YES_NO: frozenset({Intent.YES, Intent.NO}),
    Expect.DATE: frozenset({Intent.INFORM, Intent.PTP_VAGUE}),
    Expect.SUM: frozenset({Intent.INFORM, Intent.PTP_PARTIAL, Intent.PTP_FULL}),
}
_LIKELIER: Final = 3.0
_RARER: Final = 0.25
"""By trial on the development set, where factors twice as strong gain little more and trust the question too much."""


def likelihood(intent: str, context: Context) -> float:
    """Return how much likelier an intent is here than elsewhere.

    Nobody speaks of a debt before it is named, who answers the phone is settled once the debtor is confirmed, and most
    answers are of the kind that was asked for.
    """
    if intent in _ANSWERS.get(context.expect, ()):
        return _LIKELIER
    if context.right_party:
        return _RARER if intent in _OF_WHO_ANSWERS - _STILL_ASKED else 1.0
    return _LIKELIER if intent in _OF_WHO_ANSWERS else _RARER if intent in _OF_THE_DEBT else 1.0
