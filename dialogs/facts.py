"""The facts of a call that a prompt may name: those of every call, and those that a scenario declares."""

import logging
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.schema import CallbackHours, FactDeclaration, MandateSpec, ScenarioSpec, SlotKind, ValueKind
from dialogs.values import FORMS, SLOT_VALUES, Value, Values, parse_value
from engine.accounts import Account, Money
from engine.speech import Language

_log = logging.getLogger(__name__)


def _fact(kind: ValueKind, *, neutral: bool = False) -> FactDeclaration:
    return FactDeclaration(kind=kind, neutral=neutral)


FACTS: Final[Mapping[str, FactDeclaration]] = {
    "creditor": _fact(ValueKind.TEXT, neutral=True),
    "debtor.full_name": _fact(ValueKind.TEXT, neutral=True),
    "debtor.given_name": _fact(ValueKind.TEXT, neutral=True),
    "today": _fact(ValueKind.DAY, neutral=True),
    "callback.day": _fact(ValueKind.DAY, neutral=True),
    "callback.on_weekday": _fact(ValueKind.ON_WEEKDAY, neutral=True),
    "callback.time": _fact(ValueKind.TIME, neutral=True),
    "callback.earliest": _fact(ValueKind.TIME, neutral=True),
    "callback.latest": _fact(ValueKind.TIME, neutral=True),
    "meaning.first": _fact(ValueKind.TEXT, neutral=True),
    "meaning.second": _fact(ValueKind.TEXT, neutral=True),
    "product": _fact(ValueKind.TEXT),
    "debt": _fact(ValueKind.MONEY),
    "days_past_due": _fact(ValueKind.DAYS),
    "days_until_due": _fact(ValueKind.DAYS),
    "due_date": _fact(ValueKind.DAY),
    "least_promise": _fact(ValueKind.MONEY),
    "latest_day": _fact(ValueKind.DAY),
    "payday.day": _fact(ValueKind.DAY),
    "promise.amount": _fact(ValueKind.MONEY),
    "promise.rest": _fact(ValueKind.MONEY),
    "promise.due": _fact(ValueKind.DAY),
    "promise.on_weekday": _fact(ValueKind.ON_WEEKDAY),
    "promised.amount": _fact(ValueKind.MONEY),
    "promised.due": _fact(ValueKind.DAY),
    "promised.on_weekday": _fact(ValueKind.ON_WEEKDAY),
}
"""What prompts of every scenario may name. ``meaning.*`` are worded by prompts that have a gate of their own."""

Choices = Mapping[str, Mapping[str, Mapping[Language, str]]]
"""The spoken words of each slot that holds a choice, by slot, value and language."""


@dataclass(frozen=True, slots=True)
class Declared:
    """What the prompts of one scenario may name.

    Args:
        facts: by name: those of every call, the scenario's own, and its slots but those that hold words as heard.
        choices: words for choices.
    """

    facts: Mapping[str, FactDeclaration] = field(default_factory=lambda: FACTS)
    choices: Choices = field(default_factory=dict)

    @classmethod
    def of(cls, spec: ScenarioSpec) -> "Declared":
        """Collect what a scenario declares."""
        facts = {**FACTS, **spec.facts}
        choices: dict[str, dict[str, dict[Language, str]]] = {}
        for name, slot in spec.slots.items():
            if slot.kind is SlotKind.WORDS:
                continue
            facts[name] = _fact(SLOT_VALUES[slot.kind], neutral=slot.neutral)
            if slot.kind is SlotKind.DAY:
                facts[f"{name}.on_weekday"] = _fact(ValueKind.ON_WEEKDAY, neutral=slot.neutral)
            if slot.of in spec.entities:
                choices[name] = {
                    value: {language: words[0] for language, words in by_language.items()}
                    for value, by_language in spec.entities[slot.of].items()
                }
        return cls(facts, choices)


@dataclass(frozen=True, slots=True)
class Slots:
    """What was told, and looked up, so far.

    Args:
        amount: promised.
        due: day of the promise.
        callback_day: wished.
        callback_time: wished.
        own: slots that the scenario declares.
        results: declared facts that actions gave.
        meanings: the two that a clarifying question asks about, in words.
    """

    amount: Money | None = None
    due: date | None = None
    callback_day: date | None = None
    callback_time: time | None = None
    own: Values = Values()
    results: Values = Values()
    meanings: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """All that a call knows besides what is said in it.

    Args:
        account: the debt and the debtor.
        now: the moment of the call, in the debtor's time zone.
        hours: when a callback may be agreed for.
        person_on_hand: callers can be transferred to a person.
        inbound: the caller called us.
        declared: what the scenario's prompts may name.
        own: declared facts that the account gives.
        mandate: what the bot may agree to, beside the account's own limits.
    """

    account: Account
    now: datetime
    hours: CallbackHours
    person_on_hand: bool = True
    inbound: bool = False
    declared: Declared = Declared()
    own: Values = Values()
    mandate: MandateSpec | None = None

    @classmethod
    def of(
        cls,
        account: Account,
        now: datetime,
        hours: CallbackHours,
        *,
        person_on_hand: bool = True,
        inbound: bool = False,
        declared: Declared | None = None,
    ) -> "CallFacts":
        """Return the facts with `now`, which must carry a time zone, moved to the debtor's."""
        if now.tzinfo is None:
            raise ValueError("the moment of a call carries a time zone")
        declared = declared or Declared()
        here = now.astimezone(ZoneInfo(account.debtor.time_zone))
        return cls(account, here, hours, person_on_hand, inbound, declared, _given(account, declared))

    @property
    def today(self) -> date:
        """The debtor's date."""
        return self.now.date()

    @property
    def latest_day(self) -> date:
        """The last day that a promise may name."""
        days = self.account.latest_promise_days
        if self.mandate is not None and self.mandate.latest_days is not None:
            days = min(days, self.mandate.latest_days)
        return self.today + timedelta(days=days)

    @property
    def least_promise(self) -> Money:
        """The smallest sum that a promise may name: never more than the debt."""
        least = self.account.least_promise
        if self.mandate is not None:
            least = max(least, self.share(Fraction(self.mandate.least_share, 100)))
        return min(least, self.account.debt)

    @property
    def days_until_due(self) -> int:
        """Days from today to the day that the payment is due, negative after it."""
        return (self.account.due_date - self.today).days

    @property
    def next_payday(self) -> date | None:
        """The next day on which the debtor is paid, today included; None where it is not known."""
        payday = self.account.payday
        if payday is None:
            return None
        day = _in_month(self.today, payday)
        return day if day >= self.today else _in_month(self.today.replace(day=1) + timedelta(days=31), payday)

    def share(self, part: Fraction) -> Money:
        """Return a share of the debt, rounded up to whole units so that two halves cover it."""
        debt = self.account.debt
        minor = -(-debt.minor * part.numerator // part.denominator)
        return debt if part >= 1 else replace(debt, minor=min(-(-minor // 100) * 100, debt.minor))

    def callback_allowed(self, slots: Slots) -> bool:
        """Whether the wished callback, as far as it is known, lies ahead, near enough and inside the hours."""
        day, at = slots.callback_day, slots.callback_time
        if day is not None and not self.today <= day <= self.today + timedelta(days=self.hours.days_ahead):
            return False
        if day is not None and not self.hours.weekends and day.weekday() >= 5:
            return False
        if at is None:
            return True
        if not self.hours.earliest <= at < self.hours.latest:
            return False
        return day is None or datetime.combine(day, at, self.now.tzinfo) > self.now


def fact_value(facts: CallFacts, slots: Slots, name: str, language: Language) -> Value | None:
    """Return a fact, or None where it is not known; an action's result goes before what the account gave."""
    if name in _VALUES:
        return _VALUES[name](facts, slots, language)
    bare = name.removesuffix(".on_weekday")
    for values in (slots.own, slots.results, facts.own):
        if (value := values.get(bare)) is not None:
            return value
    return None


def parse_fact(declared: Declared, name: str, text: object, account: Account) -> Value | None:
    """Read a declared fact that another system gave; None, with a line in the log, where it is none of its kind."""
    kind = declared.facts[name].kind
    try:
        return parse_value(kind, text, account.debt.currency)
    except ValueError:
        _log.warning("fact %s is not known in this call: it is not %s", name, FORMS[kind])
        return None


def _given(account: Account, declared: Declared) -> Values:
    own = Values()
    for name, text in account.facts.items():
        if name in declared.facts and name not in FACTS:
            own = own.put(name, parse_fact(declared, name, text, account))
    return own


def _in_month(day: date, wished: int) -> date:
    return day.replace(day=min(wished, monthrange(day.year, day.month)[1]))


def _rest(facts: CallFacts, slots: Slots) -> Money | None:
    if slots.amount is None or slots.amount >= facts.account.debt:
        return None
    return replace(facts.account.debt, minor=facts.account.debt.minor - slots.amount.minor)


_VALUES: Final[Mapping[str, Callable[[CallFacts, Slots, Language], Value | None]]] = {
    "creditor": lambda facts, slots, language: facts.account.creditor,
    "debtor.full_name": lambda facts, slots, language: facts.account.debtor.full_name,
    "debtor.given_name": lambda facts, slots, language: facts.account.debtor.given_name,
    "today": lambda facts, slots, language: facts.today,
    "product": lambda facts, slots, language: facts.account.product.get(language),
    "debt": lambda facts, slots, language: facts.account.debt,
    "days_past_due": lambda facts, slots, language: facts.account.days_past_due,
    "days_until_due": lambda facts, slots, language: facts.days_until_due,
    "due_date": lambda facts, slots, language: facts.account.due_date,
    "least_promise": lambda facts, slots, language: facts.least_promise,
    "latest_day": lambda facts, slots, language: facts.latest_day,
    "payday.day": lambda facts, slots, language: facts.next_payday,
    "promise.amount": lambda facts, slots, language: slots.amount,
    "promise.rest": lambda facts, slots, language: _rest(facts, slots),
    "promise.due": lambda facts, slots, language: slots.due,
    "promise.on_weekday": lambda facts, slots, language: slots.due,
    "promised.amount": lambda facts, slots, language: facts.account.promised,
    "promised.due": lambda facts, slots, language: facts.account.promised_due,
    "promised.on_weekday": lambda facts, slots, language: facts.account.promised_due,
    "callback.day": lambda facts, slots, language: slots.callback_day,
    "callback.on_weekday": lambda facts, slots, language: slots.callback_day,
    "callback.time": lambda facts, slots, language: slots.callback_time,
    "callback.earliest": lambda facts, slots, language: facts.hours.earliest,
    "callback.latest": lambda facts, slots, language: facts.hours.latest,
    "meaning.first": lambda facts, slots, language: slots.meanings[0] if slots.meanings else None,
    "meaning.second": lambda facts, slots, language: slots.meanings[1] if slots.meanings else None,
}
