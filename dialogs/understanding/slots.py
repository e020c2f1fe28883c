"""Sums, shares, days and times in an answer, found through engine/spoken in the languages that it may be mixed of."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction
from typing import Final, TypeVar

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import (
    AmountReading,
    DateReading,
    NumberReading,
    Reason,
    ShareReading,
    TimeReading,
    find_amounts,
    find_dates,
    find_numbers,
    find_shares,
    find_times,
    standing,
)

_KAZAKH_LETTER: Final = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_LATIN_LETTER: Final = re.compile("[A-Za-z]")
_LONGEST_CORRECTION: Final = 4
"""So many words may stand between what was taken back and what was said instead: «в пятницу, ой нет, в субботу»."""

_Reading = AmountReading | DateReading | TimeReading | ShareReading | NumberReading
_ReadingT = TypeVar("_ReadingT", bound=_Reading)
_Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Slotted:
    """What an answer holds; what the speaker took back is gone.

    Args:
        amount: a sum.
        amount_explicit: a currency or a multiplier word was said with it.
        amount_whole: no more of the sum can follow: it is explicit, or a day was named behind it.
        share: a part of the debt.
        days: the readings of the first day named, likeliest first.
        exact_day: a day was named, not a span such as «на следующей неделе», which stands for its last day.
        times: the readings of the first time of day named, likeliest first.
        rest: the text without all of these.
        amounts: the readings of the sum, likeliest first: «двадцать» may be twenty thousand.
        amount_reason: why there are several.
        day_reason: why there are several days.
        time_reason: why there are several times.
        number: a plain whole number, for questions that are answered with one; it may be part of the other values.
        percent: "percent" was said with the number.
    """

    amount: Money | None = None
    amount_explicit: bool = False
    amount_whole: bool = False
    share: Fraction | None = None
    days: tuple[date, ...] = ()
    exact_day: bool = True
    times: tuple[time, ...] = ()
    rest: str = ""
    amounts: tuple[Money, ...] = ()
    amount_reason: Reason | None = None
    day_reason: Reason | None = None
    time_reason: Reason | None = None
    number: int | None = None
    percent: bool = False

    @property
    def any(self) -> bool:
        """Whether anything was found that a promise or an appointment is made of."""
        return bool(self.amount or self.share or self.days or self.times)


def find_slots(text: str, language: Language, currency: Currency, today: date, payday: int | None = None) -> Slotted:
    """Find the values in an answer.

    Args:
        text: as recognised.
        language: of the dialog; others are tried where the words hint at them.
        currency: of the account, for sums said without one.
        today: in the debtor's time zone.
        payday: day of the month on which the debtor's income comes, where the account tells it.
    """
    taken: list[_Stretch] = []
    days: Sequence[DateReading] = ()
    times: Sequence[TimeReading] = ()
    shares: Sequence[ShareReading] = ()
    for tongue in _languages(text, language):
        days = days or _first(text, find_dates(text, tongue, today, payday), taken)
        times = times or _first(text, find_times(text, tongue), taken)
        shares = shares or _first(text, find_shares(text, tongue), taken)
    amounts: Sequence[AmountReading] = ()
    for tongue in _languages(text, language):
        amounts = amounts or _sum(text, find_amounts(text, tongue, currency), taken)
    number = next((one for one in _numbers(text, language) if not one.negated), None)
    explicit = bool(amounts) and amounts[0].explicit
    return Slotted(
        amount=amounts[0].amount if amounts else None,
        amount_explicit=explicit,
        amount_whole=explicit or bool(amounts and days and amounts[0].end <= days[0].start),
        share=Fraction(shares[0].numerator, shares[0].denominator) if shares else None,
        days=tuple(reading.day for reading in days),
        exact_day=not days or days[0].explicit,
        times=tuple(reading.time for reading in times),
        rest=_without(text, taken),
        amounts=tuple(reading.amount for reading in amounts),
        amount_reason=amounts[0].reason if amounts else None,
        day_reason=days[0].reason if days else None,
        time_reason=times[0].reason if times else None,
        number=number.value if number else None,
        percent=number is not None and number.percent,
    )


def _first(text: str, found: Sequence[_ReadingT], taken: list[_Stretch]) -> Sequence[_ReadingT]:
    """Return the readings of the first thing that stands apart from what is taken, and take its words."""
    readings = next((each for each in standing(found) if not _overlaps(each[0], taken)), ())
    if readings:
        taken += _words_of(text, readings[0], found)
    return readings


def _sum(text: str, found: Sequence[AmountReading], taken: list[_Stretch]) -> Sequence[AmountReading]:
    """Return the readings of the first explicit sum, else of the first bare one apart from what is taken."""
    sums = [each for each in standing(found) if each[0].explicit or not _overlaps(each[0], taken)]
    readings = next((each for each in sums if each[0].explicit), sums[0] if sums else ())
    if readings:
        taken += _words_of(text, readings[0], found)
    return readings


def _numbers(text: str, language: Language) -> Iterator[NumberReading]:
    for tongue in _languages(text, language):
        yield from find_numbers(text, tongue)


def _words_of(text: str, reading: _Reading, found: Iterable[_Reading]) -> Iterator[_Stretch]:
    """Yield the stretch of a reading, and that of what it replaces with the words of the correction."""
    yield reading.start, reading.end
    replaced = [one for one in found if one.negated and one.end <= reading.start]
    if replaced and len(text[replaced[-1].end : reading.start].split()) <= _LONGEST_CORRECTION:
        yield replaced[-1].start, reading.start


def _languages(text: str, language: Language) -> Iterator[Language]:
    """Yield the dialog's language, then those whose letters are in the text; Kazakh speech is often half Russian."""
    yield language
    latin = bool(_LATIN_LETTER.search(text))
    if language is not Language.ENGLISH and latin:
        yield Language.ENGLISH
    if language is not Language.RUSSIAN and not latin:
        yield Language.RUSSIAN
    if language is not Language.KAZAKH and _KAZAKH_LETTER.search(text):
        yield Language.KAZAKH


def _overlaps(reading: _Reading, taken: Iterable[_Stretch]) -> bool:
    return any(reading.start < end and start < reading.end for start, end in taken)


def _without(text: str, taken: Iterable[_Stretch]) -> str:
    covered = {index for start, end in taken for index in range(start, end)}
    return "".join(" " if index in covered else character for index, character in enumerate(text))
