"""How slots are filled: from an answer by ``take``, and by the scenario itself with ``set``."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.answers import Answer
from dialogs.facts import CallFacts, Slots
from dialogs.mends import suggest
from dialogs.schema import Assignment, ScenarioSpec, SlotKind, SlotName
from dialogs.understanding.slots import Slotted
from dialogs.values import FORMS, SLOT_VALUES, Value, parse_value
from engine.accounts import Currency, Money

NONE: Final = "none"
"""In ``set``: the slot is cleared."""

SETTINGS: Final = (
    "amount = debt",
    "amount = promised",
    "amount = least",
    "amount = none",
    "due = today",
    "due = payday",
    "due = promised",
    "due = none",
    "callback = none",
)
"""What ``set`` may do with the built-in slots."""


def promised_amount(facts: CallFacts, heard: Slotted) -> Money | None:
    """Return the sum that an answer offers: a sum, or a share of the debt.

    Of several readings («пятнадцать» may be fifteen thousand) the first that lies between the least promise and the
    debt is taken, else the likeliest; the read-back lets the caller correct it.
    """
    if heard.amount is None:
        return None if heard.share is None else facts.share(heard.share)
    readings = heard.amounts or (heard.amount,)
    return next((each for each in readings if facts.least_promise <= each <= facts.account.debt), heard.amount)


def take(names: Iterable[str], facts: CallFacts, slots: Slots, answer: Answer) -> Slots:
    """Return the slots with the named ones filled from an answer, as far as it holds them."""
    heard = answer.slotted
    for name in names:
        if name == SlotName.AMOUNT:
            amount = promised_amount(facts, heard)
            slots = slots if amount is None else replace(slots, amount=amount)
        elif name == SlotName.DUE:
            ahead = [day for day in heard.days if day >= facts.today]
            slots = replace(slots, due=(ahead or heard.days)[0]) if heard.days else slots
        elif name == SlotName.CALLBACK:
            slots = _take_callback(facts, slots, heard)
        elif (value := answer.own.get(name)) is not None:
            slots = replace(slots, own=slots.own.put(name, value))
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


def apply(spec: ScenarioSpec, settings: Iterable[Assignment], facts: CallFacts, slots: Slots) -> Slots:
    """Return the slots after the scenario's own settings; what is set to a fact that is not known is cleared."""
    account = facts.account
    for setting in settings:
        match setting.name, setting.value:
            case SlotName.AMOUNT, word:
                sums = {"debt": account.debt, "promised": account.promised, "least": facts.least_promise}
                slots = replace(slots, amount=sums.get(word))
            case SlotName.DUE, word:
                days = {"today": facts.today, "payday": facts.next_payday, "promised": account.promised_due}
                slots = replace(slots, due=days.get(word))
            case SlotName.CALLBACK, _:
                slots = replace(slots, callback_day=None, callback_time=None)
            case name, word:
                value = None if word == NONE else literal(spec, name, word, account.debt.currency)
                slots = replace(slots, own=slots.own.put(name, value))
    return slots


def literal(spec: ScenarioSpec, name: str, text: str, currency: Currency) -> Value:
    """Read what a slot of the scenario's own is set to.

    Raises:
        ValueError: it is no value of that slot; the message says what is.
    """
    slot = spec.slots[name]
    if slot.kind is SlotKind.CHOICE:
        values = list(spec.entities.get(slot.of or "", ()))
        if text not in values:
            raise ValueError(f"`{name}` is one of {', '.join(values)}, or `none`")
        return text
    try:
        value = parse_value(SLOT_VALUES[slot.kind], text, currency)
    except ValueError:
        raise ValueError(f"`{name}` is set to {FORMS[SLOT_VALUES[slot.kind]]}, or to `none`") from None
    if isinstance(value, int) and not slot.holds(value):
        raise ValueError(f"`{name}` lies between its `least` and its `most`")
    return value


def setting_fault(spec: ScenarioSpec, setting: Assignment) -> str | None:
    """Return what is wrong with what ``set`` does, with the mend; None where nothing is."""
    if setting.name in spec.slots:
        try:
            if setting.value != NONE:
                literal(spec, setting.name, setting.value, Currency.TENGE)
        except ValueError as error:
            return f"unknown setting `{setting}`; {error}"
        return None
    if str(setting) in SETTINGS:
        return None
    mend = suggest(str(setting), (*SETTINGS, *(f"{name} = none" for name in spec.slots)))
    return f"unknown setting `{setting}`; {mend}"
