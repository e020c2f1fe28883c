"""The facts of a call that a prompt may name, and their words in the right case."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.schema import CallbackHours
from engine.accounts import Account, Money
from engine.speech import Language
from engine.spoken import date_in_words, days_in_words, money_in_words, time_in_words, weekday_in_words
from engine.spoken.readings import Case


class FactKind(Enum):
    """How a fact is put into words."""

    TEXT = "text"
    MONEY = "money"
    DAY = "day"
    DAYS = "days"
    ON_WEEKDAY = "on weekday"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A name that a prompt may use.

    Args:
        kind: how it becomes words.
        neutral: it may stand in a prompt that is said before the right party is confirmed.
    """

    kind: FactKind
    neutral: bool = False


FACTS: Final[Mapping[str, FactSpec]] = {
    "creditor": FactSpec(FactKind.TEXT, neutral=True),
    "debtor.full_name": FactSpec(FactKind.TEXT, neutral=True),
    "debtor.given_name": FactSpec(FactKind.TEXT, neutral=True),
    "callback.day": FactSpec(FactKind.DAY, neutral=True),
    "callback.on_weekday": FactSpec(FactKind.ON_WEEKDAY, neutral=True),
    "callback.time": FactSpec(FactKind.TIME, neutral=True),
    "callback.earliest": FactSpec(FactKind.TIME, neutral=True),
    "callback.latest": FactSpec(FactKind.TIME, neutral=True),
    "product": FactSpec(FactKind.TEXT),
    "debt": FactSpec(FactKind.MONEY),
    "days_past_due": FactSpec(FactKind.DAYS),
    "due_date": FactSpec(FactKind.DAY),
    "least_promise": FactSpec(FactKind.MONEY),
    "latest_day": FactSpec(FactKind.DAY),
    "promise.amount": FactSpec(FactKind.MONEY),
    "promise.due": FactSpec(FactKind.DAY),
    "promise.on_weekday": FactSpec(FactKind.ON_WEEKDAY),
}


@dataclass(frozen=True, slots=True)
class Slots:
    """What the caller has told so far."""

    amount: Money | None = None
    due: date | None = None
    callback_day: date | None = None
    callback_time: time | None = None


@dataclass(frozen=True, slots=True)
class CallFacts:
    """All that a call knows besides what is said in it.

    Args:
        account: the debt and the debtor.
        now: the moment of the call, in the debtor's time zone.
        hours: when a callback may be agreed for.
        person_on_hand: callers can be transferred to a person.
    """

    account: Account
    now: datetime
    hours: CallbackHours
    person_on_hand: bool = True

    @classmethod
    def of(cls, account: Account, now: datetime, hours: CallbackHours, *, person_on_hand: bool = True) -> "CallFacts":
        """Return the facts with `now`, which must carry a time zone, moved to the debtor's."""
        if now.tzinfo is None:
            raise ValueError("the moment of a call carries a time zone")
        return cls(account, now.astimezone(ZoneInfo(account.debtor.time_zone)), hours, person_on_hand)

    @property
    def today(self) -> date:
        """The debtor's date."""
        return self.now.date()

    @property
    def latest_day(self) -> date:
        """The last day that a promise may name."""
        return self.today + timedelta(days=self.account.latest_promise_days)

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


def fact_in_words(facts: CallFacts, slots: Slots, name: str, language: Language, case: Case) -> str | None:
    """Return a fact in words.

    Args:
        facts: of the call.
        slots: what the caller told.
        name: one of `FACTS`.
        language: of the words.
        case: grammatical case of sums, days, times and numbers; names and products are given as they are.

    Returns:
        The words, or None where the fact is not known.
    """
    value = _VALUES[name](facts, slots, language)
    if FACTS[name].kind is FactKind.ON_WEEKDAY and isinstance(value, date):
        return _on_weekday(value, language)
    match value:
        case None:
            return None
        case str():
            return value
        case Money():
            return money_in_words(value, language, case=case)
        case time():
            return time_in_words(value, language, case=case)
        case int():
            return days_in_words(value, language, case=case) if value > 0 else None
        case date():
            return date_in_words(value, language, case=case)


def _on_weekday(day: date, language: Language) -> str:
    """Return «в пятницу», «жұма күні», "on Friday"."""
    name = weekday_in_words(day, language, case=Case.ACCUSATIVE if language is Language.RUSSIAN else Case.NOMINATIVE)
    match language:
        case Language.RUSSIAN:
            return f"{'во' if name.startswith('вт') else 'в'} {name}"
        case Language.KAZAKH:
            return f"{name} күні"
        case Language.ENGLISH:
            return f"on {name}"


_Value = str | Money | date | time | int | None

_VALUES: Final[Mapping[str, Callable[[CallFacts, Slots, Language], _Value]]] = {
    "creditor": lambda facts, slots, language: facts.account.creditor,
    "debtor.full_name": lambda facts, slots, language: facts.account.debtor.full_name,
    "debtor.given_name": lambda facts, slots, language: facts.account.debtor.given_name,
    "product": lambda facts, slots, language: facts.account.product.get(language),
    "debt": lambda facts, slots, language: facts.account.debt,
    "days_past_due": lambda facts, slots, language: facts.account.days_past_due,
    "due_date": lambda facts, slots, language: facts.account.due_date,
    "least_promise": lambda facts, slots, language: facts.account.least_promise,
    "latest_day": lambda facts, slots, language: facts.latest_day,
    "promise.amount": lambda facts, slots, language: slots.amount,
    "promise.due": lambda facts, slots, language: slots.due,
    "promise.on_weekday": lambda facts, slots, language: slots.due,
    "callback.day": lambda facts, slots, language: slots.callback_day,
    "callback.on_weekday": lambda facts, slots, language: slots.callback_day,
    "callback.time": lambda facts, slots, language: slots.callback_time,
    "callback.earliest": lambda facts, slots, language: facts.hours.earliest,
    "callback.latest": lambda facts, slots, language: facts.hours.latest,
}
