"""Whole answers of debtors, as recognisers write them: every sum, day, share and time, and nothing else."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import pytest
import yaml

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    AmountReading,
    DateReading,
    ShareReading,
    TimeReading,
    find_amounts,
    find_dates,
    find_shares,
    find_times,
)

_ANSWERS = Path(__file__).parents[3] / "data" / "spoken_answers.yaml"
_LANGUAGES = {"russian": Language.RUSSIAN, "kazakh": Language.KAZAKH, "english": Language.ENGLISH}
_ROWS = [
    (_LANGUAGES[name], row)
    for name, rows in yaml.safe_load(_ANSWERS.read_text(encoding="utf-8")).items()
    for row in rows
]


Reading = TypeVar("Reading", AmountReading, DateReading, ShareReading, TimeReading)


def _best(found: tuple[Reading, ...]) -> list[Reading]:
    """Return the likeliest reading of each span, those that were taken back left out."""
    first = {(one.start, one.end): one for one in reversed(found)}
    return [one for one in found if one is first[one.start, one.end] and not one.negated]


def _money(written: int | str) -> Money:
    digits, _, currency = str(written).partition(" ")
    return Money(int(Decimal(digits) * 100), Currency(currency or "KZT"))


@pytest.mark.parametrize(("language", "row"), _ROWS, ids=[row["text"] for _, row in _ROWS])
def test_answer_is_understood(language: Language, row: dict[str, Any]) -> None:
    """An answer gives exactly the sums, days, shares and times that a person hears in it."""
    text = row["text"]
    assert [one.amount for one in _best(find_amounts(text, language, Currency.TENGE))] == [
        _money(each) for each in row.get("amounts", [])
    ]
    assert [one.day for one in _best(find_dates(text, language, date(2026, 11, 25)))] == row.get("dates", [])
    assert [Fraction(one.numerator, one.denominator) for one in _best(find_shares(text, language))] == [
        Fraction(each) for each in row.get("shares", [])
    ]
    assert [f"{one.time:%H:%M}" for one in _best(find_times(text, language))] == row.get("times", [])
