"""What the finders return: a value, where it stands in the text, and how sure the reading is."""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

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


@dataclass(frozen=True, slots=True)
class AmountReading:
    """A sum that was said; ``explicit`` when a currency or a multiplier word was spoken, not a bare number.

    Digits from a thousand up count as explicit: whoever said them said the multiplier. ``negated`` when the words right
    around it take it back: «не пять, а десять».
    """

    amount: Money
    start: int
    end: int
    explicit: bool
    negated: bool = False


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
    words («в пятницу» said on a Friday) give several readings over the same span, likeliest first. ``negated`` when the
    words right around it take it back: «не пятого, а шестого».
    """

    day: date
    start: int
    end: int
    explicit: bool
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TimeReading:
    """A time of day that was said; «в шесть» gives 18:00 and 6:00 over the same span, likeliest first."""

    time: time
    start: int
    end: int
    negated: bool = False
