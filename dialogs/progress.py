"""Where a dialog stands, as a frozen value, and the conditions and slots that are read from it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from dialogs.facts import CallFacts, Slots
from dialogs.schema import Assignment, Condition, Guard, Party, SlotName
from dialogs.understanding.slots import Slotted
from engine.accounts import Money
from engine.dialog import Ending
from engine.speech import Language

_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of one dialog.

    Args:
        state: name of the scenario's state.
        language: spoken now.
        party: whom we speak to.
        slots: what was told.
        confirmed: the promise was read back and the caller said yes.
        silences: in a row.
        misses: answers in a row that were not understood.
        turns: answers and silences so far.
        taken: ids of limited transitions, once for every time they were taken.
        last: prompts of the last turn, for repeating.
        ending: set when the dialog is over.
        unreached: nobody took the call when it was to be handed over; it is not tried again.
    """

    state: str
    language: Language
    party: Party = Party.UNKNOWN
    slots: Slots = Slots()
    confirmed: bool = False
    silences: int = 0
    misses: int = 0
    turns: int = 0
    taken: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    ending: Ending | None = None
    unreached: bool = False

    def open_for(self, transition_id: str, times: int | None) -> bool:
        """Whether a transition may be taken once more."""
        return times is None or self.taken.count(transition_id) < times

    def took(self, transition_id: str, times: int | None) -> "Progress":
        """Return the progress with one use of a limited transition counted."""
        return self if times is None else replace(self, taken=(*self.taken, transition_id))


def promised_amount(facts: CallFacts, heard: Slotted) -> Money | None:
    """Return the sum that an answer offers: a sum, or a share of the debt.

    A bare number too small to be meant («пятнадцать» where thousands are owed) is read as thousands when that lies
    between the least promise and the debt; the read-back lets the caller correct it.
    """
    if heard.amount is None:
        return None if heard.share is None else facts.share(heard.share)
    least, debt = facts.account.least_promise, facts.account.debt
    thousands = replace(heard.amount, minor=heard.amount.minor * _THOUSAND)
    if not heard.amount_explicit and heard.amount < least and least <= thousands <= debt:
        return thousands
    return heard.amount


def take(names: Iterable[str], facts: CallFacts, slots: Slots, heard: Slotted) -> Slots:
    """Return the slots with the named ones filled from an answer, as far as it holds them."""
    for name in names:
        if name == SlotName.AMOUNT and (amount := promised_amount(facts, heard)) is not None:
            slots = replace(slots, amount=amount)
        elif name == SlotName.DUE and heard.days:
            ahead = [day for day in heard.days if day >= facts.today]
            slots = replace(slots, due=(ahead or heard.days)[0])
        elif name == SlotName.CALLBACK:
            slots = _take_callback(facts, slots, heard)
    return slots


def _take_callback(facts: CallFacts, slots: Slots, heard: Slotted) -> Slots:
    if heard.days:
        slots = replace(slots, callback_day=heard.days[0])
    if heard.times:
        open_hours = [at for at in heard.times if facts.hours.earliest <= at < facts.hours.latest]
        at = (open_hours or heard.times)[0]
        slots = replace(slots, callback_time=at)
        if slots.callback_day is None:
            slots = replace(slots, callback_day=facts.today + timedelta(days=at <= facts.now.time()))
    return slots


def apply(settings: Iterable[Assignment], facts: CallFacts, slots: Slots) -> Slots:
    """Return the slots after the scenario's own settings."""
    for setting in settings:
        match str(setting):
            case "amount = debt":
                slots = replace(slots, amount=facts.account.debt)
            case "amount = none":
                slots = replace(slots, amount=None)
            case "due = none":
                slots = replace(slots, due=None)
            case "callback = none":
                slots = replace(slots, callback_day=None, callback_time=None)
    return slots


def holds(guards: Iterable[Guard], facts: CallFacts, progress: Progress, heard: Slotted) -> bool:
    """Whether all conditions hold."""
    return all(_condition(Condition(guard.subject), facts, progress, heard) != guard.negated for guard in guards)


def _condition(condition: Condition, facts: CallFacts, progress: Progress, heard: Slotted) -> bool:
    slots, account = progress.slots, facts.account
    match condition:
        case Condition.IDENTIFIED:
            return progress.party is Party.CONFIRMED
        case Condition.HEARD_AMOUNT:
            return heard.amount is not None or heard.share is not None
        case Condition.HEARD_DAY:
            return bool(heard.days)
        case Condition.HEARD_TIME:
            return bool(heard.times)
        case Condition.HEARD_PROMISE:
            return heard.amount is not None or heard.share is not None or bool(heard.days)
        case Condition.HEARD_CHANGE:
            amount = promised_amount(facts, heard)
            return amount not in (None, slots.amount) or bool(heard.days and slots.due not in heard.days)
        case Condition.AMOUNT:
            return slots.amount is not None
        case Condition.DUE:
            return slots.due is not None
        case Condition.AMOUNT_BELOW_LEAST:
            return slots.amount is not None and slots.amount < min(account.least_promise, account.debt)
        case Condition.AMOUNT_ABOVE_DEBT:
            return slots.amount is not None and slots.amount > account.debt
        case Condition.DUE_PAST:
            return slots.due is not None and slots.due < facts.today
        case Condition.DUE_TOO_LATE:
            return slots.due is not None and slots.due > facts.latest_day
        case Condition.CALLBACK_DAY:
            return slots.callback_day is not None
        case Condition.CALLBACK_TIME:
            return slots.callback_time is not None
        case Condition.CALLBACK_OUTSIDE:
            return not facts.callback_allowed(slots)
