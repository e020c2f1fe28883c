"""Days as words name them, and which day of the calendar that is, counted from the day of the call."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from engine.spoken.readings import Reason

_RECENT_DAYS = 90
"""A day of a named month that lies so little in the past is more likely meant than the one a year ahead."""

_FARTHEST_DAYS = 36_500
"""Nobody promises farther ahead; more are no days at all."""

_WEEK, _MONTH, _YEAR = 7, 30, 365
"""Lengths by which the lexicons name periods."""


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of a month; without a month the next such day; ``months_ahead`` for "of this month", "of next month".

    ``past``: what was done that day is told of, so that the last such day comes first.
    """

    day: int
    month: int | None = None
    year: int | None = None
    months_ahead: int | None = None
    explicit: bool = True
    past: bool = False

    def days(self, today: date) -> tuple[date, ...]:
        """Return the days that may be meant, likeliest first; none where the calendar has no such day."""
        if self.month is not None and self.year is not None:
            return existing(self.year, self.month, self.day)
        if self.month is not None:
            years = [day for year in range(-1, 9) for day in existing(today.year + year, self.month, self.day)]
            return _nearest(years, today, 366 if self.past else _RECENT_DAYS)
        if self.months_ahead is not None:
            return existing(*_month(today, self.months_ahead), self.day)
        ahead = [day for shift in range(3) for day in existing(*_month(today, shift), self.day) if day >= today]
        if self.past:
            back = [day for shift in range(0, -3, -1) for day in existing(*_month(today, shift), self.day)]
            return (next(day for day in back if day <= today), next(day for day in ahead if day > today))
        # Who means the very day of the call says "today": the next one is likelier, both stay.
        return (ahead[1], today) if ahead[0] == today else (ahead[0],)


@dataclass(frozen=True, slots=True)
class WeekdayName:
    """A day of the week, 0 is Monday.

    Without ``week`` the coming one, ``later`` weeks on; else that of this calendar week (0), the next (1), or the last
    one before today (-1). ``or_coming``: «в следующую пятницу» is next week's, but some mean the coming one. ``past``:
    what was done that day is told of. ``since``: the weekday with which a stretch begins that this one ends.
    """

    weekday: int
    week: int | None = None
    later: int = 0
    or_coming: bool = False
    explicit: bool = True
    past: bool = False
    since: int | None = None

    def days(self, today: date) -> tuple[date, ...]:
        """Return the days that may be meant, likeliest first."""
        if self.since is not None:
            start = WeekdayName(self.since).days(today)[0]
            return (start + timedelta((self.weekday - self.since) % 7),)
        ahead = (self.weekday - today.weekday()) % 7
        coming = today + timedelta(ahead + 7 * self.later)
        if self.week is None:
            if self.past and not self.later:
                return (today + timedelta(ahead - 7), coming)
            # Said on the day itself, a bare name means in a week, since for today there is a word. Both stay.
            return (coming,) if ahead or self.later else (today + timedelta(7), today)
        if self.week < 0:
            return (today + timedelta(ahead - 7),)
        named = today + timedelta(self.weekday - today.weekday() + 7 * self.week)
        if self.week == 0:
            return (named if named >= today else coming,)
        return (named, coming) if self.or_coming and ahead and named != coming else (named,)


@dataclass(frozen=True, slots=True)
class Offset:
    """So many days and months from today, negative in the past."""

    number_of_days: int
    months: int = 0
    explicit: bool = True

    def days(self, today: date) -> tuple[date, ...]:
        """Return the day that is meant; the 31st becomes the last day of a shorter month; none beyond the calendar."""
        if not abs(self.number_of_days) <= _FARTHEST_DAYS or not abs(self.months) <= _FARTHEST_DAYS // _MONTH:
            return ()
        year, month = _month(today, self.months)
        start = date(year, month, min(today.day, monthrange(year, month)[1]))
        return (start + timedelta(self.number_of_days),)


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week, month or year; this one (0), a later (1) or earlier (-1) one.

    It stands for its ``edge``: beginning (0), middle (1) or end (2), the day by which what is promised for it is due.
    ``month``: the next month of that number instead.
    """

    length: int
    ahead: int = 0
    edge: int = 2
    explicit: bool = False
    month: int | None = None

    def days(self, today: date) -> tuple[date, ...]:
        """Return the day that is meant; where this period's is past, the next one's."""
        if self.month is not None:
            return (next(day for year in (0, 1) if (day := self._month_day(today.year + year, self.month)) >= today),)
        day = self._day(today, self.ahead)
        return (self._day(today, 1) if self.ahead == 0 and day < today else day,)

    def _day(self, today: date, ahead: int) -> date:
        if self.length == _WEEK:
            return today + timedelta(7 * ahead - today.weekday() + (0, 2, 6)[self.edge])
        if self.length == _MONTH:
            return self._month_day(*_month(today, ahead))
        if self.length == _YEAR:
            return date(today.year + ahead, (1, 7, 12)[self.edge], (1, 1, 31)[self.edge])
        return today + timedelta(ahead)

    def _month_day(self, year: int, month: int) -> date:
        return date(year, month, (1, 15, monthrange(year, month)[1])[self.edge])


@dataclass(frozen=True, slots=True)
class Weekend:
    """Saturday and Sunday of this week (0) or another; ``before`` it the Friday."""

    ahead: int = 0
    explicit: bool = False
    before: bool = False

    def days(self, today: date) -> tuple[date, ...]:
        """Return both days, Saturday first; on a Sunday that day alone."""
        saturday = today + timedelta(5 - today.weekday() + 7 * self.ahead)
        if self.before:
            friday = saturday - timedelta(1)
            return (friday if friday >= today else friday + timedelta(7),)
        return tuple(day for day in (saturday, saturday + timedelta(1)) if day >= today or self.ahead < 0)


@dataclass(frozen=True, slots=True)
class LastWeekday:
    """The last such day of the week of this month, or of the next where that is past; 0 is Monday."""

    weekday: int
    explicit: bool = True

    def days(self, today: date) -> tuple[date, ...]:
        """Return the day that is meant."""
        months = (_month(today, ahead) for ahead in (0, 1))
        ends = (date(year, month, monthrange(year, month)[1]) for year, month in months)
        days = (end - timedelta((end.weekday() - self.weekday) % 7) for end in ends)
        return (next(day for day in days if day >= today),)


@dataclass(frozen=True, slots=True)
class Payday:
    """The day on which the debtor's income comes in; ``after`` it the next day will do as well."""

    after: bool = False
    explicit: bool = True

    def days(self, today: date, payday: int | None = None) -> tuple[date, ...]:
        """Return the next payday, today included; none where no payday is known.

        Args:
            today: day of the call.
            payday: day of the month, 1..31; in a shorter month its last day.
        """
        if payday is None:
            return ()
        months = (_month(today, ahead) for ahead in (0, 1))
        dates = (date(year, month, min(payday, monthrange(year, month)[1])) for year, month in months)
        day = next(day for day in dates if day >= today)
        return (day, day + timedelta(1)) if self.after else (day,)


Day = MonthDay | WeekdayName | Offset | Period | Weekend | LastWeekday | Payday


def why(day: Day) -> Reason | None:
    """Return why this name may stand for several days."""
    match day:
        case MonthDay(past=True) | WeekdayName(past=True) | MonthDay(month=int()):
            return Reason.PAST_OR_AHEAD
        case WeekdayName(or_coming=True):
            return Reason.WHICH_WEEK
        case MonthDay() | WeekdayName():
            return Reason.TODAY_OR_NEXT
        case Weekend():
            return Reason.DAY_OF_SPAN
        case Payday():
            return Reason.PAYDAY_OR_LATER
        case _:
            return None


def distance(count: float, length: int, explicit: bool) -> Offset:
    """Return an offset of so many periods; whole months and years go by the calendar."""
    if length in (_MONTH, _YEAR) and count == int(count):
        return Offset(0, int(count) * (1 if length == _MONTH else 12), explicit)
    return Offset(ceil(count * length) if length == _WEEK else round(count * length), 0, explicit)


def merged(first: Day, second: Day) -> Day | None:
    """Return the one day that two names next to each other give, «на следующей неделе в пятницу», or None."""
    for one, other in ((first, second), (second, first)):
        match one, other:
            case WeekdayName(weekday=weekday), Period(length=7, edge=2, ahead=ahead):
                return WeekdayName(weekday, ahead)
            case WeekdayName(weekday=weekday, week=None), Offset(number_of_days=days) if days > 0 and days % 7 == 0:
                return WeekdayName(weekday, later=days // 7)
            case MonthDay(day=day, month=None, months_ahead=None), Period(length=30, edge=2, ahead=ahead):
                return MonthDay(day, months_ahead=ahead)
            case MonthDay(day=day, month=None, months_ahead=None), Offset(number_of_days=0, months=months) if months:
                return MonthDay(day, months_ahead=months)
    return None


def existing(year: int, month: int, day: int) -> tuple[date, ...]:
    """Return the day where the calendar has it."""
    return (date(year, month, day),) if 0 < day <= monthrange(year, month)[1] else ()


def _nearest(years: list[date], today: date, recent_days: int) -> tuple[date, ...]:
    recent = [day for day in years if 0 < (today - day).days <= recent_days]
    return (*recent, *[day for day in years if day >= today][:1])


def _month(today: date, ahead: int) -> tuple[int, int]:
    year, month = divmod(today.year * 12 + today.month - 1 + ahead, 12)
    return year, month + 1


@dataclass(frozen=True, slots=True)
class FoundDay:
    """What names a day, and the index of the token behind it."""

    day: Day
    end: int
