"""Values reckoned from others of their line: «десятого и ещё через неделю», "half of the fifty"."""

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from analytics.promises.contexts import Kind, Value
from engine.folding import fold

_WEEK: Final = timedelta(weeks=1)
_BESIDE: Final = 2
_OF: Final = frozenset({"of", "the", "that", "this", "those", "these", "от", "из", "этих", "этой", "тех", "той"})
"""What stands between a share and the sum that it is of."""
_GENITIVE: Final = ("нын", "нин", "дын", "дин", "тын", "тин")
_MONTHS: Final = range(1, 7)


def counted_on(
    values: Sequence[Value],
    cues: Sequence[tuple[int, int]],
    distance: Callable[[Value], bool],
    today: date,
    since: date | None,
) -> Iterator[Value]:
    """Yield the values of a line, days beside one of the cues counted from the day named before them.

    Args:
        values: in order.
        cues: where «после этого», "later" stand: first word, and the one behind the last.
        distance: whether a day was named by how far it is, «через неделю», and not as a day of the week.
        today: the day of the contact, from which the finders count.
        since: the day that was named last in earlier lines.
    """
    before = None if since is None else Value(Kind.DAY, 0, 0, days=(since,))
    for value in values:
        if value.kind is Kind.DAY and not value.now:
            beside = any(start <= value.end + _BESIDE and value.start - _BESIDE <= end for start, end in cues)
            if before is not None and beside:
                start, named = before.days[0], value.days[0]
                behind = named - today if distance(value) else (named - start) % _WEEK or _WEEK
                months = (
                    next((one for one in _MONTHS if months_later(today, one) == named), 0) if distance(value) else 0
                )
                value = replace(value, days=(months_later(start, months) if months else start + behind,))
            before = value
        yield value


def next_one(before: Value, start: int, end: int) -> Value:
    """Return the day that follows the one named before by a week, or by a month where that was its last day."""
    day = before.days[0]
    month = day.day == calendar.monthrange(day.year, day.month)[1]
    return Value(Kind.DAY, start, end, days=(months_later(day, 1) if month else day + _WEEK,))


def day_after(before: Value, start: int, end: int) -> Value:
    """Return the day behind the one named before: «айлық бесінде, ертеңіне төлеймін»."""
    return Value(Kind.DAY, start, end, days=(before.days[0] + timedelta(days=1),))


def months_later(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def shares_of_sums(values: Sequence[Value], words: Sequence[str]) -> Iterator[Value]:
    """Yield the values of a line, shares of a sum that is named beside them as sums: «елудің жартысын».

    Shares behind it are of the same sum: "half of the fifty on Friday, half on Monday".

    Args:
        values: in order.
        words: of the line.
    """
    whole: Value | None = None
    place = 0
    while place < len(values):
        value, after = values[place], values[place + 1] if place + 1 < len(values) else None
        pair = None if after is None else _share_and_sum(value, after, words)
        if pair is not None and after is not None:
            share, whole = pair
            yield replace(_part(whole, share), start=value.start, end=after.end)
            place += 2
            continue
        yield value if whole is None or not _is_part(value) else _part(whole, value)
        place += 1


def _share_and_sum(one: Value, other: Value, words: Sequence[str]) -> tuple[Value, Value] | None:
    """Return two values that stand side by side as a share and the sum that it is of."""
    between = [fold(word) for word in words[one.end : other.start]]
    if _is_part(one) and other.kind is Kind.AMOUNT and between and _OF.issuperset(between):
        return one, other
    owned = one.kind is Kind.AMOUNT and fold(words[one.end - 1]).endswith(_GENITIVE)
    return (other, one) if owned and _is_part(other) and not between else None


def _is_part(value: Value) -> bool:
    return value.kind is Kind.SHARE and value.share < 1


def _part(whole: Value, share: Value) -> Value:
    return replace(share, kind=Kind.AMOUNT, minor=tuple(round(one * share.share) for one in whole.minor), share=0.0)
