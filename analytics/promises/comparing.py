"""What the bot took live beside what is found in the contact's words: where both differ, and where that was said."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from analytics.conversation import Conversation, Role
from analytics.promises.contexts import Kind
from analytics.promises.lines import Line
from analytics.promises.values import DebtFacts, Evidence, Promise, Shown
from engine.accounts import Currency, Money

_AMOUNT: Final = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)
_YES_NO: Final = {"yes": True, "no": False}


class Difference(StrEnum):
    """In what a live promise and a found one differ."""

    AMOUNT = "amount"
    DAY = "day"
    CONFIRMATION = "confirmation"
    """Sum and day are the same, and only one of both says that they were read back and agreed to."""
    ONLY_LIVE = "only_live"
    ONLY_FOUND = "only_found"


@dataclass(frozen=True, slots=True)
class LivePromise:
    """What was taken while the contact went on.

    Args:
        amount: promised.
        due: the day by which.
        confirmed: it was read back, and the client said yes; None where nobody tells.
    """

    amount: Money
    due: date
    confirmed: bool | None = None

    @staticmethod
    def of(attributes: Mapping[str, str]) -> "LivePromise | None":
        """Return what a contact's attributes tell; None where nothing was taken.

        Raises:
            ValueError: an attribute is wrong; the message names it and the mend.
        """
        amount, due = attributes.get("live_amount"), attributes.get("live_due")
        if amount is None and due is None:
            return None
        found = _AMOUNT.fullmatch(amount or "")
        if found is None:
            raise ValueError("attribute live_amount: write the sum of live_due as 45000.00")
        try:
            day = date.fromisoformat(due or "")
        except ValueError:
            raise ValueError("attribute live_due: write the day of live_amount as 2026-11-25") from None
        confirmed = attributes.get("live_confirmed")
        if confirmed is not None and confirmed not in _YES_NO:
            raise ValueError("attribute live_confirmed: write yes or no")
        minor = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        money = Money(minor, Currency(attributes.get("currency", Currency.TENGE)))
        return LivePromise(money, day, None if confirmed is None else _YES_NO[confirmed])


@dataclass(frozen=True, slots=True)
class Compared:
    """A live promise, a found one, or both of one undertaking.

    Args:
        live: None where it was only found.
        found: None where it was only taken live.
        differences: none where both say the same.
        evidence: the words that show what was found, and where else the live sum and day were said.
    """

    live: LivePromise | None
    found: Promise | None
    differences: tuple[Difference, ...]
    evidence: tuple[Evidence, ...] = ()


def compare_live(conversation: Conversation, facts: DebtFacts, promises: Sequence[Promise]) -> tuple[Compared, ...]:
    """Compare what was taken live with what was found.

    A live promise is laid beside the found one that it differs least from. What a person was promised who took over
    from the bot is left out: the bot could not take it.

    Args:
        conversation: with what was taken live in its attributes ``live_promise`` (yes or no), ``live_amount``,
            ``live_due``, ``live_confirmed``.
        facts: of the debt.
        promises: that were found.

    Returns:
        The live promise first; nothing where nobody tells whether something was taken live.

    Raises:
        ValueError: an attribute is wrong.
    """
    attributes = conversation.attributes
    live = LivePromise.of(attributes)
    if live is None and attributes.get("live_promise") not in _YES_NO:
        return ()
    last = _taken_over(conversation)
    own = [one for one in promises if last is None or one.utterance < last]
    beside = min(own, key=lambda one: (len(_differences(live, one)), -one.utterance)) if live and own else None
    found = [_only_found(one) for one in own if one is not beside]
    return (_compared(conversation, facts, live, beside), *found) if live else tuple(found)


def differs(compared: Sequence[Compared]) -> bool:
    """Return whether somebody should look."""
    return any(one.differences for one in compared)


def _taken_over(conversation: Conversation) -> int | None:
    """Return the first utterance of a person who took over from a bot."""
    roles = [one.role for one in conversation.utterances]
    return roles.index(Role.AGENT) if Role.AGENT in roles and Role.BOT in roles else None


def _differences(live: LivePromise, found: Promise) -> tuple[Difference, ...]:
    wrong = [Difference.AMOUNT] if live.amount != found.amount else []
    wrong += [Difference.DAY] if live.due != found.due else []
    if not wrong and live.confirmed is not None and live.confirmed != (found.confirmed_by is not None):
        wrong.append(Difference.CONFIRMATION)
    return tuple(wrong)


_SHOWS: Final = {
    Difference.AMOUNT: Shown.AMOUNT,
    Difference.DAY: Shown.DAY,
    Difference.CONFIRMATION: Shown.CONFIRMATION,
}


def _compared(conversation: Conversation, facts: DebtFacts, live: LivePromise, found: Promise | None) -> Compared:
    if found is None:
        said = _said(conversation, facts, live, frozenset({Shown.AMOUNT, Shown.DAY}))
        return Compared(live, None, (Difference.ONLY_LIVE,), tuple(said))
    differences = _differences(live, found)
    shown = frozenset(_SHOWS[one] for one in differences)
    evidence = [one for one in found.evidence if one.shown in shown]
    evidence += [one for one in _said(conversation, facts, live, shown) if one not in evidence]
    return Compared(live, found, differences, tuple(sorted(evidence, key=lambda one: one.start_s)))


def _only_found(found: Promise) -> Compared:
    return Compared(None, found, (Difference.ONLY_FOUND,), tuple(sorted(found.evidence, key=lambda one: one.start_s)))


def _said(
    conversation: Conversation, facts: DebtFacts, live: LivePromise, shown: frozenset[Shown]
) -> Iterator[Evidence]:
    """Yield the last words of each side that name the live sum, or the live day, where these are asked for."""
    kinds = shown & {Shown.AMOUNT, Shown.DAY}
    missing = {(role, kind) for role in Role for kind in kinds}
    for index in range(len(conversation.utterances) - 1, -1, -1):
        one = conversation.utterances[index]
        if not missing or not one.words:
            continue
        line = Line(index, tuple(word.text for word in one.words), facts)
        for value in line.bare_values:
            kind = Shown.AMOUNT if value.kind is Kind.AMOUNT else Shown.DAY
            if (one.role, kind) in missing and (live.amount.minor in value.minor or live.due in value.days):
                missing.remove((one.role, kind))
                words = one.words[value.start : value.end]
                text = line.quote(value.start, value.end)
                yield Evidence(kind, index, text, words[0].start_s, words[-1].end_s)
