"""Times of day in an utterance."""

from dataclasses import dataclass
from datetime import time
from fractions import Fraction

from engine.spoken.looking import at, follows, follows_close, over, role
from engine.spoken.numbers import Cardinal, cardinal, small
from engine.spoken.roles import Role
from engine.spoken.scanning import Tokens

_NO_HOUR = frozenset(
    {
        Role.MULTIPLIER,
        Role.GLUED_MULTIPLIER,
        Role.CURRENCY,
        Role.MINOR,
        Role.PERCENT,
        Role.MONTH,
        Role.DAY_WORD,
        Role.PART,
    }
)
"""Behind a number: it is no hour."""


@dataclass(frozen=True, slots=True)
class Found:
    """Times that may be meant, likeliest first, and the index of the token behind them."""

    times: tuple[time, ...]
    end: int


_MINUTE_DIGITS, _MONTHS = 2, 12


def match(tokens: Tokens, index: int) -> Found | None:
    """Read the words from a token on as a time of day."""
    token = tokens[index]
    if (named := token.get(Role.NAMED_TIME)) is not None:
        return Found((time(named // 60, named % 60),), index + 1)
    for rule in (_stamp, _half_gone, _minutes_of_hour, _before_hour, _past_hour, _one, _hour):
        found = rule(tokens, index)
        if found is not None:
            return found
    return None


def _settle(tokens: Tokens, index: int, end: int, hour: int, minute: int) -> Found | None:
    """Choose between the halves of the day by what is said around; without a word keep both."""
    end = end + 1 if follows(tokens, end, Role.OCLOCK) is not None else end
    part = follows(tokens, end, Role.DAYPART)
    if part is not None:
        end += role(tokens, end, Role.REL_DAY) is None  # "tonight" is the day as well
    else:
        part = _part_before(tokens, index)
    if not (0 <= hour <= 24 and 0 <= minute < 60):
        return None
    if hour > 12 or hour == 0:
        return Found((time(hour % 24, minute),), end)
    if part is None:
        morning, evening = time(hour % 12, minute), time(hour % 12 + 12, minute)
        if hour == 12:
            return Found((evening,), end)
        return Found((morning, evening) if 8 <= hour <= 11 else (evening, morning), end)
    if part == 3 or (part == 2 and hour < 7):
        return Found((time(hour % 12 + 12 if hour < 12 or part != 0 else 0, minute),), end)
    if part == 0:
        return Found((time(hour + 12 if 8 <= hour < 12 else hour % 12, minute),), end)
    return Found((time(hour % 12 if part == 1 and hour == 12 else hour, minute),), end)


def _part_before(tokens: Tokens, index: int) -> int | None:
    """Return the part of the day that was said just before: «вечером в шесть», «кешкі алтыда»."""
    for back in range(index - 1, max(index - 4, -1), -1):
        token = tokens[back]
        if (part := token.get(Role.DAYPART)) is not None:
            return part
        if not (token.has(Role.AT) or token.has(Role.HOUR_WORD) or token.has(Role.OCLOCK) or token.has(Role.REL_DAY)):
            return None
    return None


def _stamp(tokens: Tokens, index: int) -> Found | None:
    """Read "18:30"."""
    hour, colon, minute = tokens[index].text.partition(":")
    if not colon and role(tokens, index - 1, Role.AT) is not None:
        hour, colon, minute = tokens[index].text.partition(".")  # "at 14.30", where no month has that number
        colon = colon if len(minute) == _MINUTE_DIGITS and minute.isdigit() and int(minute) > _MONTHS else ""
    if not colon or not hour.isdigit():
        return None
    return _settle(tokens, index, index + 1, int(hour), int(minute)) if int(hour) <= 24 and int(minute) < 60 else None


def _half_gone(tokens: Tokens, index: int) -> Found | None:
    """Read «полшестого», «половина шестого», «четверть шестого»."""
    hour, end, minute = role(tokens, index, Role.HALF_HOUR), index + 1, 30
    if hour is None and (role(tokens, index, Role.HALF_OF) is not None or role(tokens, index, Role.SHARE) == 102):
        hour, end = follows(tokens, index + 1, Role.DAY_ORDINAL), index + 2
    if hour is None and role(tokens, index, Role.QUARTER) is not None:
        hour, end, minute = follows(tokens, index + 1, Role.DAY_ORDINAL), index + 2, 15
    if hour is None or not 1 <= hour <= 12 or follows(tokens, end, Role.MONTH) is not None:
        return None
    return _settle(tokens, index, end, hour - 1 or 12, minute)


def _minutes_of_hour(tokens: Tokens, index: int) -> Found | None:
    """Read «пятнадцать минут седьмого», "half four"."""
    if role(tokens, index, Role.HALF_OF) is not None and index + 1 < len(tokens) and tokens[index + 1].close:
        read = small(tokens, index + 1) if tokens[index + 1].has(Role.ENGLISH) else None
        if read is None or not 1 <= read.value <= 12 or not ends_hour(tokens, read.end):
            return None
        return _settle(tokens, index, read.end, int(read.value), 30)
    minutes, here = _minutes(tokens, index)
    if not minutes or role(tokens, here - 1, Role.MINUTE) is None:
        return None
    hour = follows(tokens, here, Role.DAY_ORDINAL)
    if hour is None or not 1 <= hour <= 12 or not ends_hour(tokens, here + 1):
        return None
    return _settle(tokens, index, here + 1, hour - 1 or 12, minutes)


def _before_hour(tokens: Tokens, index: int) -> Found | None:
    """Read «без пятнадцати шесть», «без четверти шесть»."""
    if role(tokens, index, Role.WITHOUT) is None:
        return None
    minutes, here = _minutes(tokens, index + 1)
    hour = small(tokens, here) if minutes else None
    if hour is None or not 1 <= hour.value <= 12 or hour.value.denominator > 1:
        return None
    return _settle(tokens, index, hour.end, int(hour.value) - 1 or 12, 60 - minutes)


def _minutes(tokens: Tokens, index: int) -> tuple[int, int]:
    """Read 1..59 minutes or a quarter; return 0 where there are none."""
    if (quarter := role(tokens, index, Role.QUARTER)) is not None:
        return quarter, index + 1
    read = small(tokens, index)
    if read is None or not 1 <= read.value < 60 or read.value.denominator > 1:
        return 0, index
    return int(read.value), read.end + 1 if follows(tokens, read.end, Role.MINUTE) is not None else read.end


def _past_hour(tokens: Tokens, index: int) -> Found | None:
    """Read "half past six", "quarter to six", "ten past six"."""
    half = (role(tokens, index, Role.PAST) or 0) == 30
    minutes, here = (30, index + 1) if half else _minutes(tokens, index)
    if not minutes:
        return None
    past, to = follows(tokens, here, Role.PAST), follows(tokens, here, Role.TO)
    if not half and past is None and (to is None or minutes % 5):
        return None
    hour = small(tokens, here if half else here + 1)
    if hour is None or not 1 <= hour.value <= 12 or hour.value.denominator > 1 or not ends_hour(tokens, hour.end):
        return None
    if half or past is not None:
        return _settle(tokens, index, hour.end, int(hour.value), minutes)
    return _settle(tokens, index, hour.end, int(hour.value) - 1 or 12, 60 - minutes)


def _one(tokens: Tokens, index: int) -> Found | None:
    """Read «в час», «час дня»."""
    if role(tokens, index, Role.OCLOCK) != 1:
        return None
    part = follows(tokens, index + 1, Role.DAYPART)
    if part is None and role(tokens, index - 1, Role.AT) != 1:
        return None
    minutes, end = _minutes(tokens, index + 1) if part is None else (0, index + 1)
    if minutes and not ends_hour(tokens, end):
        return None
    return _settle(tokens, index, end, 1, minutes)


def _hour(tokens: Tokens, index: int) -> Found | None:
    """Read «в шесть тридцать вечера», "at six", «сағат алтыда», «он сегіз сағат отыз минут»."""
    read = _hour_number(tokens, index)
    if read is None:
        return None
    hour, here = _later_of_two(tokens, index, int(read.value), read.end)
    if follows(tokens, here, Role.HOUR_WORD) is not None:
        minute, end = _minutes(tokens, here + 1)
        return _settle(tokens, index, end, hour, minute) if role(tokens, end - 1, Role.MINUTE) is not None else None
    inflected = tokens[here - 1].get(Role.FINAL) == 1
    hours = follows(tokens, here, Role.OCLOCK)
    here += hours is not None
    minute = 0
    if (half := follows(tokens, here, Role.HALF_MORE)) is not None:
        minute, here = 30, here + 1
    elif not inflected and here < len(tokens) and tokens[here].close:
        minute, here = _clock_minutes(tokens, here)
    at_hour = hours is not None or role(tokens, index - 1, Role.AT) in (1, 2)
    if _stands_alone(tokens, index, here, 0 if half else minute):
        return _settle(tokens, index, here, hour, minute)
    if follows(tokens, here, Role.DAYPART) is not None and (at_hour or follows(tokens, here, Role.PERIOD) is None):
        return _settle(tokens, index, here, hour, minute)  # «два дня» alone counts days
    if follows(tokens, here, Role.OCLOCK) is not None:
        return _settle(tokens, index, here, hour, minute)
    if hours is not None and (minute or hours == 2 or _no_duration(tokens, index, hour)):
        return _settle(tokens, index, here, hour, minute)
    before = at(tokens, index - 1)
    if before is None or not (inflected or ends_hour(tokens, here)):
        return None
    pronoun = hour == 1 and hours is None and not tokens[index].has(Role.ENGLISH)  # «в один из дней»
    if before.has(Role.HOUR_WORD) or (before.get(Role.AT) == 1 and not pronoun):
        return _settle(tokens, index, here, hour, minute)
    if (hours is not None and before.has(Role.AT)) or (inflected and before.has(Role.DAYPART)):
        return _settle(tokens, index, here, hour, minute)
    if hours is not None and here == len(tokens) and (before.has(Role.WEEKDAY) or before.has(Role.REL_DAY)):
        return _settle(tokens, index, here, hour, minute)  # the «в» is often swallowed
    return None


def _later_of_two(tokens: Tokens, index: int, hour: int, end: int) -> tuple[int, int]:
    """Return the later hour of «в два-три часа», "two or three in the afternoon", else the one given."""
    here = over(tokens, end, Role.OR)
    more = small(tokens, here) if follows_close(tokens, end) else None
    minutes = here == end and tokens[index].has(Role.ENGLISH)  # "eleven twelve at night"
    if more is None or more.value != hour + 1 or tokens[here].number is not None or minutes:
        return hour, end
    timed = follows(tokens, more.end, Role.DAYPART) is not None or follows(tokens, more.end, Role.OCLOCK) is not None
    return (hour + 1, more.end) if timed else (hour, end)


def _stands_alone(tokens: Tokens, index: int, end: int, minute: int) -> bool:
    """Whether a number is a time by its form: «бесте», «алты жарымда», or "twelve thirty"."""
    if not ends_hour(tokens, end):
        return False
    if role(tokens, end - 1, Role.LOCATIVE) is not None:
        return True
    return minute in (30, 45) and tokens[index].has(Role.ENGLISH) and tokens[index].number is None


def _hour_number(tokens: Tokens, index: int) -> Cardinal | None:
    """Read a number that may be an hour and is no part of a larger one."""
    token = tokens[index]
    hour_before = (
        role(tokens, index - 1, Role.HOUR_WORD) is not None or role(tokens, index - 1, Role.DAYPART) is not None
    )
    if (only := token.get(Role.HOUR_ONLY)) is not None and hour_before:
        return Cardinal(Fraction(only), index + 1)
    read, whole = small(tokens, index), cardinal(tokens, index)
    if read is None or not 0 <= read.value <= 24 or read.value.denominator > 1:
        return None
    if role(tokens, read.end - 1, Role.TENS) and (follows(tokens, read.end, Role.ORDINAL) or 10) < 10:
        return None  # «в двадцать первом году»
    return read if whole is None or whole.multiplier == 1 else None


def _no_duration(tokens: Tokens, index: int, hour: int) -> bool:
    """Whether "so many hours" is a time of day: an answer by itself, or an hour of the 24-hour clock."""
    before = at(tokens, index - 1)
    if before is None:
        return True
    return (hour == 0 or hour > 12) and not (before.has(Role.AFTER) or before.has(Role.WITHIN))


def _clock_minutes(tokens: Tokens, index: int) -> tuple[int, int]:
    """Read the minutes that follow an hour: two digits, «тридцать», "oh five"; 0 where there are none."""
    here = index + 1 if tokens[index].has(Role.ZERO) and tokens[index].number is None else index
    read = small(tokens, here) if here < len(tokens) and tokens[here].close else None
    if read is None or read.value.denominator > 1 or not (1 if here > index else 10) <= read.value < 60:
        has_minutes = read is not None and follows(tokens, read.end, Role.MINUTE) is not None and 0 < read.value < 60
        if not has_minutes or read is None:
            return 0, index
    end = read.end + 1 if follows(tokens, read.end, Role.MINUTE) is not None else read.end
    if not ends_hour(tokens, end):
        return 0, index
    return int(read.value), end


def ends_hour(tokens: Tokens, index: int) -> bool:
    """Whether what follows a bare hour does not make it a count or a sum."""
    after = at(tokens, index)
    if after is None or not after.close:
        return True
    if not _NO_HOUR.isdisjoint(after.roles):
        return False
    counted = after.has(Role.COUNTED) or after.has(Role.PERIOD)
    return not counted or after.has(Role.OCLOCK) or after.has(Role.DAYPART)
