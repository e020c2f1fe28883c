"""Dates in an utterance: rules over the roles of words, the same for all languages.

Each rule reads the words from one token on and says which `Day` they name, or that they name none.
"""

from collections.abc import Callable

from engine.spoken.daynames import period, relative, stretch_ahead, week_on, weekday
from engine.spoken.days import FoundDay, merged
from engine.spoken.monthdays import bare_day, day_and_month, day_of_month, digits, month_and_day, year_and_day
from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens


def match(tokens: Tokens, index: int) -> FoundDay | None:
    """Read the words from a token on as a day, with what narrows it down: «на следующей неделе в пятницу»."""
    found = _first(tokens, index)
    if found is None:
        return None
    here = found.end
    while here < len(tokens) and introduces(tokens[here]) and (here == found.end or tokens[here].close):
        here += 1
    second = _first(tokens, here) if here < len(tokens) and (here == found.end or tokens[here].close) else None
    day = merged(found.day, second.day) if second is not None else None
    return found if day is None or second is None else FoundDay(day, second.end)


def introduces(token: Token) -> bool:
    """Whether a word may stand before a day and says nothing else: «в», "on the"."""
    return (token.has(Role.BEFORE_DAY) or token.has(Role.OF)) and not token.has(Role.NOT) and not token.has(Role.OR)


def _first(tokens: Tokens, index: int) -> FoundDay | None:
    if not tokens[index].meaningful:
        return None
    for rule in _RULES:
        found = rule(tokens, index)
        if found is not None:
            return found
    return None


_RULES: tuple[Callable[[Tokens, int], FoundDay | None], ...] = (
    relative,
    week_on,
    weekday,
    digits,
    year_and_day,
    day_and_month,
    month_and_day,
    day_of_month,
    stretch_ahead,
    period,
    bare_day,
)
