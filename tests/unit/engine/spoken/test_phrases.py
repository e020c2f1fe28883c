"""Whole answers of debtors, as recognisers write them: every sum, day, share and time that a person hears in them.

Written by hand, most of them before the finders were taught to read them; none is dropped because it fails. A row of
``tests/data/spoken/LANGUAGE.yaml`` gives the text and, in order, what stands in it in the end:

- ``sums`` in major units, ``dates``, ``times``, ``shares``; nothing else must be found;
- several readings as "likeliest | next": then all of them are compared, else the likeliest alone; ``why`` the reason;
- ``numbers``, of an answer to a survey, are compared alone;
- ``today``, by default Wednesday, 25 November 2026, and ``payday``.
"""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import find_amounts, find_dates, find_numbers, find_shares, find_times, standing

_FOLDER = Path(__file__).parents[3] / "data" / "spoken"
_WEDNESDAY = date(2026, 11, 25)
_LEAST_ROWS = 300
_LEVEL = {Language.RUSSIAN: 0.985, Language.KAZAKH: 0.985, Language.ENGLISH: 0.99}
"""What was reached, rounded down."""

Row = dict[str, Any]


def _money(written: str) -> Money:
    digits, _, currency = written.partition(" ")
    return Money(int(Decimal(digits) * 100), Currency(currency or "KZT"))


def _misread(found: Iterable[list[Any]], row: Row, key: str, read: Callable[[str], Any]) -> str | None:
    expected = [[read(part.strip()) for part in str(each).split("|")] for each in row.get(key, [])]
    heard = list(found)
    cut = [each if len(wanted) > 1 else each[:1] for each, wanted in zip(heard, expected, strict=False)]
    right = len(heard) == len(expected) and cut == expected
    return None if right else f"{key} {[' | '.join(map(str, each)) for each in heard]}"


def _mistakes(row: Row, language: Language) -> str:
    """Return what is read otherwise than a person reads it, empty where nothing is."""
    text, today = row["text"], row.get("today", _WEDNESDAY)
    if "numbers" in row:
        numbers = [one.value for one in find_numbers(text, language) if not one.negated]
        return "" if numbers == row["numbers"] else f"numbers {numbers}"
    sums = standing(find_amounts(text, language, Currency.TENGE))
    dates = standing(find_dates(text, language, today, row.get("payday")))
    times = standing(find_times(text, language))
    shares = standing(find_shares(text, language))
    mistakes = [
        _misread(([one.amount for one in each] for each in sums), row, "sums", _money),
        _misread(([one.day for one in each] for each in dates), row, "dates", date.fromisoformat),
        _misread(([f"{one.time:%H:%M}" for one in each] for each in times), row, "times", str),
        _misread(
            ([Fraction(one.numerator, one.denominator) for one in each] for each in shares), row, "shares", Fraction
        ),
    ]
    reasons = [each[0].reason for each in (*sums, *dates, *times) if each[0].reason]
    if "why" in row and row["why"] not in reasons:
        mistakes.append(f"why {reasons}")
    return "; ".join(mistake for mistake in mistakes if mistake)


@pytest.mark.parametrize("language", Language)
def test_phrases_are_read_as_a_person_reads_them(language: Language, capsys: pytest.CaptureFixture[str]) -> None:
    """The share of phrases that are read wholly right stays at the level that was reached; the others are printed."""
    rows: list[Row] = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    wrong = [(row["text"], mistakes) for row in rows if (mistakes := _mistakes(row, language))]
    share = 1 - len(wrong) / len(rows)
    with capsys.disabled():
        print(f"\n{language}: {len(rows) - len(wrong)} of {len(rows)} phrases right, {share:.1%}")  # noqa: T201
        for text, mistakes in wrong:
            print(f"  {text}: {mistakes}")  # noqa: T201
    assert len(rows) >= _LEAST_ROWS
    assert share >= _LEVEL[language], wrong
