"""Whatever the bot can say of numbers, sums, days and times is heard back right, as one of several, or not at all.

Never as something else: a reading is right, or the right one is among those of the same words and a reason is told, or
nothing is found. The fast run takes samples, the long one every number up to 10 000, the bounds above and three years.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, time, timedelta
from itertools import product
from typing import TypeVar

import pytest

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    Case,
    Gender,
    date_in_words,
    days_in_words,
    find_amounts,
    find_dates,
    find_numbers,
    find_shares,
    find_times,
    money_in_words,
    number_in_words,
    standing,
    time_in_words,
)
from engine.spoken.readings import ReadingT

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH
_TODAY = date(2026, 11, 25)
_FIRST, _DAYS = date(2026, 1, 1), 3 * 365 + 1
_TO = 10_000
_LARGEST = 10**7
_SEED = 20261125
_FORMS = [(language, case) for language in Language for case in (Case if language is not EN else [Case.NOMINATIVE])]
_Value = TypeVar("_Value")


def _boundaries() -> list[int]:
    places = [10**power for power in range(1, 10)]
    near = {count * place + step for place in places for count in range(1, 10) for step in (-1, 0, 1, 100, 111)}
    return sorted(n for n in near if n < 10**10)


def _samples(count: int, low: int, high: int) -> list[int]:
    return random.Random(_SEED).sample(range(low, high + 1), count)


def _numbers(full: bool) -> Sequence[int]:
    if full:
        return [*range(_TO + 1), *_boundaries(), *_samples(10_000, _TO, _LARGEST)]
    return [*range(0, 110, 3), *_samples(20, 110, _TO), *_boundaries()[::23], *_samples(20, _TO, _LARGEST)]


class Tally:
    """Counts how values come back, and keeps those that come back wrong."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.wrong: list[str] = []

    def judge(
        self, words: str, value: _Value, heard: Sequence[Sequence[_Value]], reasoned: bool, others: int = 0
    ) -> None:
        """Count one value by what was heard in its words; ``others`` are things of other kinds that were heard."""
        if not heard and not others:
            outcome = "absent"
        elif len(heard) == 1 and not others and heard[0][0] == value:
            outcome = "right"
        elif len(heard) == 1 and not others and value in heard[0] and reasoned:
            outcome = "ambiguous"
        else:
            outcome = "wrong"
            self.wrong.append(f"{words!r}, which is {value}, read as {heard} and {others} others")
        self.outcomes[outcome] += 1

    def check(self, least_right: float) -> None:
        """Fail on any wrong one, or where too few come back right or ambiguous."""
        found = self.outcomes["right"] + self.outcomes["ambiguous"]
        print(dict(self.outcomes))  # noqa: T201
        assert self.wrong[:20] == []
        assert found / self.outcomes.total() >= least_right, self.outcomes


def _count(found: Iterable[ReadingT]) -> int:
    return len(standing(found))


def _judge_sum(tally: Tally, words: str, language: Language, amount: Money) -> None:
    sums = standing(find_amounts(words, language, amount.currency))
    others = _count(find_dates(words, language, _TODAY)) + _count(find_shares(words, language))
    moments = standing(find_times(words, language))
    hour = amount.minor // 100 % 24
    others += sum(hour not in (moment.time.hour for moment in said) for said in moments)  # «бесте» is five o'clock
    reasoned = bool(sums) and sums[0][0].reason is not None
    tally.judge(words, amount, [[one.amount for one in said] for said in sums], reasoned, others)


def _check_numbers(language: Language, case: Case, full: bool) -> None:
    tally, plain = Tally(), Tally()
    for n in _numbers(full):
        for gender in Gender if language is RU else [Gender.MASCULINE]:
            words = number_in_words(n, language, case=case, gender=gender)
            _judge_sum(tally, words, language, Money.of(n))
            if n <= _TO:
                plain.judge(
                    words, n, [[one.value for one in said] for said in standing(find_numbers(words, language))], False
                )
    tally.check(0.9)
    plain.check(0.9)


def _check_sums(language: Language, case: Case, full: bool) -> None:
    tally = Tally()
    draw = random.Random(_SEED)
    parts = [(draw.randrange(_LARGEST), draw.randrange(100)) for _ in range(10_000 if full else 20)]
    amounts = [*product(_numbers(full), [0]), *parts, *product((0, 1, 1000), range(1, 100, 1 if full else 7))]
    for (major, rest), currency in product(amounts, Currency):
        amount = Money(major * 100 + rest, currency)
        if amount.minor:
            _judge_sum(tally, money_in_words(amount, language, case=case), language, amount)
    tally.check(1.0)


def _check_days(language: Language, case: Case, full: bool) -> None:
    tally = Tally()
    for number in range(0, _DAYS, 1 if full else 53):
        day = _FIRST + timedelta(number)
        for weekday, year in product((False, True), (False, True)):
            words = date_in_words(day, language, case=case, weekday=weekday, year=year)
            today = day - timedelta(3)
            heard = standing(find_dates(words, language, today))
            others = _count(find_amounts(words, language, Currency.TENGE)) + _count(find_times(words, language))
            reasoned = bool(heard) and heard[0][0].reason is not None
            tally.judge(words, day, [[one.day for one in said] for said in heard], reasoned, others)
    tally.check(1.0)


def _check_times(language: Language, case: Case, full: bool) -> None:
    tally, counts = Tally(), Tally()
    for number in range(0, 24 * 60, 1 if full else 29):
        moment = time(*divmod(number, 60))
        words = time_in_words(moment, language, case=case)
        heard = standing(find_times(words, language))
        others = _count(find_amounts(words, language, Currency.TENGE)) + _count(find_dates(words, language, _TODAY))
        reasoned = bool(heard) and heard[0][0].reason is not None
        tally.judge(words, moment, [[one.time for one in said] for said in heard], reasoned, others)
    tally.check(0.8)
    if language is Language.KAZAKH and case is Case.PREPOSITIONAL:
        return  # «үш күнде» names a day
    for n in range(2, 400 if full else 20):
        words = days_in_words(n, language, case=case)
        others = _count(find_amounts(words, language, Currency.TENGE)) + _count(find_times(words, language))
        counts.judge(words, n, [], False, others + _count(find_dates(words, language, _TODAY)))
    counts.check(0.0)


_CHECKS = pytest.mark.parametrize("check", [_check_numbers, _check_sums, _check_days, _check_times])
_IN_FORM = pytest.mark.parametrize(("language", "case"), _FORMS)


@_CHECKS
@_IN_FORM
def test_samples(check: Callable[[Language, Case, bool], None], language: Language, case: Case) -> None:
    """Small numbers, bounds and samples, in every case."""
    check(language, case, False)


@pytest.mark.full
@_CHECKS
@_IN_FORM
def test_everything(check: Callable[[Language, Case, bool], None], language: Language, case: Case) -> None:
    """Every number to ten thousand, ten thousand to ten million, every date of three years, every minute."""
    check(language, case, True)
