"""What Whisper makes of "tenge", and numbers that must not suffer from its mending."""

from datetime import date

import pytest

from engine.accounts import Currency
from engine.speech import Language
from engine.spoken import find_amounts, find_dates, find_digits, standing

EN = Language.ENGLISH


@pytest.mark.parametrize(
    ("heard", "amount", "explicit"),
    [
        ("12,010 gay on Friday.", 12_000, True),
        ("Let's say 33,310 gay in three days.", 33_300, True),
        ("I'll pay 33,310K on Sunday.", 33_300, True),
        ("I'll pay 12,010 gain tomorrow.", 12_000, True),
        ("I'll pay $5,010 on Friday.", 5_000, True),
        ("I will pay 45,000 10 gate on the 25th.", 45_000, True),
        ("45,000 10-gay tomorrow", 45_000, True),
        ("twenty thousand ten gate", 20_000, True),
        ("15 10 gay", 15, True),
        ("I'll pay 7,500,10 on 25 November.", 7_500, True),
        ("Let's say 2010 gay on Friday.", 20, False),
    ],
)
def test_misheard_tenge_is_no_part_of_the_sum(heard: str, amount: int, explicit: bool) -> None:
    """The "ten" of "tenge" is taken out of the number; "2010" lost its thousand, so it stays a bare twenty."""
    ((reading, *_),) = standing(find_amounts(heard, EN, Currency.TENGE))

    assert (reading.amount.minor / 100, reading.explicit) == (amount, explicit)
    assert reading.amount.currency is Currency.TENGE


@pytest.mark.parametrize(
    ("heard", "amounts"),
    [
        ("5,010 tenge on Friday", [5_010]),
        ("$5,010 tenge", [5_010]),
        ("5,010 on Friday", [5_010]),
        ("7,500.10 on Friday", [7_500.1]),
        ("12,010. Gay people.", [12_010]),
        ("15K on Friday", [15_000]),
        ("110 tomorrow", [110]),
        ("10 on the 25th", [10]),
        ("I'm at gate 10", [10]),
        ("the game is at ten", []),
    ],
)
def test_real_numbers_stay(heard: str, amounts: list[int]) -> None:
    """Without a rest of "tenge" behind it, a ten is a ten."""
    found = standing(find_amounts(heard, EN, Currency.TENGE))
    assert [readings[0].amount.minor / 100 for readings in found] == amounts


def test_days_and_digits_are_untouched() -> None:
    """Years and dictated numbers are read as they were heard."""
    assert find_dates("on the 10th of December 2026", EN, date(2026, 11, 20))[0].day == date(2026, 12, 10)
    assert find_digits("12 010", EN) == "12010"
