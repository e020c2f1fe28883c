"""Facts about a debtor and the debt; money in integer minor units."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from engine.speech import Language


class Currency(StrEnum):
    """ISO 4217 codes; both have a hundred minor units (tiyn, kopeck)."""

    TENGE = "KZT"
    ROUBLE = "RUB"


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (tiyn, kopecks) and its currency."""

    minor: int
    currency: Currency = Currency.TENGE

    @classmethod
    def of(cls, major: int, currency: Currency = Currency.TENGE) -> "Money":
        """Return a round amount of whole tenge or roubles."""
        return cls(major * 100, currency)

    def __str__(self) -> str:
        """Return digits for people and logs, such as ``15 000 KZT`` or ``15 000.50 KZT``."""
        major, rest = divmod(self.minor, 100)
        return f"{major:,}".replace(",", " ") + (f".{rest:02d}" if rest else "") + f" {self.currency}"


class Segment(StrEnum):
    """The line of work that an account is in."""

    PRE_COLLECTION = "pre_collection"
    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Person:
    """The debtor; ``full_name`` is spoken in the right-party question, so it is in the caller's language."""

    full_name: str
    given_name: str
    language: Language
    phone: str
    time_zone: str = "Asia/Almaty"

    @property
    def names(self) -> tuple[str, ...]:
        """What the debtor is called: the full name, and the given name where that is another, such as a short form."""
        return tuple(dict.fromkeys((self.full_name, self.given_name)))


@dataclass(frozen=True, slots=True)
class Account:
    """One debt and its debtor.

    Args:
        account_id: the bank's number, never spoken.
        debtor: whom to reach.
        creditor: the bank's public name.
        product: spoken name of the product by language, in the genitive where the language declines.
        debt: everything due today.
        days_past_due: whole days since the due date; negative before it.
        due_date: when the payment was or is due.
        least_promise: the smallest sum that counts as a promise within the bot's mandate.
        latest_promise_days: how many days ahead a promise may lie.
        segment: line of work.
        product_code: the product's kind in the bank's own words, such as ``consumer_loan``; never spoken.
        broken_promises: promises to pay that were not kept, in this delinquency.
        earlier_contacts: conversations about this debt so far.
        payday: day of the month on which the debtor is paid; a month that lacks it pays on its last day.
        promised: the sum of an open promise.
        promised_due: its day.
        facts: further facts of the bank's own by name, as texts; a scenario declares those that it uses.
    """

    account_id: str
    debtor: Person
    creditor: str
    product: dict[Language, str] = field(hash=False)
    debt: Money
    days_past_due: int
    due_date: date
    least_promise: Money
    latest_promise_days: int = 14
    segment: Segment = Segment.SOFT
    product_code: str = ""
    broken_promises: int = 0
    earlier_contacts: int = 0
    payday: int | None = None
    promised: Money | None = None
    promised_due: date | None = None
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
