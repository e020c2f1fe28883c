"""What a sum or a day that was said is, and what governs it."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a value is."""

    AMOUNT = auto()
    SHARE = auto()
    REST = auto()
    DAY = auto()


class Context(Enum):
    """What governs a value."""

    PAY = auto()
    TAKE = auto()
    BARE = auto()
    TRY = auto()
    QUESTION = auto()
    PAST = auto()
    SAID = auto()
    OTHER = auto()
    ELSEWHERE = auto()
    REFUSE = auto()
    INCOME = auto()
    CONDITION = auto()
    ABSENT = auto()


FIRM: Final = frozenset({Context.PAY, Context.TAKE, Context.BARE})
PAYS: Final = frozenset({Context.PAY, Context.TAKE})
OPEN: Final = frozenset({Context.TRY, Context.QUESTION})


@dataclass(frozen=True, slots=True)
class Value:
    """A sum or a day that was said.

    Args:
        kind: which.
        start: its first word.
        end: behind its last.
        context: what governs it.
        minor: of an amount, best reading first.
        share: of the sum asked for.
        days: of a day, likeliest first.
        taken_back: whether the speaker replaced it at once.
        upper: of a range of sums its upper bound.
        opens: whether a sentence or a clause begins with it.
        now: of a day, whether only "now" names it.
        grace: of a day, whether the client asks for time until then.
    """

    kind: Kind
    start: int
    end: int
    context: Context = Context.BARE
    minor: tuple[int, ...] = ()
    share: float = 0.0
    days: tuple[date, ...] = ()
    taken_back: bool = False
    upper: int | None = None
    opens: bool = False
    now: bool = False
    grace: bool = False
