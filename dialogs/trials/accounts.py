"""The standard account that trials and typed conversations begin with, and changes to it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from dialogs.schema import ValueKind
from dialogs.schema.base import Model
from dialogs.values import parse_value
from engine.accounts import Account, Currency, Money, Person, Segment
from engine.speech import Language

TIME_ZONE: Final = "Asia/Almaty"

NOW: Final = datetime(2026, 11, 20, 11, 0)
"""The moment of the call where a trial names none: a Friday morning."""

_NAMES: Final = {
    Language.ENGLISH: ("Alex Sample", "Alex"),
    Language.RUSSIAN: ("Иван Примеров", "Иван"),
    Language.KAZAKH: ("Асан Үлгіев", "Асан"),
}
_CREDITOR: Final = {Language.ENGLISH: "Sample Bank", Language.RUSSIAN: "Пример Банк", Language.KAZAKH: "Үлгі Банк"}
_PRODUCT: Final = {
    Language.ENGLISH: "consumer loan",
    Language.RUSSIAN: "потребительского кредита",
    Language.KAZAKH: "тұтынушылық несие",
}
_DAYS_PAST_DUE: Final = 12

_AS_GIVEN: Final = (
    "creditor",
    "segment",
    "product_code",
    "latest_promise_days",
    "broken_promises",
    "earlier_contacts",
    "payday",
    "promised_due",
)


def _sum(value: Any) -> str:
    parse_value(ValueKind.MONEY, value, Currency.TENGE)
    return str(value)


def _day(value: Any) -> Any:
    return value if isinstance(value, date) else parse_value(ValueKind.DAY, value, Currency.TENGE)


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"`{value}` is no time zone; write for example Asia/Almaty or Europe/Moscow") from None
    return value


Sum = Annotated[str, BeforeValidator(_sum)]
Day = Annotated[date, BeforeValidator(_day)]


class AccountChanges(Model):
    """What differs from the standard account; see `engine.accounts.Account` for the meaning of each.

    ``days_past_due`` moves the due date along, and ``due_date`` the days past due.
    """

    full_name: str | None = None
    given_name: str | None = None
    time_zone: Annotated[str, AfterValidator(_zone)] | None = None
    creditor: str | None = None
    currency: Currency | None = None
    segment: Segment | None = None
    product_code: str | None = None
    debt: Sum | None = None
    days_past_due: int | None = Field(default=None, ge=-3650, le=36500)
    due_date: Day | None = None
    least_promise: Sum | None = None
    latest_promise_days: int | None = Field(default=None, ge=0, le=365)
    broken_promises: int | None = Field(default=None, ge=0)
    earlier_contacts: int | None = Field(default=None, ge=0)
    payday: int | None = Field(default=None, ge=1, le=31)
    promised: Sum | None = None
    promised_due: Day | None = None
    facts: dict[str, str | int | float] = {}


def standard_account(language: Language, today: date) -> Account:
    """Return an account of soft collection, 12 days past due, whose debtor speaks a language."""
    full_name, given_name = _NAMES[language]
    return Account(
        account_id="trial",
        debtor=Person(full_name, given_name, language, "+77010000001", TIME_ZONE),
        creditor=_CREDITOR[language],
        product=_PRODUCT,
        debt=Money.of(45_000),
        days_past_due=_DAYS_PAST_DUE,
        due_date=today - timedelta(days=_DAYS_PAST_DUE),
        least_promise=Money.of(5_000),
        product_code="consumer_loan",
    )


def changed(account: Account, changes: AccountChanges, today: date) -> Account:
    """Return an account with changes made to it."""
    currency = changes.currency or account.debt.currency
    given: dict[str, Any] = {name: value for name in _AS_GIVEN if (value := getattr(changes, name)) is not None}
    for name in ("debt", "least_promise", "promised"):
        text, old = getattr(changes, name), getattr(account, name)
        if text is not None:
            given[name] = parse_value(ValueKind.MONEY, text, currency)
        elif old is not None:
            given[name] = replace(old, currency=currency)
    if changes.due_date is not None:
        given |= {"due_date": changes.due_date, "days_past_due": (today - changes.due_date).days}
    if changes.days_past_due is not None:
        days = changes.days_past_due
        given |= {"days_past_due": days, "due_date": changes.due_date or today - timedelta(days=days)}
    debtor = replace(
        account.debtor,
        full_name=changes.full_name or account.debtor.full_name,
        given_name=changes.given_name or (changes.full_name or account.debtor.given_name).split()[0],
        time_zone=changes.time_zone or account.debtor.time_zone,
    )
    facts = {**account.facts, **{name: str(value) for name, value in changes.facts.items()}}
    return replace(account, **given, debtor=debtor, facts=facts)
