"""Days counted from the one that was named before: «десятого и ещё через неделю», "on Friday and the Friday after"."""

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from analytics.promises.contexts import Kind, Value

_WEEK: Final = timedelta(weeks=1)
_BESIDE: Final = 2


def counted_on(
    values: Sequence[Value], cues: Sequence[tuple[int, int]], distance: Callable[[Value], bool], today: date
) -> Iterator[Value]:
    """Yield the values of a line, days beside one of the cues counted from the day named before them.

    Args:
        values: in order.
        cues: where «после этого», "later" stand: first word, and the one behind the last.
        distance: whether a day was named by how far it is, «через неделю», and not as a day of the week.
        today: the day of the contact, from which the finders count.
    """
    before: Value | None = None
    for value in values:
        if value.kind is Kind.DAY and not value.now:
            beside = any(start <= value.end + _BESIDE and value.start - _BESIDE <= end for start, end in cues)
            if before is not None and beside:
                start, named = before.days[0], value.days[0]
                behind = named - today if distance(value) else (named - start) % _WEEK or _WEEK
                value = replace(value, days=(start + behind,))
            before = value
        yield value


def next_one(before: Value, start: int, end: int) -> Value:
    """Return the day that follows the one named before by a week, or by a month where that was its last day."""
    day = before.days[0]
    month = day.day == calendar.monthrange(day.year, day.month)[1]
    return Value(Kind.DAY, start, end, days=(months_later(day, 1) if month else day + _WEEK,))


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
