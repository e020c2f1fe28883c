"""What is put into words is found again: numbers in every case, sums, dates and times."""

import re
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    Case,
    Gender,
    Reason,
    date_in_words,
    digits_in_words,
    find_amounts,
    find_dates,
    find_digits,
    find_times,
    money_in_words,
    number_in_words,
    standing,
    time_in_words,
)

_SIZES = st.one_of(
    st.integers(2, 2000),
    st.integers(2, 10**9),
    st.integers(1, 1000).map(lambda n: n * 1000),
    st.integers(1, 1000).map(lambda n: n * 10**6),
    st.sampled_from([10**power for power in range(1, 10)]),
)
_NONE_BY_ITSELF = re.compile(r"(^|мың |миллион |миллиард )(онда|оны|оның|бірге|бірде)$")
"""Kazakh ten and one in cases that by themselves are "then", "him", "his", "together" and "once"."""
_LANGUAGES = st.sampled_from(Language)
_CASES = st.sampled_from(Case)
_YEAR_2028 = [date(2028, 1, 1) + timedelta(days) for days in range(366)]


def _assert_read(words: str, language: Language, amount: Money) -> None:
    """Fail unless the words are read as one sum: this one, or several with a reason and this among them."""
    (readings,) = standing(find_amounts(words, language, Currency.TENGE))
    assert amount in [reading.amount for reading in readings], words
    assert len(readings) == 1 or readings[0].reason is Reason.THOUSANDS_LEFT_OUT, words


@given(n=_SIZES, language=_LANGUAGES, case=_CASES, gender=st.sampled_from(Gender))
@settings(max_examples=1500, deadline=None)
def test_number_is_found_again(n: int, language: Language, case: Case, gender: Gender) -> None:
    """A number said in any case and gender is found as that number, in thousands too where they may be left out."""
    words = number_in_words(n, language, case=case, gender=gender)
    assume(_NONE_BY_ITSELF.search(words) is None)
    assume(not (language is Language.KAZAKH and case is Case.PREPOSITIONAL and n <= 24))  # «бесте»: at five o'clock
    _assert_read(words, language, Money.of(n))


@given(minor=st.integers(1, 10**11), currency=st.sampled_from(Currency), language=_LANGUAGES, case=_CASES)
@settings(max_examples=1000, deadline=None)
def test_sum_is_found_again(minor: int, currency: Currency, language: Language, case: Case) -> None:
    """A sum with tiyn or kopecks said in any case is found as one explicit reading in its own currency."""
    amount = Money(minor, currency)
    words = money_in_words(amount, language, case=case)
    _assert_read(words, language, amount)
    found = find_amounts(words, language, Currency.TENGE)
    assert {(one.explicit, one.start, one.end) for one in found} == {(True, 0, len(words))}, words


@given(n=_SIZES, language=st.sampled_from([Language.RUSSIAN, Language.KAZAKH]), case=_CASES)
@settings(max_examples=300, deadline=None)
def test_other_language_of_the_country_is_found(n: int, language: Language, case: Case) -> None:
    """A Russian number in Kazakh speech is found, and the other way round."""
    other = Language.KAZAKH if language is Language.RUSSIAN else Language.RUSSIAN
    _assert_read(money_in_words(Money.of(n), other, case=case), language, Money.of(n))


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("case", Case)
def test_every_day_of_a_year_is_found_again(language: Language, case: Case) -> None:
    """Every day of a leap year, said in any case, is found as its next occurrence and as nothing else."""
    today = _YEAR_2028[0]
    for day in _YEAR_2028:
        words = date_in_words(day, language, case=case)
        readings = find_dates(words, language, today)
        assert [found.day for found in readings if found.day >= today] == [day], words
        assert {(found.start, found.end) for found in readings} == {
            (4 if language is Language.ENGLISH else 0, len(words))
        }, words
        assert not find_amounts(words, language, Currency.TENGE), words
        assert not find_times(words, language), words


@given(day=st.dates(date(2021, 1, 1), date(2049, 12, 31)), language=_LANGUAGES, case=_CASES, weekday=st.booleans())
@settings(max_examples=500, deadline=None)
def test_day_with_year_and_weekday_is_found_again(day: date, language: Language, case: Case, weekday: bool) -> None:
    """A date with its year needs no guess, and its weekday adds no second one."""
    words = date_in_words(day, language, case=case, weekday=weekday, year=True)
    readings = find_dates(words, language, day - timedelta(3))
    assert [found.day for found in readings] == [day], words


@given(at=st.times().map(lambda t: t.replace(second=0, microsecond=0)), language=_LANGUAGES)
@settings(max_examples=500, deadline=None)
def test_time_is_found_again(at: time, language: Language) -> None:
    """A time of day is among the readings of its words, and is neither sum nor date."""
    words = time_in_words(at, language)
    assert at in [found.time for found in find_times(words, language)], words
    assert not find_amounts(words, language, Currency.TENGE), words
    assert not find_dates(words, language, date(2026, 11, 25)), words


@given(digits=st.text("0123456789", min_size=1, max_size=14), language=_LANGUAGES)
@settings(max_examples=500, deadline=None)
def test_digits_are_found_again(digits: str, language: Language) -> None:
    """A string of digits, grouped as a telephone number or not, is heard back digit by digit."""
    assert find_digits(digits_in_words(digits, language), language) == digits


@given(text=st.text(max_size=80), language=_LANGUAGES)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text: str, language: Language) -> None:
    """No text, however strange, makes a finder fail, and every span lies within it."""
    today = date(2026, 11, 25)
    found = [
        *find_amounts(text, language, Currency.TENGE),
        *find_dates(text, language, today),
        *find_times(text, language),
    ]
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert find_digits(text, language).isdigit() or find_digits(text, language) == ""


_WORDS = """
пять двадцать тысяч тысячи миллион сто пятого двадцатого декабря числа через неделю дня в с половиной час часов вечера
не или пол полторы рублей копеек процентов 5 15 1000 2026 05.12 18:30 , - он бес мың жарым жүз бесінші желтоқсан айдың
күні кейін сағат five fifteen twenty fifth second hundred thousand half and a past to of the in december next week
point double oh zero pm 0 1 99 000
"""
_PIECES = st.lists(st.sampled_from(_WORDS.split()), max_size=12)


@given(pieces=_PIECES, language=_LANGUAGES)
@settings(max_examples=1500, deadline=None)
def test_any_row_of_known_words_is_read(pieces: list[str], language: Language) -> None:
    """Known words in senseless order make no finder fail; spans of different sums and days never overlap."""
    text = " ".join(pieces)
    found = [
        *find_amounts(text, language, Currency.TENGE),
        *find_dates(text, language, date(2026, 11, 25)),
        *find_times(text, language),
    ]
    find_digits(text, language)
    spans = sorted({(one.start, one.end) for one in found})
    assert all(before[1] <= after[0] for before, after in pairwise(spans)), text
