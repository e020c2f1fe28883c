"""Days of a month in an utterance: «двадцать пятого», "December the fifth", «айдың бесінде», 05.12."""

from dataclasses import dataclass

from engine.spoken.daynames import which
from engine.spoken.days import FoundDay, MonthDay, existing
from engine.spoken.looking import at, follows, follows_close, over, role
from engine.spoken.numbers import cardinal
from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens
from engine.spoken.years import spoken_year

_LEAP_YEAR = 2024
_WEEK, _MONTH = 7, 30
"""As the lexicons name periods."""
_ABBREVIATED = 3
_BETWEEN = 2
"""Of `Role.FROM`."""
_KAZAKH_VERB = ("мын", "мин", "мыз", "миз", "йын", "йин")
"""Endings of "I" and "we", folded: no noun that an ordinal could count."""
_WITH = frozenset({"мен", "пен", "бен"})
_PRONOUNS = frozenset({1, 10})
"""Days whose numbers are spelt like «one of them» and «him»."""
_ENDS_DAY = frozenset({Role.AFTER_DAY, Role.NOT_BEFORE, Role.OR, Role.CORRECTION})


@dataclass(frozen=True, slots=True)
class _Number:
    """A number from 1 to 31, the index behind it, and its last word where that is an ordinal."""

    value: int
    end: int
    ordinal: Token | None = None


def _day_number(tokens: Tokens, index: int) -> _Number | None:
    """Read «двадцать пятого», "20th", "5", «бес»."""
    token = at(tokens, index)
    if token is None:
        return None
    tens, unit = token.get(Role.TENS) or 0, follows(tokens, index + 1, Role.ORDINAL) or 10
    if tens in (10, 20, 30) and unit < 10 and token.get(Role.FINAL) != 1:
        return _Number(tens + unit, index + 2, tokens[index + 1]) if tens + unit <= 31 else None
    if (ordinal := token.get(Role.ORDINAL)) is not None:
        return _Number(ordinal, index + 1, token) if 0 < ordinal <= 31 else None
    if token.number is not None and len(token.text) > 2:
        return None
    read = cardinal(tokens, index)
    if read is None or not 0 < read.value <= 31 or read.value.denominator > 1 or read.multiplier > 1:
        return None
    return _Number(int(read.value), read.end)


def day_and_month(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «пятого декабря», «пятого числа следующего месяца», "the fifth of December", «бесінші желтоқсан»."""
    number = _day_number(tokens, index)
    if number is None:
        return None
    here = over(tokens, over(tokens, number.end, Role.DAY_WORD), Role.OF)
    month = follows(tokens, here, Role.MONTH)
    if month is not None:
        return _with_year(tokens, number.value, month, here + 1)
    if number.ordinal is None and here == number.end:
        return None
    ahead = which(tokens, here)
    if ahead is None or follows(tokens, here + 1, Role.PERIOD) != _MONTH:
        return None
    return FoundDay(MonthDay(number.value, months_ahead=ahead), here + 2)


def _with_year(tokens: Tokens, day: int, month: int, end: int) -> FoundDay:
    year = spoken_year(tokens, end)
    return FoundDay(MonthDay(day, month, year[0] if year else None), year[1] if year else end)


def month_and_day(tokens: Tokens, index: int) -> FoundDay | None:
    """Read "December the fifth", «в декабре пятого», «желтоқсанның бесінде»; plain numbers only where that is usual."""
    month = role(tokens, index, Role.MONTH)
    if month is None:
        return None
    here = over(tokens, index + 1, Role.BEFORE_DAY, Role.OF)
    number = _day_number(tokens, here) if here < len(tokens) and _same_breath(tokens, index, here) else None
    if number is None:
        return None
    if follows(tokens, number.end, Role.PERIOD) == _WEEK:
        return None  # «желтоқсанның бірінші аптасында»
    if number.ordinal is None:
        plain = tokens[index].has(Role.MONTH_FIRST) and here == index + 1
        if not plain or any(follows(tokens, number.end, kind) is not None for kind in (Role.CURRENCY, Role.PERCENT)):
            return None
    return _with_year(tokens, number.value, month, over(tokens, number.end, Role.DAY_WORD))


def _same_breath(tokens: Tokens, index: int, here: int) -> bool:
    """Whether no comma divides a day from its month; the full stop of "Nov. 27" does not."""
    shortened = here == index + 1 and len(tokens[index].text) == _ABBREVIATED and tokens[here].gap == ". "
    return tokens[here].close or shortened


def day_of_month(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «келесі айдың бесінде», «айдың жиырмасында», "the second of the month"."""
    ahead = which(tokens, index)
    here = index if ahead is None else index + 1
    if role(tokens, here, Role.PERIOD) == _MONTH and (here == index or tokens[here].close):
        number = _day_number(tokens, here + 1) if follows(tokens, here + 1, Role.PERIOD) is None else None
        if number is None or number.ordinal is None or not tokens[here + 1].close:
            return None
        end = over(tokens, number.end, Role.DAY_WORD)
        if not _names_day(number.ordinal) and end == number.end:
            return None
        return FoundDay(MonthDay(number.value, months_ahead=ahead), end)
    number = _day_number(tokens, index)
    if number is None or number.ordinal is None or follows(tokens, number.end, Role.OF) is None:
        return None
    here = over(tokens, number.end, Role.OF, Role.BEFORE_DAY)
    return FoundDay(MonthDay(number.value), here + 1) if follows(tokens, here, Role.PERIOD) == _MONTH else None


def year_and_day(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «екі мың жиырма алтыншы жылғы бесінші желтоқсан»."""
    if not tokens[index].has(Role.UNIT) and tokens[index].number is None:
        return None
    year = spoken_year(tokens, index)
    if year is None or role(tokens, year[1] - 1, Role.YEAR_WORD) is None:
        return None
    found = day_and_month(tokens, year[1]) or month_and_day(tokens, year[1])
    if found is None or not isinstance(found.day, MonthDay):
        return None
    return FoundDay(MonthDay(found.day.day, found.day.month, year[0]), found.end)


def bare_day(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «пятого», «5 числа», «числа пятого», "the fifth", «бесіне»."""
    if role(tokens, index, Role.DAY_WORD) is not None and index + 1 < len(tokens) and tokens[index + 1].close:
        number = _day_number(tokens, index + 1)
        named = number is not None and number.ordinal is not None and number.ordinal.has(Role.DAY_ORDINAL)
        return FoundDay(MonthDay(number.value), number.end) if named and number is not None else None
    number = _day_number(tokens, index)
    if number is None:
        return None
    end = over(tokens, number.end, Role.DAY_WORD)
    if follows(tokens, end, Role.YEAR_WORD) is not None:
        return None
    if number.ordinal is None:
        # «екі күні» counts days, «5 күні» is a date
        counts = follows(tokens, number.end, Role.PERIOD) is not None and tokens[index].number is None
        return FoundDay(MonthDay(number.value), end) if end > number.end and not counts else None
    if end > number.end or number.ordinal.has(Role.DAY_ORDINAL):
        return FoundDay(MonthDay(number.value, explicit=not number.ordinal.has(Role.VAGUE)), end)
    if _between(tokens, index):
        return FoundDay(MonthDay(number.value), number.end)
    if _with_another(tokens, number):
        return FoundDay(MonthDay(number.value), number.end)
    if number.ordinal.has(Role.WEAK_DAY):
        alone = _counts_nothing(at(tokens, end)) or _day_follows(tokens, end)
        return FoundDay(MonthDay(number.value), end) if alone else None
    if number.ordinal.has(Role.ENGLISH) and _stands_as_day(tokens, index, number):
        return FoundDay(MonthDay(number.value), end)
    return None


def _names_day(ordinal: Token) -> bool:
    return ordinal.has(Role.DAY_ORDINAL) or ordinal.has(Role.WEAK_DAY)


def _counts_nothing(after: Token | None) -> bool:
    """Whether a Kazakh ordinal stands alone: at an end, before a postposition or a verb."""
    if after is None or not after.close or not _ENDS_DAY.isdisjoint(after.roles):
        return True
    return after.text.endswith(_KAZAKH_VERB) and (not after.roles or after.has(Role.AHEAD))


def _day_follows(tokens: Tokens, end: int) -> bool:
    """Whether a Kazakh ordinal is one of several days of a month that is named once: «бесінші он бесінші тамызда»."""
    here = over(tokens, end, Role.AND)
    if here >= len(tokens):
        return False
    number = _day_number(tokens, here)
    if number is None or day_and_month(tokens, here) is not None:
        return number is not None
    return number.ordinal is not None and number.ordinal.has(Role.WEAK_DAY) and _day_follows(tokens, number.end)


def _with_another(tokens: Tokens, number: _Number) -> bool:
    """Whether a Kazakh number shares the case of the day behind it, «бесі мен жиырмасында»; «оны мен» is "him, I"."""
    joined = at(tokens, number.end)
    if joined is None or not joined.close or joined.text not in _WITH or number.value in _PRONOUNS:
        return False
    if day_and_month(tokens, number.end + 1) is not None:
        return True
    other = _day_number(tokens, number.end + 1)
    return other is not None and other.ordinal is not None and other.ordinal.has(Role.DAY_ORDINAL)


def _stands_as_day(tokens: Tokens, index: int, number: _Number) -> bool:
    """Whether an English ordinal stands where a day would: behind "the", "by", "or", another day, or by itself."""
    before = at(tokens, index - 1)
    if before is None:
        return number.value > 3 or not follows_close(tokens, number.end)  # "First I must talk to my wife"
    return any(before.has(kind) for kind in (Role.BEFORE_DAY, Role.ORDINAL, Role.WEEKDAY, Role.CORRECTION))


def _between(tokens: Tokens, index: int) -> bool:
    """Whether an ordinal in whatever case bounds a stretch: «между десятым и пятнадцатым»."""
    if role(tokens, index - 1, Role.AND) is None:
        return role(tokens, index - 1, Role.FROM) == _BETWEEN
    return any(role(tokens, back, Role.FROM) == _BETWEEN for back in (index - 3, index - 4))


def digits(tokens: Tokens, index: int) -> FoundDay | None:
    """Read "05.12", "5.12.2026", "2026-12-05"; "12/05" is day and month, as it is where we call."""
    parts = tokens[index].text.replace("-", ".").replace("/", ".").split(".")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        return None
    if len(parts) == 3:
        day, month, year = (int(part) for part in (parts if len(parts[0]) <= 2 else reversed(parts)))
        year += 2000 if year < 100 else 0
        if month > 12 and "/" in tokens[index].text:  # as Americans write it, and only that
            day, month = month, day
        valid = 0 < month <= 12 and existing(year, month, day)
        return FoundDay(MonthDay(day, month, year), index + 1) if valid else None
    if any(
        follows(tokens, index + 1, kind) is not None for kind in (Role.MULTIPLIER, Role.CURRENCY, Role.GLUED_MULTIPLIER)
    ):
        return None
    day, month = int(parts[0]), int(parts[1])
    valid = len(parts[1]) == 2 and 0 < month <= 12 and existing(_LEAP_YEAR, month, day)
    return FoundDay(MonthDay(day, month), index + 1) if valid else None
