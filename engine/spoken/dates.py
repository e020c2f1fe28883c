"""Days in an utterance: what the words name, and which day that is, counted from the day of the call."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from engine.spoken.numbers import at, cardinal, follows, role, small
from engine.spoken.scanning import Role, Tokens

_RECENT_DAYS = 90
"""A day of a named month that lies so little in the past is more likely meant than the one a year ahead."""


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of a month; without a month the next such day; ``months_ahead`` for "of this month", "of next month"."""

    day: int
    month: int | None = None
    year: int | None = None
    months_ahead: int | None = None
    explicit: bool = True

    def days(self, today: date) -> tuple[date, ...]:
        """Return the days that may be meant, likeliest first."""
        if self.year is not None and self.month is not None:
            return _existing(self.year, self.month, self.day)
        if self.month is not None:
            return self._in_month(today)
        if self.months_ahead is not None:
            return _existing(*_month(today, self.months_ahead), self.day)
        ahead = [found for shift in range(3) for found in _existing(*_month(today, shift), self.day) if found >= today]
        # Who means the very day of the call says "today"; both stay.
        return tuple(ahead[1::-1]) if ahead[:1] == [today] else tuple(ahead[:1])

    def _in_month(self, today: date) -> tuple[date, ...]:
        assert self.month is not None
        years = [
            found for year in range(today.year - 1, today.year + 9) for found in _existing(year, self.month, self.day)
        ]
        future = next((found for found in years if found >= today), None)
        past = [found for found in years if found < today and (today - found).days <= _RECENT_DAYS]
        return (*past[-1:], *((future,) if future else ()))


@dataclass(frozen=True, slots=True)
class WeekdayName:
    """A day of the week: the coming one, or the one of this (0) or a later week."""

    weekday: int
    week: int | None = None
    later: int = 0

    def days(self, today: date) -> tuple[date, ...]:
        """Return the days that may be meant, likeliest first."""
        ahead = (self.weekday - today.weekday()) % 7
        coming = today + timedelta(ahead + 7 * self.later)
        if self.week is None:
            # Said on the day itself, a bare name means in a week: for today there is a word. Both stay.
            return (coming,) if ahead or self.later else (today + timedelta(7), today)
        named = today + timedelta(self.weekday - today.weekday() + 7 * self.week)
        if self.week == 0:
            return (named if named >= today else coming,)
        return (named,) if named == coming or not ahead else (named, coming)

    @property
    def explicit(self) -> bool:
        """Always."""
        return True


@dataclass(frozen=True, slots=True)
class Offset:
    """So many days and months from today."""

    number_of_days: int
    months: int = 0
    explicit: bool = True

    def days(self, today: date) -> tuple[date, ...]:
        """Return the day that is meant."""
        year, month = _month(today, self.months)
        start = date(year, month, min(today.day, monthrange(year, month)[1]))
        return (start + timedelta(self.number_of_days),)


@dataclass(frozen=True, slots=True)
class Period:
    """A week, month or year as a whole or its beginning (0), middle (1) or end (2); it stands for its last day."""

    length: int
    ahead: int = 0
    edge: int = 2
    explicit: bool = False

    def days(self, today: date) -> tuple[date, ...]:
        """Return the day that is meant; a beginning or middle that is past is the next one's."""
        day = self._day(today, self.ahead)
        return (day if day >= today else self._day(today, self.ahead + 1),)

    def _day(self, today: date, ahead: int) -> date:
        if self.length == 1:
            return today + timedelta(ahead)
        if self.length == 7:
            return today + timedelta(7 * ahead - today.weekday() + (0, 2, 6)[self.edge])
        if self.length == 365:
            return (date(today.year + ahead, 1, 1), date(today.year + ahead, 7, 1), date(today.year + ahead, 12, 31))[
                self.edge
            ]
        year, month = _month(today, ahead)
        return date(year, month, (1, 15, monthrange(year, month)[1])[self.edge])


@dataclass(frozen=True, slots=True)
class Weekend:
    """Saturday or Sunday."""

    ahead: int = 0
    explicit: bool = False

    def days(self, today: date) -> tuple[date, ...]:
        """Return both days, Saturday first."""
        saturday = today + timedelta(5 - today.weekday() + 7 * self.ahead)
        return tuple(day for day in (saturday, saturday + timedelta(1)) if day >= today)


Day = MonthDay | WeekdayName | Offset | Period | Weekend


@dataclass(frozen=True, slots=True)
class Found:
    """What names a day, and the index of the token behind it."""

    day: Day
    end: int


def _month(today: date, ahead: int) -> tuple[int, int]:
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    return year, month + 1


def _existing(year: int, month: int, day: int) -> tuple[date, ...]:
    return (date(year, month, day),) if day <= monthrange(year, month)[1] else ()


def match(tokens: Tokens, index: int) -> Found | None:
    """Read the words from a token on as a day."""
    for rule in _RULES:
        found = rule(tokens, index)
        if found is not None:
            return _widened(tokens, found)
    return None


def _widened(tokens: Tokens, found: Found) -> Found:
    """Take in a second name of the same day: «на следующей неделе в пятницу», «в пятницу пятого»."""
    here = found.end
    while follows(tokens, here, Role.BEFORE_DAY) is not None or follows(tokens, here, Role.OF) is not None:
        here += 1
    if not (0 < here < len(tokens)) or (here > found.end and not tokens[here].close):
        return found
    first = found.day
    if not isinstance(first, (Period, WeekdayName, Offset)):
        return found
    for rule in _RULES:
        second = rule(tokens, here)
        if second is not None:
            merged = _merge(first, second.day)
            return Found(merged, second.end) if merged is not None else found
    return found


def _merge(first: Day, second: Day) -> Day | None:
    for one, other in ((first, second), (second, first)):
        if isinstance(one, WeekdayName) and isinstance(other, Period) and other.length == 7 and other.edge == 2:
            return WeekdayName(one.weekday, other.ahead)
        if (
            isinstance(one, WeekdayName)
            and isinstance(other, Offset)
            and other.number_of_days % 7 == 0
            and other.number_of_days > 0
        ):
            return WeekdayName(one.weekday, later=other.number_of_days // 7)
    if isinstance(first, WeekdayName) and isinstance(second, MonthDay) and first.week is None:
        return second
    return None


# The day of a month.


@dataclass(frozen=True, slots=True)
class _Number:
    value: int
    end: int
    ordinal: bool
    names_day: bool
    weak: bool


def _day_number(tokens: Tokens, index: int) -> _Number | None:
    """Read 1..31: «двадцать пятого», "20th", "5", «бес»."""
    token = at(tokens, index)
    if token is None:
        return None
    tens, here = token.get(Role.TENS) or 0, index
    if tens in (10, 20, 30) and (follows(tokens, index + 1, Role.ORDINAL) or 10) < 10 and token.get(Role.FINAL) != 1:
        here = index + 1
    last = tokens[here]
    value = last.get(Role.ORDINAL)
    if value is not None:
        value += tens if here > index else 0
        return (
            _Number(value, here + 1, True, last.has(Role.DAY_ORDINAL), last.has(Role.WEAK_DAY))
            if 0 < value <= 31
            else None
        )
    if token.number is not None and (token.number.denominator > 1 or len(token.text) > 2):
        return None
    read = cardinal(tokens, index)
    if read is None or not 0 < read.value <= 31 or read.value.denominator > 1:
        return None
    return _Number(int(read.value), read.end, False, False, False)


def _year(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read a year behind a date and return it with the index behind: «две тысячи двадцать шестого года», "2026"."""
    token = at(tokens, index)
    if token is None:
        return None
    if (
        token.number is not None
        and token.number.denominator == 1
        and len(token.text) == 4
        and 1990 <= token.number <= 2099
    ):
        return int(token.number), _over(tokens, index + 1, Role.YEAR_WORD)
    if (ordinal := token.get(Role.ORDINAL)) is not None and 1990 <= ordinal <= 2099:
        return ordinal, _over(tokens, index + 1, Role.YEAR_WORD)
    read = cardinal(tokens, index) if token.close or index == 0 else None
    if read is None:
        return None
    if read.value == 2000 and (tail := _two_digits(tokens, read.end)) is not None:
        return 2000 + tail[0], _over(tokens, tail[1], Role.YEAR_WORD)
    if token.has(Role.ENGLISH):
        if 2000 <= read.value < 2050:
            return int(read.value), read.end
        if (
            read.value == 20
            and (low := small(tokens, read.end)) is not None
            and 10 < low.value < 100
            and tokens[read.end].close
        ):
            return 2000 + int(low.value), low.end
    return None


def _two_digits(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read an ordinal up to 99 at the end of a year."""
    tens = follows(tokens, index, Role.TENS)
    if tens and (unit := follows(tokens, index + 1, Role.ORDINAL) or 10) < 10:
        return tens + unit, index + 2
    ordinal = follows(tokens, index, Role.ORDINAL)
    return (ordinal, index + 1) if ordinal and ordinal < 100 else None


def _over(tokens: Tokens, index: int, *roles: Role) -> int:
    """Step over tokens that play one of the roles."""
    while index < len(tokens) and tokens[index].close and any(tokens[index].has(kind) for kind in roles):
        index += 1
    return index


def _day_and_month(tokens: Tokens, index: int) -> Found | None:
    """«пятого декабря», «пятого числа следующего месяца», "the fifth of December", «бесінші желтоқсан»."""
    number = _day_number(tokens, index)
    if number is None:
        return None
    here = _over(tokens, number.end, Role.DAY_WORD)
    here = _over(tokens, here, Role.OF)
    month = follows(tokens, here, Role.MONTH)
    if month is not None:
        return _with_year(tokens, number.value, month, here + 1)
    if number.ordinal or here > number.end:
        which = _which(tokens, here)
        if which is not None and follows(tokens, here + 1, Role.PERIOD) == 30:
            return Found(MonthDay(number.value, months_ahead=which), here + 2)
    return None


def _with_year(tokens: Tokens, day: int, month: int, end: int) -> Found | None:
    year = _year(tokens, end)
    if day > 29 and not _existing(2024, month, day):
        return None
    return Found(MonthDay(day, month, year[0] if year else None), year[1] if year else end)


def _which(tokens: Tokens, index: int) -> int | None:
    """Return 1 for "next", 0 for "this"."""
    if role(tokens, index, Role.NEXT) is not None:
        return 1
    return 0 if role(tokens, index, Role.THIS) is not None else None


def _month_and_day(tokens: Tokens, index: int) -> Found | None:
    """ "December the fifth", «желтоқсанның бесінде», «келесі айдың бесінде»."""
    month = role(tokens, index, Role.MONTH)
    here, ahead = index + 1, None
    if month is None:
        ahead = _which(tokens, index)
        start = index + 1 if ahead is not None else index
        if role(tokens, start, Role.PERIOD) != 30 or (start > index and not tokens[start].close):
            return None
        here = start + 1
    here = _over(tokens, here, Role.BEFORE_DAY, Role.OF)
    number = _day_number(tokens, here) if here < len(tokens) and tokens[here].close else None
    if number is None or follows(tokens, number.end, Role.CURRENCY) is not None:
        return None
    if not number.ordinal and (month is None or role(tokens, index, Role.MONTH_FIRST) is None):
        return None
    if not number.ordinal and (read := cardinal(tokens, here)) is not None and read.end != number.end:
        return None
    end = _over(tokens, number.end, Role.DAY_WORD)
    if month is not None:
        return _with_year(tokens, number.value, month, end)
    if tokens[here].has(Role.FRACTION) or not (number.names_day or number.weak):
        return None
    return Found(MonthDay(number.value, months_ahead=ahead), end)


def _year_and_day(tokens: Tokens, index: int) -> Found | None:
    """«екі мың жиырма алтыншы жылғы бесінші желтоқсан»."""
    if not (tokens[index].has(Role.UNIT) or tokens[index].number is not None):
        return None
    year = _year(tokens, index)
    if year is None or role(tokens, year[1] - 1, Role.YEAR_WORD) is None:
        return None
    found = _day_and_month(tokens, year[1]) or _month_and_day(tokens, year[1])
    if found is None or not isinstance(found.day, MonthDay):
        return None
    return Found(MonthDay(found.day.day, found.day.month, year[0]), found.end)


def _bare_day(tokens: Tokens, index: int) -> Found | None:
    """«пятого», «5 числа», «числа пятого», "the fifth", «бесіне»."""
    if role(tokens, index, Role.DAY_WORD) is not None and role(tokens, index, Role.PERIOD) is None:
        number = (
            _day_number(tokens, index + 1)
            if follows(tokens, index + 1, Role.ORDINAL) or follows(tokens, index + 1, Role.TENS)
            else None
        )
        return Found(MonthDay(number.value), number.end) if number is not None and number.names_day else None
    number = _day_number(tokens, index)
    if number is None:
        return None
    end = _over(tokens, number.end, Role.DAY_WORD)
    if end > number.end:
        return Found(MonthDay(number.value), end)
    if not number.ordinal:
        return None
    named = number.names_day
    if number.weak and not named:
        after = at(tokens, end)
        named = after is None or not after.close or after.has(Role.AFTER_DAY) or after.has(Role.NOT_BEFORE)
    if not named and not number.weak and tokens[end - 1].get(Role.DAY_ORDINAL) is None:
        named = _english_day(tokens, index)
    return Found(MonthDay(number.value, explicit=not (number.names_day and number.weak)), end) if named else None


def _english_day(tokens: Tokens, index: int) -> bool:
    """Whether an English ordinal stands where a day would: behind "the", "by", "or", or by itself."""
    if any(tokens[index].has(kind) for kind in (Role.FRACTION,)):
        return False
    before = at(tokens, index - 1)
    english = tokens[index].text.endswith(("st", "nd", "rd", "th", "d"))
    return english and (
        before is None or before.has(Role.BEFORE_DAY) or before.has(Role.ORDINAL) or before.has(Role.WEEKDAY)
    )


def _digits(tokens: Tokens, index: int) -> Found | None:
    """ "05.12", "5.12.2026", "2026-12-05"; "12/05" is day and month, as it is where we call."""
    text = tokens[index].text
    parts = text.replace("-", ".").replace("/", ".").split(".")
    if len(parts) < 2 or not all(part.isdigit() for part in parts):
        return None
    if len(parts) == 3:
        day, month, year = (int(part) for part in (parts if len(parts[0]) <= 2 else reversed(parts)))
        year += 2000 if year < 100 else 0
        valid = 0 < month <= 12 and 0 < day and bool(_existing(year, month, day))
        return Found(MonthDay(day, month, year), index + 1) if valid else None
    if any(
        follows(tokens, index + 1, kind) is not None for kind in (Role.MULTIPLIER, Role.CURRENCY, Role.GLUED_MULTIPLIER)
    ):
        return None
    day, month = int(parts[0]), int(parts[1])
    if len(parts[1]) != 2 or not 0 < month <= 12 or not 0 < day <= monthrange(2024, month)[1]:
        return None
    return Found(MonthDay(day, month), index + 1)


# Days by name, by distance, and periods.


def _weekday(tokens: Tokens, index: int) -> Found | None:
    """«в следующую пятницу», «в пятницу на следующей неделе», "Friday"."""
    which = _which(tokens, index)
    here = index + 1 if which is not None else index
    weekday = role(tokens, here, Role.WEEKDAY)
    if weekday is None or (here > index and not tokens[here].close):
        return None
    return Found(WeekdayName(weekday, which), _over(tokens, here + 1, Role.DAY_WORD))


def _relative(tokens: Tokens, index: int) -> Found | None:
    """«завтра»."""
    offset = role(tokens, index, Role.REL_DAY)
    return None if offset is None else Found(Offset(offset), index + 1)


def _distance(tokens: Tokens, index: int) -> Found | None:
    """«через три дня», «дня через три», «екі аптадан кейін», "two weeks from now"."""
    before = role(tokens, index, Role.AFTER) is not None or role(tokens, index, Role.WITHIN) is not None
    here = index + 1 if before else index
    count, start = 1.0, here
    if role(tokens, here, Role.PERIOD) and follows(tokens, here + 1, Role.AFTER) is not None:
        read = small(tokens, here + 2)
        length = role(tokens, here, Role.PERIOD)
        if read is None or length is None or follows(tokens, read.end, Role.PERIOD) is not None:
            return None
        return Found(_offset(float(read.value), length, True), read.end)
    if (role(tokens, here, Role.ARTICLE) or role(tokens, here, Role.THIS)) is not None:
        here += 1
    elif role(tokens, here, Role.PAIR) is not None:
        count, here = 2.0, here + 1
    elif role(tokens, here, Role.SESQUI) is not None:
        count, here = 1.5, here + 1
    elif role(tokens, here, Role.HALF_OF) is not None:
        count, here = 0.5, here + 1
    elif (read := small(tokens, here)) is not None:
        count, here = float(read.value), read.end
    length = role(tokens, here, Role.PERIOD)
    if length is None or (here > start and not tokens[here].close):
        return None
    after = follows(tokens, here + 1, Role.LATER)
    within = role(tokens, index, Role.WITHIN) is not None or after == 2
    if not before and after is None:
        return None
    if not before and here == start and not tokens[here].text.endswith(("тан", "ден", "дан", "нен", "нан")):
        return None
    return Found(_offset(count, length, not within), here + (2 if after is not None else 1))


def _offset(count: float, length: int, explicit: bool) -> Offset:
    if length in (30, 365) and count == int(count):
        return Offset(0, int(count) * (1 if length == 30 else 12), explicit)
    return Offset(round(count * length), 0, explicit)


def _period(tokens: Tokens, index: int) -> Found | None:
    """«в конце следующего месяца», «до конца недели», "next week", «айдың соңында»."""
    edge = role(tokens, index, Role.EDGE)
    here = index + 1 if edge is not None else index
    if edge is not None:
        here = _over(tokens, here, Role.OF)
        if follows(tokens, here, Role.BEFORE_DAY) is not None and follows(tokens, here + 1, Role.PERIOD) is not None:
            here += 1
    which = _which(tokens, here)
    if which is not None:
        here += 1
    length = role(tokens, here, Role.PERIOD)
    weekend = role(tokens, here, Role.WEEKEND) is not None
    if (length is None and not weekend) or (here > index and not tokens[here].close):
        return None
    if weekend:
        return Found(Weekend(which or 0), here + 1)
    if edge is None and (edge := follows(tokens, here + 1, Role.EDGE)) is not None:
        here += 1
    if (
        length not in (1, 7, 30, 365)
        or (edge is None and (which is None or length == 1))
        or (length == 1 and edge != 2)
    ):
        return None
    return Found(Period(length, which or 0, 2 if edge is None else edge, explicit=length == 1), here + 1)


_RULES = (_relative, _weekday, _digits, _year_and_day, _day_and_month, _month_and_day, _distance, _period, _bare_day)
