"""What the finders return: a value, where it stands in the text, and how sure the reading is.

Words that may mean several things give several readings over one span, likeliest first, each with the `Reason`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Protocol, TypeVar

from engine.accounts import Money


class Case(StrEnum):
    """Grammatical case that a number, sum or date is put in; English knows the nominative alone."""

    NOMINATIVE = "nominative"
    GENITIVE = "genitive"
    DATIVE = "dative"
    ACCUSATIVE = "accusative"
    INSTRUMENTAL = "instrumental"
    PREPOSITIONAL = "prepositional"
    """Kazakh: locative."""


class Gender(StrEnum):
    """Gender of what is counted; Russian alone asks for it."""

    MASCULINE = "masculine"
    FEMININE = "feminine"
    NEUTER = "neuter"


class Reason(StrEnum):
    """Why words have several readings."""

    THOUSANDS_LEFT_OUT = "thousands_left_out"
    """A number alone: people who owe thousands leave the word out."""
    WORD_OR_NUMBER = "word_or_number"
    """«Бес мың бірге»: to five thousand and one, or five thousand together."""
    TODAY_OR_NEXT = "today_or_next"
    """Today is such a day: «в пятницу» on a Friday, «двадцатого» on the 20th."""
    WHICH_WEEK = "which_week"
    """«В следующую пятницу»: next week's, but some mean the coming one."""
    PAST_OR_AHEAD = "past_or_ahead"
    """The day that lies a little back, or the same day of the next week, month or year."""
    DAY_OF_SPAN = "day_of_span"
    """Either day of a weekend."""
    WEEKDAY_DISAGREES = "weekday_disagrees"
    """The day of the week is not that of the date said with it."""
    PAYDAY_OR_LATER = "payday_or_later"
    """«После зарплаты»: the payday itself, or the day after."""
    MORNING_OR_EVENING = "morning_or_evening"
    """An hour up to twelve without the part of the day."""


@dataclass(frozen=True, slots=True)
class AmountReading:
    """A sum that was said; ``explicit`` when a currency or a multiplier word was spoken, not a bare number.

    Digits from a thousand up count as explicit: whoever said them said the multiplier. ``negated`` when it was taken
    back: «не пять, а десять», «пять, ой, десять».
    """

    amount: Money
    start: int
    end: int
    explicit: bool
    negated: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class ShareReading:
    """A part of the debt that was said: «половину» is 1/2, «всё» is 1/1."""

    numerator: int
    denominator: int
    start: int
    end: int
    negated: bool = False


@dataclass(frozen=True, slots=True)
class DateReading:
    """A day that was said, resolved against the day of the call; ``explicit`` when the words named a day at all.

    Words that name a period («в конце месяца», "next week") are not explicit and stand for its last day. Ambiguous
    words («в пятницу» said on a Friday) give several readings over the same span, likeliest first. ``negated`` when it
    was taken back: «не пятого, а шестого», «в пятницу, нет, в субботу».
    """

    day: date
    start: int
    end: int
    explicit: bool
    negated: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class TimeReading:
    """A time of day that was said; «в шесть» gives 18:00 and 6:00 over the same span, likeliest first."""

    time: time
    start: int
    end: int
    negated: bool = False
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class NumberReading:
    """A plain whole number, as an answer to a survey holds: «на троечку», "ten out of ten", «восемьдесят процентов»."""

    value: int
    start: int
    end: int
    percent: bool = False
    negated: bool = False


class Reading(Protocol):
    """What all readings have."""

    @property
    def start(self) -> int:
        """Offset of the first character."""
        ...

    @property
    def end(self) -> int:
        """Offset behind the last one."""
        ...

    @property
    def negated(self) -> bool:
        """Whether it was taken back."""
        ...


ReadingT = TypeVar("ReadingT", bound=Reading)


def standing(found: Iterable[ReadingT]) -> tuple[tuple[ReadingT, ...], ...]:
    """Return what the speaker leaves standing: for each thing said its readings, likeliest first."""
    spans: dict[tuple[int, int], list[ReadingT]] = {}
    for reading in found:
        if not reading.negated:
            spans.setdefault((reading.start, reading.end), []).append(reading)
    return tuple(tuple(readings) for readings in spans.values())
