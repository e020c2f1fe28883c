"""English: wording, and finding in Whisper's spelling and in plain words."""

from datetime import date, time

import pytest

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    Case,
    date_in_words,
    days_in_words,
    digits_in_words,
    find_amounts,
    find_dates,
    find_digits,
    find_shares,
    find_times,
    money_in_words,
    number_in_words,
    standing,
    time_in_words,
    weekday_in_words,
)

EN = Language.ENGLISH
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("n", "words"),
    [
        (0, "zero"),
        (1, "one"),
        (13, "thirteen"),
        (20, "twenty"),
        (21, "twenty-one"),
        (40, "forty"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (105, "one hundred and five"),
        (342, "three hundred and forty-two"),
        (1000, "one thousand"),
        (1005, "one thousand and five"),
        (1500, "one thousand five hundred"),
        (15_000, "fifteen thousand"),
        (120_000, "one hundred and twenty thousand"),
        (1_000_000, "one million"),
        (2_300_101, "two million three hundred thousand one hundred and one"),
        (10**9, "one billion"),
    ],
)
def test_number_is_worded(n: int, words: str) -> None:
    """Numbers are said the British way, in any case alike."""
    assert {number_in_words(n, EN, case=case) for case in Case} == {words}


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (Money.of(15_000), "fifteen thousand tenge"),
        (Money.of(1), "one tenge"),
        (Money.of(1, Currency.ROUBLE), "one rouble"),
        (Money.of(500, Currency.ROUBLE), "five hundred roubles"),
        (Money(1_500_050), "fifteen thousand tenge and fifty tiyn"),
        (Money(101, Currency.ROUBLE), "one rouble and one kopeck"),
        (Money(50), "fifty tiyn"),
        (Money.of(0), "zero tenge"),
    ],
)
def test_money_is_worded(amount: Money, words: str) -> None:
    """Minor units come only where there are any."""
    assert money_in_words(amount, EN) == words


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 12, 1), "the first of December"),
        (date(2026, 12, 2), "the second of December"),
        (date(2026, 12, 3), "the third of December"),
        (date(2026, 12, 5), "the fifth of December"),
        (date(2026, 1, 8), "the eighth of January"),
        (date(2026, 1, 9), "the ninth of January"),
        (date(2026, 1, 12), "the twelfth of January"),
        (date(2026, 5, 20), "the twentieth of May"),
        (date(2026, 5, 31), "the thirty-first of May"),
    ],
)
def test_day_is_worded(day: date, words: str) -> None:
    """A date is an ordinal of its month."""
    assert date_in_words(day, EN) == words


@pytest.mark.parametrize(
    ("year", "words"),
    [
        (2026, "twenty twenty-six"),
        (2005, "two thousand and five"),
        (1999, "nineteen ninety-nine"),
        (2100, "twenty-one hundred"),
    ],
)
def test_year_is_worded(year: int, words: str) -> None:
    """Years are said in pairs of digits."""
    assert date_in_words(date(year, 1, 1), EN, year=True) == f"the first of January {words}"


def test_weekday_is_worded() -> None:
    """The weekday stands before the date."""
    assert date_in_words(date(2026, 11, 27), EN, weekday=True) == "Friday, the twenty-seventh of November"
    assert weekday_in_words(date(2026, 11, 27), EN) == "Friday"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (time(18), "six o'clock in the evening"),
        (time(18, 30), "six thirty in the evening"),
        (time(9, 5), "nine oh five in the morning"),
        (time(14), "two o'clock in the afternoon"),
        (time(12), "noon"),
        (time(0), "midnight"),
        (time(12, 15), "twelve fifteen in the afternoon"),
        (time(23, 45), "eleven forty-five at night"),
    ],
)
def test_time_is_worded(moment: time, words: str) -> None:
    """Times go by the 12-hour clock with the part of the day."""
    assert time_in_words(moment, EN) == words


def test_days_and_digits_are_worded() -> None:
    """One day is singular; digits are always read one by one."""
    assert days_in_words(1, EN) == "one day"
    assert days_in_words(3, EN) == "three days"
    assert digits_in_words("0412", EN) == "zero four one two"


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("fifteen thousand", [15_000]),
        ("Fifteen thousand tenge.", [15_000]),
        ("15,000", [15_000]),
        ("15 000", [15_000]),
        ("15000", [15_000]),
        ("15k", [15_000]),
        ("15 K", [15_000]),
        ("$15,000", [15_000]),
        ("15,000 tinge", [15_000]),
        ("KZT 15,000", [15_000]),
        ("fifteen hundred", [1500]),
        ("twenty-five hundred", [2500]),
        ("half a million", [500_000]),
        ("a thousand", [1000]),
        ("a hundred thousand", [100_000]),
        ("a hundred and fifty thousand", [150_000]),
        ("one hundred fifty thousand", [150_000]),
        ("one fifty thousand", [150_000]),
        ("one twenty five thousand", [125_000]),
        ("i can do twenty five of that", [25]),
        ("two and a half thousand", [2500]),
        ("one and a half thousand", [1500]),
        ("one point five million", [1_500_000]),
        ("1.5 million", [1_500_000]),
        ("2.5 thousand", [2500]),
        ("ten grand", [10_000]),
        ("a couple of thousand", [2000]),
        ("two thousand five hundred", [2500]),
        ("two thousand and fifty", [2050]),
        ("thirty five thousand eight hundred and forty", [35_840]),
        ("five or six thousand", [5000, 6000]),
        ("from five to ten thousand", [5000, 10_000]),
        ("between five and six thousand", [5000, 6000]),
        ("five thousand and ten thousand", [5000, 10_000]),
        ("fifteen", [15]),
        ("five hundred", [500]),
        ("fifteen thousand on the fifth", [15_000]),
        ("five thousand twenty fifth of december", [5000]),
        ("ten thousand december fifth", [10_000]),
        ("ten thousand at six", [10_000]),
        ("ten thousand six pm", [10_000]),
        ("one", []),
        ("this one", []),
        ("one moment", []),
        ("a second", []),
        ("two kids", []),
        ("three times", []),
        ("in two weeks", []),
        ("fifty percent", []),
        ("twenty twenty six", []),
        ("in twenty twenty six", []),
        ("eight seven seven zero one", []),
        ("at six thirty", []),
        ("the fifth", []),
    ],
)
def test_amounts_are_found(text: str, sums: list[int]) -> None:
    """Sums are found in words and digits; pronouns, counts, years and dictated digits are none."""
    found = standing(find_amounts(text, EN, Currency.TENGE))
    assert [readings[0].amount for readings in found] == [Money.of(each) for each in sums]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("fifteen thousand tenge and fifty tiyn", Money(1_500_050)),
        ("five hundred roubles", Money.of(500, Currency.ROUBLE)),
        ("five hundred roubles and twenty kopecks", Money(50_020, Currency.ROUBLE)),
        ("$15,000.50", Money(1_500_050)),
        ("fifty tiyn", Money(50)),
    ],
)
def test_currencies_and_minor_units_are_found(text: str, amount: Money) -> None:
    """A named currency stands in the reading; dollars are the account's own, as Whisper writes them for anything."""
    assert [(one.amount, one.explicit) for one in find_amounts(text, EN, Currency.TENGE)] == [(amount, True)]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("tomorrow", "11-26"),
        ("today", "11-25"),
        ("tonight", "11-25"),
        ("this evening", "11-25"),
        ("by christmas", "12-25"),
        ("on new year's day", "01-01"),
        ("new year's eve", "12-31"),
        ("the day after tomorrow", "11-27"),
        ("yesterday", "11-24"),
        ("Friday", "11-27"),
        ("on friday", "11-27"),
        ("Wednesday", "12-02 11-25"),
        ("next Friday", "12-04 11-27"),
        ("this Friday", "11-27"),
        ("last Friday", "11-20"),
        ("Friday next week", "12-04"),
        ("next week on Friday", "12-04"),
        ("Monday or Tuesday", "11-30 12-01"),
        ("the fifth", "12-05"),
        ("on the fifth", "12-05"),
        ("by the 5th", "12-05"),
        ("fifth", "12-05"),
        ("the twenty-fifth", "12-25 11-25"),
        ("twenty sixth", "11-26"),
        ("the fifth of December", "12-05"),
        ("5th December", "12-05"),
        ("December 5th", "12-05"),
        ("December the fifth", "12-05"),
        ("December 5", "12-05"),
        ("december twentieth", "12-20"),
        ("Dec 20", "12-20"),
        ("december fifth twenty twenty six", "12-05"),
        ("December 5, 2026", "12-05"),
        ("the thirty first of december", "12-31"),
        ("the fifth of next month", "12-05"),
        ("next month on the fifth", "12-05"),
        ("the second of the month", "12-02"),
        ("May 5", "05-05"),
        ("I may pay on may fifth", "05-05"),
        ("in two weeks", "12-09"),
        ("in a week", "12-02"),
        ("in three days", "11-28"),
        ("after two weeks", "12-09"),
        ("in a month", "12-25"),
        ("two weeks from now", "12-09"),
        ("three days ago", "11-22"),
        ("in a couple of days", "11-27"),
        ("2026-12-05", "12-05"),
        ("05.12.2026", "12-05"),
        ("fifteen thousand on the fifth", "12-05"),
        ("tomorrow, Thursday", "11-26"),
        ("Saturday the twelfth of December", "12-12"),
        ("Friday the 27th", "11-27"),
        ("not the fifth, the sixth", "12-05 12-06"),
        ("fifteen thousand", ""),
        ("the second one", ""),
        ("just a second", ""),
        ("first of all", ""),
        ("third party", ""),
        ("my first loan", ""),
        ("at six", ""),
        ("one fifth", ""),
        ("I march on", ""),
        ("may I", ""),
    ],
)
def test_dates_are_found(text: str, days: str) -> None:
    """Days are found and resolved on Wednesday, 25 November 2026."""
    found = find_dates(text, EN, WEDNESDAY)
    assert " ".join(f"{one.day:%m-%d}" for one in found) == days
    assert all(one.explicit for one in found)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("by the end of the month", "11-30"),
        ("end of month", "11-30"),
        ("at the end of the week", "11-29"),
        ("at the end of next month", "12-31"),
        ("at the beginning of next month", "12-01"),
        ("in the middle of the month", "12-15"),
        ("next week", "12-06"),
        ("next month", "12-31"),
        ("within a week", "12-02"),
        ("at the weekend", "11-28 11-29"),
        ("on the last day of the month", "11-30"),
    ],
)
def test_periods_stand_for_a_day_and_say_so(text: str, days: str) -> None:
    """A period is read as the day by which it is over, and is not explicit."""
    found = find_dates(text, EN, WEDNESDAY)
    assert " ".join(f"{one.day:%m-%d}" for one in found) == days
    assert not any(one.explicit for one in found)


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("not the fifth, the sixth", [True, False]),
        ("no, not Friday, Saturday", [True, False]),
        ("not on the fifth of December", [True]),
        ("I can not pay on Friday", [False]),
    ],
)
def test_days_taken_back_are_flagged(text: str, negated: list[bool]) -> None:
    """A correction gives both days in order, the one taken back flagged."""
    assert [one.negated for one in find_dates(text, EN, WEDNESDAY)] == negated


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("at six", "18:00 06:00"),
        ("at ten", "10:00 22:00"),
        ("at one", "13:00 01:00"),
        ("six pm", "18:00"),
        ("6 p.m.", "18:00"),
        ("6:30 p.m.", "18:30"),
        ("18:30", "18:30"),
        ("six o'clock", "18:00 06:00"),
        ("at six thirty", "18:30 06:30"),
        ("six thirty pm", "18:30"),
        ("half past six", "18:30 06:30"),
        ("quarter to six", "17:45 05:45"),
        ("a quarter past six", "18:15 06:15"),
        ("ten past six", "18:10 06:10"),
        ("at six in the evening", "18:00"),
        ("in the evening at six", "18:00"),
        ("at nine in the morning", "09:00"),
        ("after five", "17:00 05:00"),
        ("at noon", "12:00"),
        ("at nine oh five", "09:05 21:05"),
        ("at six percent", ""),
        ("at five thousand", ""),
        ("by five hundred", ""),
        ("in six days", ""),
        ("after two weeks", ""),
    ],
)
def test_times_are_found(text: str, times: str) -> None:
    """Times of day are found; without a part of the day both halves stay, the likelier first."""
    assert " ".join(f"{one.time:%H:%M}" for one in find_times(text, EN)) == times


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("half", ["1/2"]),
        ("half of it", ["1/2"]),
        ("half now and half later", ["1/2", "1/2"]),
        ("a third", ["1/3"]),
        ("two thirds", ["2/3"]),
        ("three fifths", ["3/5"]),
        ("a quarter", ["1/4"]),
        ("all of it", ["1/1"]),
        ("everything", ["1/1"]),
        ("in full", ["1/1"]),
        ("the whole amount", ["1/1"]),
        ("thirty percent", ["3/10"]),
        ("50%", ["1/2"]),
        ("all right", []),
        ("that's all", []),
        ("not at all", []),
        ("half a million", []),
        ("half past six", []),
        ("half an hour", []),
        ("a hundred percent", []),
    ],
)
def test_shares_are_found(text: str, shares: list[str]) -> None:
    """Parts of the debt are found; everyday "all" and "half" are none."""
    assert [f"{one.numerator}/{one.denominator}" for one in find_shares(text, EN)] == shares


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("zero four one two", "0412"),
        ("oh four one two", "0412"),
        ("double five one two", "5512"),
        ("triple zero one", "0001"),
        ("twelve thirty-four", "1234"),
        ("It's 0412.", "0412"),
        ("eight (701) 234-56-78", "87012345678"),
        ("I don't remember", ""),
    ],
)
def test_digits_are_found(text: str, digits: str) -> None:
    """The longest dictated string of digits is found."""
    assert find_digits(text, EN) == digits
