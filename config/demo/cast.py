"""Who takes part in the demo: an account in each language, and debtors with their lines."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import yaml

from engine.accounts import Account, Currency, Money, Person
from engine.calls import Disposition
from engine.speech import Language
from engine.spoken import date_in_words, money_in_words
from engine.spoken.readings import Case

PAYS_IN_DAYS = 3
"""How many days ahead the debtor who pays promises."""

_NAMES = {
    Language.ENGLISH: ("Alex Sample", "Alex"),
    Language.RUSSIAN: ("Иван Примеров", "Иван"),
    Language.KAZAKH: ("Асан Үлгіев", "Асан"),
}
_PRODUCT = {
    Language.ENGLISH: "consumer loan",
    Language.RUSSIAN: "потребительского кредита",
    Language.KAZAKH: "тұтынушылық несие",
}
CREDITOR = {Language.ENGLISH: "Example Bank", Language.RUSSIAN: "Пример Банк", Language.KAZAKH: "Үлгі Банк"}
DEBTOR_VOICE = {Language.RUSSIAN: "festival:msu_ru_nsh_clunits"}
"""Voices that the recogniser in the box reads well: `python -m benchmarks.demo_debtor`."""

_TIME_ZONE = "Asia/Almaty"
_DEBT = Money.of(45_000, Currency.TENGE)
_DAYS_PAST_DUE = 12


@dataclass(frozen=True, slots=True)
class Debtor:
    """A simulated debtor.

    Args:
        name: as on the command line.
        summary: what they do, for people.
        disposition: how the call must end.
        lines: by language, one for each turn of the bot; empty for one who says nothing.
        person: what a person says, by language, to whom the debtor is handed over; empty where nobody is there.
    """

    name: str
    summary: str
    disposition: Disposition
    lines: dict[Language, tuple[str, ...]]
    person: dict[Language, tuple[str, ...]]


def debtors() -> dict[str, Debtor]:
    """Return all debtors by name."""
    raw = yaml.safe_load(files("config.demo").joinpath("debtors.yaml").read_text("utf-8"))
    return {
        name: Debtor(
            name,
            entry["summary"],
            Disposition(entry["disposition"]),
            *(
                {Language(language): tuple(lines) for language, lines in entry.get(part, {}).items()}
                for part in ("lines", "person")
            ),
        )
        for name, entry in raw.items()
    }


def pay_date(now: datetime) -> date:
    """Return the day that the debtor who pays promises."""
    return now.astimezone(ZoneInfo(_TIME_ZONE)).date() + timedelta(days=PAYS_IN_DAYS)


def spoken_lines(debtor: Debtor, language: Language, now: datetime) -> tuple[str, ...]:
    """Return a debtor's lines with sum and date in words."""
    case = Case.GENITIVE if language is Language.RUSSIAN else Case.NOMINATIVE
    debt = money_in_words(_DEBT, language, case=Case.ACCUSATIVE)
    day = date_in_words(pay_date(now), language, case=case)
    return tuple(line.format(debt=debt, pay_date=day) for line in debtor.lines[language])


def account(language: Language, phone: str, now: datetime) -> Account:
    """Return the demo's account."""
    full_name, given_name = _NAMES[language]
    today = now.astimezone(ZoneInfo(_TIME_ZONE)).date()
    return Account(
        "demo",
        Person(full_name, given_name, language, phone, _TIME_ZONE),
        CREDITOR[language],
        _PRODUCT,
        _DEBT,
        _DAYS_PAST_DUE,
        today - timedelta(days=_DAYS_PAST_DUE),
        Money.of(5_000, Currency.TENGE),
    )
