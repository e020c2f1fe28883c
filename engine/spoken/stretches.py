"""Stretches of the day: «с девяти до шести», "between two and four in the afternoon"."""

from datetime import time

from engine.spoken.looking import follows, follows_close, over, role
from engine.spoken.numbers import small
from engine.spoken.roles import Role
from engine.spoken.scanning import Tokens
from engine.spoken.times import Found, ends_hour


def match(tokens: Tokens, index: int) -> tuple[tuple[Found, int], ...] | None:
    """Read two hours that bound a stretch of the day, «с девяти до шести», each with the index of its first token."""
    worded = role(tokens, index, Role.FROM) is not None
    start = over(tokens, index + 1, Role.HOUR_WORD) if worded else over(tokens, index, Role.HOUR_WORD)
    opening = small(tokens, start)
    if opening is None or not (worded or role(tokens, opening.end - 1, Role.ABLATIVE) is not None):
        return None
    here, first_part = _part_behind(tokens, over(tokens, opening.end, Role.OCLOCK))
    joined = over(tokens, here, Role.AT, Role.TO, Role.AND, Role.OR)
    if not follows_close(tokens, here) or (worded and joined == here):
        return None
    closing = small(tokens, joined)
    if closing is None or (not worded and role(tokens, closing.end - 1, Role.FINAL) is None):
        return None
    end, part = _part_behind(tokens, over(tokens, closing.end, Role.OCLOCK))
    hours = (opening.value, closing.value)
    if any(hour.denominator > 1 or not 1 <= hour <= 24 for hour in hours) or not ends_hour(tokens, end):
        return None
    bare = part is None and first_part is None and end == closing.end and here == opening.end
    if bare and tokens[start].has(Role.ENGLISH) and max(hours) > 12:
        return None
    return _bounds(int(hours[0]), int(hours[1]), part, start, joined, here, end)


def _part_behind(tokens: Tokens, index: int) -> tuple[int, int | None]:
    part = follows(tokens, index, Role.DAYPART)
    return (index, None) if part is None else (index + 1, part)


def _bounds(
    first: int, last: int, part: int | None, start: int, second: int, here: int, end: int
) -> tuple[tuple[Found, int], ...]:
    """Put two hours into the day so that the later one follows the earlier; from one to seven is after noon."""
    late = part in (2, 3) and first < last
    opens = first + 12 if (first < 8 and part != 1) or (late and first < 12) else first
    closes = last if last > opens or last >= 12 else last + 12
    return (Found((time(opens % 24),), here), start), (Found((time(closes % 24),), end), second)
