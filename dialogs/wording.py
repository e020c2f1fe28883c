"""Facts in words, in the case that a sentence asks for."""

from datetime import date, time
from typing import Final, assert_never

from dialogs.facts import CallFacts, Slots, fact_value
from dialogs.schema import ValueKind
from dialogs.values import Value
from engine.accounts import Money
from engine.speech import Language
from engine.spoken import (
    date_in_words,
    days_in_words,
    digits_in_words,
    money_in_words,
    number_in_words,
    percent_in_words,
    time_in_words,
    weekday_in_words,
)
from engine.spoken.readings import Case

DECLINED: Final = frozenset(
    {ValueKind.MONEY, ValueKind.DAY, ValueKind.DAYS, ValueKind.TIME, ValueKind.NUMBER, ValueKind.PERCENT}
)
"""Kinds that stand in a case; the others are given as they are."""


def fact_in_words(facts: CallFacts, slots: Slots, name: str, language: Language, case: Case) -> str | None:
    """Return a fact in words.

    Args:
        facts: of the call.
        slots: what was told and looked up.
        name: one of `CallFacts.declared`.
        language: of the words.
        case: grammatical case of sums, days, times and numbers; names and products are given as they are.

    Returns:
        The words, or None where the fact is not known or cannot be put into words.
    """
    value = fact_value(facts, slots, name, language)
    if value is None:
        return None
    if name in facts.declared.choices:
        return facts.declared.choices[name].get(str(value), {}).get(language)
    try:
        return _in_words(value, facts.declared.facts[name].kind, language, case)
    except ValueError:  # negative, or beyond all that is counted
        return None


def _in_words(value: Value, kind: ValueKind, language: Language, case: Case) -> str | None:
    match value:
        case str():
            return digits_in_words(value, language) if kind is ValueKind.DIGITS else value
        case Money():
            return money_in_words(value, language, case=case)
        case time():
            return time_in_words(value, language, case=case)
        case date():
            return (
                on_weekday(value, language)
                if kind is ValueKind.ON_WEEKDAY
                else date_in_words(value, language, case=case)
            )
        case int():
            if kind is ValueKind.DAYS:  # nobody is told that a payment is zero days overdue
                return days_in_words(value, language, case=case) if value > 0 else None
            if kind is ValueKind.PERCENT:
                return percent_in_words(value, language, case=case)
            return number_in_words(value, language, case=case)
    assert_never(value)


def on_weekday(day: date, language: Language) -> str:
    """Return «в пятницу», «жұма күні», "on Friday"."""
    name = weekday_in_words(day, language, case=Case.ACCUSATIVE if language is Language.RUSSIAN else Case.NOMINATIVE)
    match language:
        case Language.RUSSIAN:
            return f"{'во' if name.startswith('вт') else 'в'} {name}"
        case Language.KAZAKH:
            return f"{name} күні"
        case Language.ENGLISH:
            return f"on {name}"
