"""What finds mean to each other: neighbours lend a month, a verb tells past from future, a later word replaces."""

from dataclasses import replace
from datetime import time
from itertools import pairwise
from typing import Final

from engine.spoken.corrections import corrected
from engine.spoken.days import Day, MonthDay, WeekdayName
from engine.spoken.finds import Find
from engine.spoken.looking import at
from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens
from engine.spoken.shares import Share
from engine.spoken.sums import Sum
from engine.spoken.times import Found

_NEAR: Final = 4
"""So many tokens may lie between a day and the verb that puts it into the past."""
_NOON: Final = 12
_JOINERS: Final = (Role.OR, Role.AND, Role.BEFORE_DAY, Role.NOT, Role.NOT_BEFORE, Role.AT)


def settled(tokens: Tokens, finds: list[Find]) -> tuple[Find, ...]:
    """Return the finds of an utterance as they are meant together."""
    finds = [find for find in finds if not _every(tokens, find)]
    finds = _numbers_as_days(tokens, finds)
    finds = _with_lent_months(tokens, finds)
    finds = _with_stretches(tokens, finds)
    finds = [_in_the_past(tokens, finds, find) for find in finds]
    finds = _in_the_same_half(finds)
    return tuple(corrected(tokens, _without_repeated_shares(finds)))


def _every(tokens: Tokens, find: Find) -> bool:
    """Whether a weekday is one of all such days: «каждую пятницу», «жұма сайын»."""
    if not isinstance(find.what, WeekdayName):
        return False
    before, after = at(tokens, find.first - 1), at(tokens, find.behind)
    return (before is not None and before.get(Role.EVERY) == 1) or (after is not None and after.get(Role.EVERY) == 2)


def _between(tokens: Tokens, one: Find, other: Find) -> list[Token]:
    return tokens[one.behind : other.first]


def _joined(tokens: Tokens, one: Find, other: Find) -> bool:
    """Whether two finds are told in one breath: nothing but small words between them."""
    gap = _between(tokens, one, other)
    return len(gap) <= 3 and all(any(token.has(kind) for kind in _JOINERS) for token in gap)


def _numbers_as_days(tokens: Tokens, finds: list[Find]) -> list[Find]:
    """Read a bare number beside a day of a month as a day too: "5-6 декабря", "January 5 or 6"."""
    settled = list(finds)
    for index, (one, other) in enumerate(pairwise(finds)):
        gap = _between(tokens, one, other)
        either = len(gap) == 1 and gap[0].has(Role.OR)
        hyphen = not gap and tokens[other.first].hyphened
        if not (either or hyphen):
            continue
        for number, day, place in ((one, other, index), (other, one, index + 1)):
            value = _small_number(number)
            dated = value and isinstance(day.what, MonthDay) and day.what.month is not None
            if dated and isinstance(day.what, MonthDay) and (place == index) == (value < day.what.day):
                settled[place] = replace(number, what=replace(day.what, day=value))
    return settled


def _small_number(find: Find) -> int:
    what = find.what
    if not isinstance(what, Sum) or what.explicit or what.value.denominator > 1 or what.value > 31:
        return 0
    return int(what.value)


def _with_lent_months(tokens: Tokens, finds: list[Find]) -> list[Find]:
    """Give a day without a month that of the day it is told with: «пятого или шестого января»."""
    settled = list(finds)
    pairs = [at for at in range(len(finds) - 1) if _joined(tokens, finds[at], finds[at + 1])]
    for index in reversed(pairs):
        lent = _lent(settled[index], settled[index + 1])
        settled[index] = lent or settled[index]
    for index in pairs:
        lent = _lent(settled[index + 1], settled[index])
        settled[index + 1] = lent or settled[index + 1]
    return settled


def _lent(find: Find, lender: Find) -> Find | None:
    """Return a find with the month of another; None where it has its own, or the later day would come first."""
    day, other = find.what, lender.what
    if not (isinstance(day, MonthDay) and isinstance(other, MonthDay)) or other.month is None:
        return None
    in_order = (day.day < other.day) == (find.first < lender.first)
    if day.month is not None or day.months_ahead is not None or not in_order:
        return None
    return replace(find, what=replace(day, month=other.month, year=other.year))


def _with_stretches(tokens: Tokens, finds: list[Find]) -> list[Find]:
    """Let a weekday that ends a stretch lie behind the one that begins it: «с понедельника по пятницу»."""
    settled = list(finds)
    for index, (one, other) in enumerate(pairwise(finds)):
        first, last = one.what, other.what
        if not (isinstance(first, WeekdayName) and isinstance(last, WeekdayName) and one.first):
            continue
        plain = first == WeekdayName(first.weekday) and last == WeekdayName(last.weekday)
        if plain and tokens[one.first - 1].has(Role.FROM) and other.first == one.behind + 1:
            settled[index + 1] = replace(other, what=replace(last, since=first.weekday))
    return settled


def _in_the_same_half(finds: list[Find]) -> list[Find]:
    """Prefer the evening for an hour behind a later half-day hour: «до восьми вечера, после девяти»."""
    settled = list(finds)
    known: time | None = None
    for index, find in enumerate(finds):
        if not isinstance(find.what, Found):
            continue
        moments = find.what.times
        if len(moments) == 1:
            known = moments[0]
        elif known is not None and known.hour >= _NOON and max(moments) > known:
            settled[index] = replace(find, what=replace(find.what, times=tuple(sorted(moments, reverse=True))))
    return settled


def _in_the_past(tokens: Tokens, finds: list[Find], find: Find) -> Find:
    """Mark a day on which something was done: «я в пятницу оплатил»."""
    if not isinstance(find.what, MonthDay | WeekdayName):
        return find
    days = [other for other in finds if isinstance(other.what, Day) and other is not find]
    back = range(find.first - 1, max(find.first - 2 - _NEAR, -1), -1)
    ahead = range(find.behind, min(find.behind + 1 + _NEAR, len(tokens)))
    for around in (ahead, back):
        for index in around:
            token = tokens[index]
            if token.has(Role.AHEAD) or any(other.first <= index < other.behind for other in days):
                break
            if token.has(Role.DONE):
                return replace(find, what=replace(find.what, past=True))
    return find


def _without_repeated_shares(finds: list[Find]) -> list[Find]:
    """Drop a share that only repeats the one before it: «весь долг целиком»."""
    kept: list[Find] = []
    for find in finds:
        last = kept[-1].what if kept else None
        both = isinstance(find.what, Share) and isinstance(last, Share) and find.adjoins
        if not (both and isinstance(find.what, Share) and isinstance(last, Share) and find.what.same(last)):
            kept.append(find)
    return kept
