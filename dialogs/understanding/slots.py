"""Sums, shares, days and times in an answer, found through engine/spoken in the languages that it may be mixed of."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction
from typing import Final, Protocol, TypeVar

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import find_amounts, find_dates, find_shares, find_times

_KAZAKH_LETTER: Final = re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]")
_LATIN_LETTER: Final = re.compile("[A-Za-z]")
_DENIED_BEFORE: Final = re.compile(r"\b(?:не|not)(?: (?:в|во|на|on|the|for))?\W+$", re.IGNORECASE)
_DENIED_AFTER: Final = re.compile(r"\W*(?:күні |теңге )?емес\b", re.IGNORECASE)
_SpanT = TypeVar("_SpanT", bound="_Span")


class _Span(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Slotted:
    """What an answer holds.

    Args:
        amount: a sum.
        amount_explicit: a currency or a multiplier word was said with it.
        amount_whole: no more of the sum can follow: it is explicit, or a day was named behind it.
        share: a part of the debt.
        days: the readings of the first day named, likeliest first.
        exact_day: a day was named, not a span such as «на следующей неделе», which stands for its last day.
        times: the readings of the first time of day named, likeliest first.
        rest: the text without all of these.
    """

    amount: Money | None = None
    amount_explicit: bool = False
    amount_whole: bool = False
    share: Fraction | None = None
    days: tuple[date, ...] = ()
    exact_day: bool = True
    times: tuple[time, ...] = ()
    rest: str = ""

    @property
    def any(self) -> bool:
        """Whether anything was found."""
        return bool(self.amount or self.share or self.days or self.times)


def find_slots(text: str, language: Language, currency: Currency, today: date) -> Slotted:
    """Find the values in an answer.

    Args:
        text: as recognised.
        language: of the dialog; others are tried where the words hint at them.
        currency: of the account, for sums said without one.
        today: in the debtor's time zone.
    """
    spans: list[_Span] = []
    days: tuple[date, ...] = ()
    day_begins = 0
    exact_day = True
    times: tuple[time, ...] = ()
    share: Fraction | None = None
    for tongue in _languages(text, language):
        if not days and (dates := _apart(text, find_dates(text, tongue, today), spans)):
            first = dates[0]
            days = tuple(reading.day for reading in dates if (reading.start, reading.end) == (first.start, first.end))
            day_begins, exact_day = first.start, first.explicit
            spans.append(first)
        if not times and (clocks := _apart(text, find_times(text, tongue), spans)):
            times = tuple(r.time for r in clocks if (r.start, r.end) == (clocks[0].start, clocks[0].end))
            spans.append(clocks[0])
        if share is None and (shares := _apart(text, find_shares(text, tongue), spans)):
            share = Fraction(shares[0].numerator, shares[0].denominator)
            spans.append(shares[0])
    amount, explicit, whole = None, False, False
    for tongue in _languages(text, language):
        found = find_amounts(text, tongue, currency)
        readings = [r for r in found if (r.explicit or not _overlaps(r, spans)) and not _denied(text, r)]
        if readings and amount is None:
            best = next((reading for reading in readings if reading.explicit), readings[0])
            amount, explicit = best.amount, best.explicit
            whole = explicit or best.end <= day_begins
            spans.append(best)
    return Slotted(amount, explicit, whole, share, days, exact_day, times, _without(text, spans))


def _denied(text: str, span: _Span) -> bool:
    """Whether the words around a value take it back: «не в пятницу», «сенбі емес», "not Friday"."""
    return bool(_DENIED_BEFORE.search(text[: span.start]) or _DENIED_AFTER.match(text[span.end :]))


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


def _overlaps(span: _Span, taken: Iterable[_Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in taken)


def _apart(text: str, found: Iterable[_SpanT], taken: list[_Span]) -> list[_SpanT]:
    return [span for span in found if not _overlaps(span, taken) and not _denied(text, span)]


def _without(text: str, spans: Iterable[_Span]) -> str:
    covered = {i for span in spans for i in range(span.start, span.end)}
    return "".join(" " if i in covered else character for i, character in enumerate(text))
