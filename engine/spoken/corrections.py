"""What a speaker takes back within an utterance: «в пятницу, нет, в субботу», "the fifth, sorry, the sixth"."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from fractions import Fraction
from typing import Final

from engine.spoken.days import Day, MonthDay, WeekdayName
from engine.spoken.finds import Find, What
from engine.spoken.readings import Reason
from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens
from engine.spoken.sums import Sum
from engine.spoken.times import Found

_LONGEST_GAP: Final = 8
"""So many tokens may lie between what is corrected and the word that corrects it."""
_LONGEST_LEAD: Final = 5
"""So many may lie between that word and what is said instead."""
_SMALL_WORDS: Final = (Role.OR, Role.BEFORE_DAY, Role.AT)
_EXPLAINS: Final = 2
"""Of `Role.CORRECTION`: «то есть» may repeat the same in other words."""
_THOUSAND, _MILLION = 1000, 10**6
_NOON: Final = 12
_LEFT_OUT: Final = Reason.THOUSANDS_LEFT_OUT


def corrected(tokens: Tokens, finds: list[Find]) -> list[Find]:
    """Return the finds with those that later words replace marked, and the later ones completed from them."""
    settled = list(finds)
    replacing: set[int] = set()
    for index in range(len(finds)):
        find = settled[index] = _as_time(tokens, settled, index)
        if find.negated:
            settled[:index] = [replace(one, negated=one.negated or _alike(one, find)) for one in settled[:index]]
        before = _replaced(tokens, settled, index)
        if before is None and index - 1 in replacing:
            before = _replaced_as_well(tokens, settled, index, replacing)
        if before is None:
            continue
        if _same(tokens, settled, before, index):
            settled[index] = replace(find, adjoins=True)
            continue
        settled[index] = replace(settled[index], what=_completed(settled[before], find))
        replacing.add(index)
        for taken_back in _told_together(tokens, settled, before):
            settled[taken_back] = replace(settled[taken_back], negated=True)
    return settled


def _replaced(tokens: Tokens, finds: list[Find], index: int) -> int | None:
    """Return the index of the find that this one replaces."""
    find = finds[index]
    if find.kind is None or find.negated:
        return None
    before = _last_of_its_kind(finds, index)
    if before is None:
        return None
    one = finds[before]
    lead = tokens[finds[index - 1].behind : find.first]
    if one.negated:  # «не пятого, а шестого»
        return before if before == index - 1 and len(lead) <= _LONGEST_LEAD else None
    marks = [place for place, token in enumerate(lead) if token.has(Role.CORRECTION) or token.has(Role.CANNOT)]
    if marks:
        gap = find.first - len(lead) + marks[0] - one.behind
        return before if gap <= _LONGEST_GAP and len(lead) - marks[-1] - 1 <= _LONGEST_LEAD else None
    return before if _not_possible(tokens, one, tokens[one.behind : find.first]) else None


def _replaced_as_well(tokens: Tokens, finds: list[Find], index: int, replacing: set[int]) -> int | None:
    """Return what this one replaces in the wake of a neighbour: «пять в пятницу, нет, семь в субботу»."""
    lead = tokens[finds[index - 1].behind : finds[index].first]
    if len(lead) > _LONGEST_LEAD or any(token.has(kind) for token in lead for kind in (Role.AHEAD, Role.OR, Role.AND)):
        return None
    first = index - 1
    while first - 1 in replacing:
        first -= 1
    before = _last_of_its_kind(finds, index)
    return before if before is not None and before < first and finds[index].kind is not None else None


def _last_of_its_kind(finds: list[Find], index: int) -> int | None:
    return next((i for i in range(index - 1, -1, -1) if finds[i].kind is finds[index].kind), None)


def _told_together(tokens: Tokens, finds: list[Find], index: int) -> Iterator[int]:
    """Yield a find and those of its kind that it is told in one breath with: «пять или шесть тысяч»."""
    yield index
    while index and finds[index - 1].kind is finds[index].kind:
        between = tokens[finds[index - 1].behind : finds[index].first]
        joined = not between or between[0].has(Role.OR)
        if not joined or not all(any(token.has(kind) for kind in _SMALL_WORDS) for token in between):
            return
        index -= 1
        yield index


def _not_possible(tokens: Tokens, one: Find, between: list[Token]) -> bool:
    """Whether «не смогу» stands before the earlier one, and another follows: "I can't on Friday, on Monday"."""
    if len(between) > _LONGEST_GAP or any(token.has(Role.OR) for token in between):
        return False
    place = one.first - 1
    verbs = 1  # «не смогу заплатить в пятницу»
    while place >= 0 and not tokens[place].has(Role.CANNOT):
        small_word = tokens[place].has(Role.BEFORE_DAY) or tokens[place].has(Role.AT)
        verbs -= not small_word
        if verbs < 0 or tokens[place].has(Role.DONE):
            return False
        place -= 1
    return place >= 0


def _alike(one: Find, other: Find) -> bool:
    """Whether both are the same thing said twice."""
    if isinstance(one.what, Sum) and isinstance(other.what, Sum):
        return one.what.value == other.what.value
    return one.what == other.what


def _same(tokens: Tokens, finds: list[Find], before: int, index: int) -> bool:
    """Whether the later one says the same in other words: a weekday any other day, «завтра, то есть в четверг»."""
    one, other = finds[before].what, finds[index].what
    lead = tokens[finds[index - 1].behind : finds[index].first]
    if any(token.get(Role.CORRECTION) not in (None, _EXPLAINS) or token.has(Role.CANNOT) for token in lead):
        return False
    if finds[before].negated or not any(token.has(Role.CORRECTION) for token in lead):
        return False
    either_weekday = isinstance(other, WeekdayName) != isinstance(one, WeekdayName)
    return _alike(finds[before], finds[index]) or (isinstance(one, Day) and either_weekday)


def _as_time(tokens: Tokens, finds: list[Find], index: int) -> Find:
    """Read a bare number that corrects a time as an hour: "six pm, no, seven"."""
    find = finds[index]
    last = finds[index - 1] if index else None
    if last is None or not isinstance(last.what, Found) or not isinstance(find.what, Sum) or find.what.explicit:
        return find
    hour = find.what.value
    if hour.denominator > 1 or not 1 <= hour <= _NOON:
        return find
    if not any(token.has(Role.CORRECTION) for token in tokens[last.behind : find.first]):
        return find
    both = (time(int(hour) % _NOON + _NOON, 0), time(int(hour) % _NOON, 0))
    return replace(find, what=Found(both, find.behind))


def _completed(one: Find, other: Find) -> What:
    """Return what was said instead, with what it leaves out taken from what it replaces."""
    match one.what, other.what:
        case Sum() as earlier, Sum() as later if not later.explicit and later.value < _THOUSAND:
            place = _MILLION if earlier.value >= _MILLION else _THOUSAND
            if earlier.value >= _THOUSAND and Fraction(later.value).denominator == 1:
                return replace(later, value=later.value * place, others=(later.value,), reason=_LEFT_OUT)
        case MonthDay() as earlier, MonthDay(month=None, months_ahead=None) as later:
            return replace(later, month=earlier.month, year=earlier.year, months_ahead=earlier.months_ahead)
        case Found(times=(earlier,)), Found(times=(_, _)) as later:
            same = [moment for moment in later.times if (moment.hour < 12) == (earlier.hour < 12)]
            return replace(later, times=tuple(same[:1]) or later.times)
    return other.what
