"""Dates in an utterance: rules over the roles of words, the same for all languages.

Each rule reads the words from one token on and says which `Day` they name, or that they name none.
"""

from collections.abc import Callable
from dataclasses import dataclass

from engine.spoken.days import (
    Day,
    LastWeekday,
    MonthDay,
    Offset,
    Payday,
    Period,
    WeekdayName,
    Weekend,
    distance,
    existing,
    merged,
)
from engine.spoken.numbers import at, cardinal, follows, follows_close, over, role, small, spoken_year
from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens

_LEAP_YEAR = 2024
_WEEK, _FORTNIGHT, _MONTH, _YEAR = 7, 14, 30, 365
"""Lengths by which the lexicons name periods."""
_ABBREVIATED = 3
_BETWEEN = 2
"""Of `Role.FROM`."""
_KAZAKH_VERB = ("мын", "мин", "мыз", "миз", "йын", "йин")
"""Endings of "I" and "we", folded: no noun that an ordinal could count."""
_ENDS_DAY = frozenset({Role.AFTER_DAY, Role.NOT_BEFORE, Role.OR, Role.CORRECTION})
_KAZAKH_ABLATIVE = ("тан", "тен", "дан", "ден", "нан", "нен")


@dataclass(frozen=True, slots=True)
class Found:
    """What names a day, and the index of the token behind it."""

    day: Day
    end: int


def match(tokens: Tokens, index: int) -> Found | None:
    """Read the words from a token on as a day, with what narrows it down: «на следующей неделе в пятницу»."""
    found = _first(tokens, index)
    if found is None:
        return None
    here = found.end
    while here < len(tokens) and introduces(tokens[here]) and (here == found.end or tokens[here].close):
        here += 1
    second = _first(tokens, here) if here < len(tokens) and (here == found.end or tokens[here].close) else None
    day = merged(found.day, second.day) if second is not None else None
    return found if day is None or second is None else Found(day, second.end)


def introduces(token: Token) -> bool:
    """Whether a word may stand before a day and says nothing else: «в», "on the"."""
    return (token.has(Role.BEFORE_DAY) or token.has(Role.OF)) and not token.has(Role.NOT) and not token.has(Role.OR)


def _first(tokens: Tokens, index: int) -> Found | None:
    if not tokens[index].meaningful:
        return None
    for rule in _RULES:
        found = rule(tokens, index)
        if found is not None:
            return found
    return None


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


def _which(tokens: Tokens, index: int) -> int | None:
    """Return 1 for "next", 0 for "this", -1 for "last"."""
    token = at(tokens, index)
    if token is None:
        return None
    return next((ahead for kind, ahead in ((Role.NEXT, 1), (Role.THIS, 0), (Role.LAST, -1)) if token.has(kind)), None)


# A day of a month.


def _day_and_month(tokens: Tokens, index: int) -> Found | None:
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
    ahead = _which(tokens, here)
    if ahead is None or follows(tokens, here + 1, Role.PERIOD) != _MONTH:
        return None
    return Found(MonthDay(number.value, months_ahead=ahead), here + 2)


def _with_year(tokens: Tokens, day: int, month: int, end: int) -> Found:
    year = spoken_year(tokens, end)
    return Found(MonthDay(day, month, year[0] if year else None), year[1] if year else end)


def _month_and_day(tokens: Tokens, index: int) -> Found | None:
    """Read "December the fifth", «в декабре пятого», «желтоқсанның бесінде»; plain numbers only where that is usual."""
    month = role(tokens, index, Role.MONTH)
    if month is None:
        return None
    here = over(tokens, index + 1, Role.BEFORE_DAY, Role.OF)
    number = _day_number(tokens, here) if here < len(tokens) and _same_breath(tokens, index, here) else None
    if number is None:
        return None
    if number.ordinal is None:
        plain = tokens[index].has(Role.MONTH_FIRST) and here == index + 1
        if not plain or any(follows(tokens, number.end, kind) is not None for kind in (Role.CURRENCY, Role.PERCENT)):
            return None
    return _with_year(tokens, number.value, month, over(tokens, number.end, Role.DAY_WORD))


def _same_breath(tokens: Tokens, index: int, here: int) -> bool:
    """Whether no comma divides a day from its month; the full stop of "Nov. 27" does not."""
    shortened = here == index + 1 and len(tokens[index].text) == _ABBREVIATED and tokens[here].gap == ". "
    return tokens[here].close or shortened


def _day_of_month(tokens: Tokens, index: int) -> Found | None:
    """Read «келесі айдың бесінде», «айдың жиырмасында», "the second of the month"."""
    ahead = _which(tokens, index)
    here = index if ahead is None else index + 1
    if role(tokens, here, Role.PERIOD) == _MONTH and (here == index or tokens[here].close):
        number = _day_number(tokens, here + 1) if follows(tokens, here + 1, Role.PERIOD) is None else None
        if number is None or number.ordinal is None or not tokens[here + 1].close:
            return None
        end = over(tokens, number.end, Role.DAY_WORD)
        if not _names_day(number.ordinal) and end == number.end:
            return None
        return Found(MonthDay(number.value, months_ahead=ahead), end)
    number = _day_number(tokens, index)
    if number is None or number.ordinal is None or follows(tokens, number.end, Role.OF) is None:
        return None
    here = over(tokens, number.end, Role.OF, Role.BEFORE_DAY)
    return Found(MonthDay(number.value), here + 1) if follows(tokens, here, Role.PERIOD) == _MONTH else None


def _year_and_day(tokens: Tokens, index: int) -> Found | None:
    """Read «екі мың жиырма алтыншы жылғы бесінші желтоқсан»."""
    if not tokens[index].has(Role.UNIT) and tokens[index].number is None:
        return None
    year = spoken_year(tokens, index)
    if year is None or role(tokens, year[1] - 1, Role.YEAR_WORD) is None:
        return None
    found = _day_and_month(tokens, year[1]) or _month_and_day(tokens, year[1])
    if found is None or not isinstance(found.day, MonthDay):
        return None
    return Found(MonthDay(found.day.day, found.day.month, year[0]), found.end)


def _bare_day(tokens: Tokens, index: int) -> Found | None:
    """Read «пятого», «5 числа», «числа пятого», "the fifth", «бесіне»."""
    if role(tokens, index, Role.DAY_WORD) is not None and index + 1 < len(tokens) and tokens[index + 1].close:
        number = _day_number(tokens, index + 1)
        named = number is not None and number.ordinal is not None and number.ordinal.has(Role.DAY_ORDINAL)
        return Found(MonthDay(number.value), number.end) if named and number is not None else None
    number = _day_number(tokens, index)
    if number is None:
        return None
    end = over(tokens, number.end, Role.DAY_WORD)
    if follows(tokens, end, Role.YEAR_WORD) is not None:
        return None
    if number.ordinal is None:
        # «екі күні» counts days, «5 күні» is a date
        counts = follows(tokens, number.end, Role.PERIOD) is not None and tokens[index].number is None
        return Found(MonthDay(number.value), end) if end > number.end and not counts else None
    if end > number.end or number.ordinal.has(Role.DAY_ORDINAL):
        return Found(MonthDay(number.value, explicit=not number.ordinal.has(Role.VAGUE)), end)
    if _between(tokens, index):
        return Found(MonthDay(number.value), number.end)
    if number.ordinal.has(Role.WEAK_DAY):
        return Found(MonthDay(number.value), end) if _counts_nothing(at(tokens, end)) else None
    if number.ordinal.has(Role.ENGLISH) and _stands_as_day(tokens, index, number):
        return Found(MonthDay(number.value), end)
    return None


def _names_day(ordinal: Token) -> bool:
    return ordinal.has(Role.DAY_ORDINAL) or ordinal.has(Role.WEAK_DAY)


def _counts_nothing(after: Token | None) -> bool:
    """Whether a Kazakh ordinal stands alone: at an end, before a postposition or a verb."""
    if after is None or not after.close or not _ENDS_DAY.isdisjoint(after.roles):
        return True
    return after.text.endswith(_KAZAKH_VERB) and (not after.roles or after.has(Role.AHEAD))


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


def _digits(tokens: Tokens, index: int) -> Found | None:
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
        return Found(MonthDay(day, month, year), index + 1) if valid else None
    if any(
        follows(tokens, index + 1, kind) is not None for kind in (Role.MULTIPLIER, Role.CURRENCY, Role.GLUED_MULTIPLIER)
    ):
        return None
    day, month = int(parts[0]), int(parts[1])
    valid = len(parts[1]) == 2 and 0 < month <= 12 and existing(_LEAP_YEAR, month, day)
    return Found(MonthDay(day, month), index + 1) if valid else None


# Days by name and by distance, and periods.


def _relative(tokens: Tokens, index: int) -> Found | None:
    """Read «завтра»."""
    offset = role(tokens, index, Role.REL_DAY)
    if offset is not None:
        return Found(Offset(offset), index + 1)
    if (after := role(tokens, index, Role.PAYDAY)) is not None:
        return Found(Payday(after=after == 1), index + 1)
    if role(tokens, index, Role.YEAR_END) is not None:
        return Found(Period(_YEAR), index + 1)
    return None


def _weekday(tokens: Tokens, index: int) -> Found | None:
    """Read «следующую пятницу», "Friday"."""
    if (last := _last_of_month(tokens, index)) is not None:
        return last
    which = _which(tokens, index)
    here = index if which is None else index + 1
    weekday = role(tokens, here, Role.WEEKDAY)
    if weekday is None or (here > index and not tokens[here].close):
        return None
    if which is None and follows(tokens, here + 1, Role.WEEK_ON) == _WEEK:  # "Monday week"
        return Found(WeekdayName(weekday, later=1), here + 2)
    return Found(WeekdayName(weekday, which, or_coming=which == 1), here + 1)


def _last_of_month(tokens: Tokens, index: int) -> Found | None:
    """Read "the last Friday of the month", «последнюю пятницу месяца», «айдың соңғы жұмасы»."""
    here = index
    month_first = role(tokens, here, Role.PERIOD) == _MONTH and follows(tokens, here + 1, Role.LAST_OF) is not None
    here += month_first
    weekday = follows(tokens, here + 1, Role.WEEKDAY) if role(tokens, here, Role.LAST_OF) is not None else None
    if weekday is None:
        return None
    end = here + 2
    if not month_first:
        month = over(tokens, end, Role.OF, Role.THIS)
        if follows(tokens, month, Role.PERIOD) != _MONTH:
            return None
        end = month + 1
    return Found(LastWeekday(weekday), end)


def _week_on(tokens: Tokens, index: int) -> Found | None:
    """Read "a week on Monday", "a fortnight from Friday", "two weeks today"."""
    count, here = _how_many(tokens, index)
    length = role(tokens, here, Role.WEEK_ON)
    if length is None or here == index or not tokens[here].close:
        return None
    weeks = round(count * length / _WEEK)
    if (day := follows(tokens, here + 1, Role.REL_DAY)) is not None and day >= 0:
        return Found(Offset(_WEEK * weeks + day), here + 2)
    joiner = at(tokens, here + 1)
    if joiner is None or not joiner.close or not (joiner.has(Role.BEFORE_DAY) or joiner.has(Role.AT)):
        return None
    weekday = follows(tokens, here + 2, Role.WEEKDAY)
    return None if weekday is None else Found(WeekdayName(weekday, later=weeks), here + 3)


def _distance(tokens: Tokens, index: int) -> Found | None:
    """Read «через три дня», «дня через три», «екі аптадан кейін», "two weeks from now", «три дня назад»."""
    if role(tokens, index, Role.PERIOD) is not None and follows(tokens, index + 1, Role.AFTER) is not None:
        return _inverted_distance(tokens, index)
    within = role(tokens, index, Role.WITHIN) is not None
    before = within or role(tokens, index, Role.AFTER) is not None
    start = over(tokens, index + 1, Role.ABOUT) if before else index
    if before and role(tokens, start, Role.PERIOD) is not None and (found := _length_first(tokens, start)):
        return found
    count, here = _how_many(tokens, start)
    length = role(tokens, here, Role.PERIOD)
    if within and length == 1 and here == start:
        return Found(distance(0, length, False), here + 1)  # «в течение дня»: of today
    if length is None or (here > index and not tokens[here].close):
        return None
    behind = follows(tokens, here + 1, Role.LATER)
    if before or behind is not None:
        counted = before or here > start or behind == 2 or tokens[here].text.endswith(_KAZAKH_ABLATIVE)
        explicit = not within and behind != 2
        return Found(distance(count, length, explicit), here + (1 if behind is None else 2)) if counted else None
    if follows(tokens, here + 1, Role.AGO) is not None and (here > start or length > 1):
        return Found(distance(-count, length, True), here + 2)
    if length == _FORTNIGHT and (here + 1 == len(tokens) or not tokens[here + 1].close):
        return Found(distance(count, length, False), here + 1)  # "a fortnight", the whole answer
    return None


def _length_first(tokens: Tokens, index: int) -> Found | None:
    """Read the rest of «через дней десять», «через неделю полторы»: so many periods at most."""
    length = role(tokens, index, Role.PERIOD)
    if length is None or not follows_close(tokens, index + 1):
        return None
    if role(tokens, index + 1, Role.SESQUI) is not None and length > 1:
        return Found(distance(1.5, length, True), index + 2)
    read = small(tokens, index + 1) if role(tokens, index, Role.LOOSE_PERIOD) is not None else None
    if read is None or follows(tokens, read.end, Role.PERIOD) is not None or read.value.denominator > 1:
        return None
    more = small(tokens, read.end) if follows_close(tokens, read.end) else None
    last = more if more is not None and more.value == read.value + 1 else read
    return Found(distance(int(last.value), length, True), last.end)


def _inverted_distance(tokens: Tokens, index: int) -> Found | None:
    """Read «дня через три», about three days on."""
    read, length = small(tokens, index + 2), role(tokens, index, Role.PERIOD)
    if read is None or length is None or follows(tokens, read.end, Role.PERIOD) is not None:
        return None
    return Found(distance(float(read.value), length, True), read.end)


def _how_many(tokens: Tokens, index: int) -> tuple[float, int]:
    """Read how many periods and return it with the index behind; no word for it is one."""
    for kind, count in (
        (Role.ARTICLE, 1.0),
        (Role.THIS, 1.0),
        (Role.PAIR, 2.0),
        (Role.SESQUI, 1.5),
        (Role.HALF_OF, 0.5),
    ):
        if role(tokens, index, kind) is not None:
            return count, index + 1
    read = small(tokens, index)
    if read is None:
        return 1.0, index
    if follows(tokens, read.end, Role.HALF_MORE) is not None:
        return float(read.value) + 0.5, read.end + 1
    # «через два-три дня» is settled by the later one
    more = small(tokens, over(tokens, read.end, Role.OR)) if follows_close(tokens, read.end) else None
    if more is not None and more.value > read.value and follows(tokens, more.end, Role.PERIOD) is not None:
        return float(more.value), more.end
    return float(read.value), read.end


def _period(tokens: Tokens, index: int) -> Found | None:
    """Read «в конце следующего месяца», «до конца недели», "next week", "this weekend", «айдың соңында»."""
    edge = role(tokens, index, Role.EDGE)
    here = index if edge is None else over(tokens, index + 1, Role.OF, Role.BEFORE_DAY)
    which = _which(tokens, here)
    here += which is not None
    if here > index and (here >= len(tokens) or not tokens[here].close):
        return None
    if role(tokens, here, Role.WEEKEND) is not None:
        before = role(tokens, index - 1, Role.BEFORE_SPAN) == 1 or follows(tokens, here + 1, Role.BEFORE_SPAN) == 2
        return Found(Weekend(which or 0, before=before), here + 1)
    if which is None and (month := role(tokens, here, Role.MONTH)) is not None:
        return _part_of_month(tokens, here, month, edge)
    length = role(tokens, here, Role.PERIOD)
    if length not in (1, 7, 30, 365):
        return None
    if edge is None and (edge := follows(tokens, here + 1, Role.EDGE)) is not None:
        here += 1
    if edge is None and (which is None or length == 1):
        return None
    if length == 1 and edge != 2:
        return None
    return Found(Period(length, which or 0, 2 if edge is None else edge, explicit=length == 1), here + 1)


def _part_of_month(tokens: Tokens, index: int, month: int, edge: int | None) -> Found | None:
    """Read «конце декабря», "early January", «желтоқсанның соңында»; a month by itself names no day."""
    end = index + 1
    if edge is None and (edge := follows(tokens, end, Role.EDGE)) is not None:
        end += 1
    return None if edge is None else Found(Period(_MONTH, edge=edge, month=month), end)


_RULES: tuple[Callable[[Tokens, int], Found | None], ...] = (
    _relative,
    _week_on,
    _weekday,
    _digits,
    _year_and_day,
    _day_and_month,
    _month_and_day,
    _day_of_month,
    _distance,
    _period,
    _bare_day,
)
