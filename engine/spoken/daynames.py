"""Days by their names and by distance, and periods: «завтра», "a week on Monday", «келесі айдың соңында»."""

from engine.spoken.days import FoundDay, LastWeekday, MonthDay, Offset, Payday, Period, WeekdayName, Weekend, distance
from engine.spoken.looking import at, follows, follows_close, over, role
from engine.spoken.numbers import Cardinal, small
from engine.spoken.roles import Role
from engine.spoken.scanning import Tokens

_WEEK, _FORTNIGHT, _MONTH, _YEAR = 7, 14, 30, 365
"""Lengths by which the lexicons name periods."""
_TWO = 2
_HUNDRED = 100
_WITHIN = 2
"""Of `Role.LATER`: «ішінде»."""
_NEAREST = 2
"""Of `Role.THIS`: «ближайшие»."""
_KAZAKH_ABLATIVE = ("тан", "тен", "дан", "ден", "нан", "нен")
_KAZAKH_LOCATIVE = ("нде", "тада")
"""Of «күнде», «аптада»: «апта» itself ends as a locative does."""


def which(tokens: Tokens, index: int) -> int | None:
    """Return 1 for "next", 0 for "this", -1 for "last"."""
    token = at(tokens, index)
    if token is None:
        return None
    return next((ahead for kind, ahead in ((Role.NEXT, 1), (Role.THIS, 0), (Role.LAST, -1)) if token.has(kind)), None)


def relative(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «завтра»."""
    offset = role(tokens, index, Role.REL_DAY)
    if offset is not None:
        return FoundDay(Offset(offset), index + 1)
    if (after := role(tokens, index, Role.PAYDAY)) is not None:
        return FoundDay(Payday(after=after == 1), index + 1)
    if (holiday := role(tokens, index, Role.HOLIDAY)) is not None:
        return FoundDay(MonthDay(holiday % _HUNDRED, holiday // _HUNDRED), index + 1)
    if role(tokens, index, Role.YEAR_END) is not None:
        return FoundDay(Period(_YEAR), index + 1)
    return None


def weekday(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «следующую пятницу», "Friday"."""
    if (last := _last_of_month(tokens, index)) is not None:
        return last
    ahead = which(tokens, index)
    here = index if ahead is None else index + 1
    weekday = role(tokens, here, Role.WEEKDAY)
    if weekday is None or (here > index and not tokens[here].close):
        return None
    if follows(tokens, here + 1, Role.AFTER_NEXT) is not None:
        return None  # nobody agrees which "the Friday after next" is
    if ahead is None and follows(tokens, here + 1, Role.WEEK_ON) == _WEEK:  # "Monday week"
        return FoundDay(WeekdayName(weekday, later=1), here + 2)
    return FoundDay(WeekdayName(weekday, ahead, or_coming=ahead == 1), here + 1)


def _last_of_month(tokens: Tokens, index: int) -> FoundDay | None:
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
    return FoundDay(LastWeekday(weekday), end)


def week_on(tokens: Tokens, index: int) -> FoundDay | None:
    """Read "a week on Monday", "a fortnight from Friday", "two weeks today"."""
    count, here = _how_many(tokens, index)
    length = role(tokens, here, Role.WEEK_ON)
    if length is None or here == index or not tokens[here].close:
        return None
    weeks = round(count * length / _WEEK)
    if (day := follows(tokens, here + 1, Role.REL_DAY)) is not None and day >= 0:
        return FoundDay(Offset(_WEEK * weeks + day), here + 2)
    joiner = at(tokens, here + 1)
    if joiner is None or not joiner.close or not (joiner.has(Role.BEFORE_DAY) or joiner.has(Role.AT)):
        return None
    weekday = follows(tokens, here + 2, Role.WEEKDAY)
    return None if weekday is None else FoundDay(WeekdayName(weekday, later=weeks), here + 3)


def stretch_ahead(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «через три дня», «дня через три», «екі аптадан кейін», "two weeks from now", «три дня назад»."""
    if role(tokens, index, Role.PERIOD) is not None and follows(tokens, index + 1, Role.AFTER) is not None:
        return _inverted_distance(tokens, index)
    if (coming := _coming_periods(tokens, index)) is not None:
        return coming
    within = role(tokens, index, Role.WITHIN) is not None
    before = within or role(tokens, index, Role.AFTER) is not None
    start = over(tokens, index + 1, Role.ABOUT) if before else index
    if before and role(tokens, start, Role.PERIOD) is not None and (found := _length_first(tokens, start)):
        return found
    count, here = _how_many(tokens, start)
    length = role(tokens, here, Role.PERIOD)
    if which(tokens, start) == 0 and here == start + 1 and length in (_WEEK, _MONTH, _YEAR):
        if within:
            return FoundDay(Period(length), here + 1)  # «в течение этой недели»: until its end
        if follows(tokens, here + 1, Role.LATER) == _WITHIN:
            return FoundDay(Period(length), here + 2)  # «осы айдың ішінде»
    if within and length == 1 and here == start:
        return FoundDay(distance(0, length, False), here + 1)  # «в течение дня»: of today
    if length is None or (here > index and not tokens[here].close):
        return None
    if before and count == 1 and follows(tokens, here + 1, Role.OR) is not None:
        more = small(tokens, here + 2) if follows_close(tokens, here + 2) else None  # "in a week or two"
        if more is not None and more.value == _TWO and follows(tokens, more.end, Role.PERIOD) is None:
            return FoundDay(distance(_TWO, length, True), more.end)
    if before and follows(tokens, here + 1, Role.HALF_MORE) is not None:
        return FoundDay(distance(count + 0.5, length, True), here + 2)  # "in a week and a half"
    behind = follows(tokens, here + 1, Role.LATER)
    if before or behind is not None:
        counted = before or here > start or behind == _WITHIN or tokens[here].text.endswith(_KAZAKH_ABLATIVE)
        explicit = not within and behind != _WITHIN
        return FoundDay(distance(count, length, explicit), here + (1 if behind is None else 2)) if counted else None
    counts = small(tokens, start) is not None
    if counts and length in (1, _WEEK) and tokens[here].text.endswith(_KAZAKH_LOCATIVE):
        return FoundDay(distance(count, length, False), here + 1)  # «үш күнде»
    if follows(tokens, here + 1, Role.AGO) is not None and (here > start or length > 1):
        return FoundDay(distance(-count, length, True), here + 2)
    if length == _FORTNIGHT and (here + 1 == len(tokens) or not tokens[here + 1].close):
        return FoundDay(distance(count, length, False), here + 1)  # "a fortnight", the whole answer
    return None


def _coming_periods(tokens: Tokens, index: int) -> FoundDay | None:
    """Read "the next two weeks", «ближайшие три дня», «келесі екі аптада»: within them."""
    token = tokens[index]
    if not (token.has(Role.NEXT) or token.get(Role.THIS) == _NEAREST) or not follows_close(tokens, index + 1):
        return None
    read = small(tokens, index + 1)
    length = follows(tokens, read.end, Role.PERIOD) if read is not None else None
    if read is None or length is None or read.value.denominator > 1:
        return None
    return FoundDay(distance(int(read.value), length, False), read.end + 1)


def _length_first(tokens: Tokens, index: int) -> FoundDay | None:
    """Read the rest of «через дней десять», «через неделю полторы»: so many periods at most."""
    length = role(tokens, index, Role.PERIOD)
    if length is None or not follows_close(tokens, index + 1):
        return None
    if role(tokens, index + 1, Role.SESQUI) is not None and length > 1:
        return FoundDay(distance(1.5, length, True), index + 2)
    read = small(tokens, index + 1) if role(tokens, index, Role.LOOSE_PERIOD) is not None else None
    if read is None or follows(tokens, read.end, Role.PERIOD) is not None or read.value.denominator > 1:
        return None
    last = _or_one_more(tokens, read)
    return FoundDay(distance(int(last.value), length, True), last.end)


def _inverted_distance(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «дня через три», about three days on."""
    read, length = small(tokens, index + 2), role(tokens, index, Role.PERIOD)
    if read is None or length is None or follows(tokens, read.end, Role.PERIOD) is not None:
        return None
    last = _or_one_more(tokens, read)
    return FoundDay(distance(float(last.value), length, True), last.end)


def _or_one_more(tokens: Tokens, read: Cardinal) -> Cardinal:
    """Return the later of two neighbours, «три четыре», or the number itself."""
    more = small(tokens, read.end) if follows_close(tokens, read.end) else None
    return more if more is not None and more.value == read.value + 1 else read


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


def period(tokens: Tokens, index: int) -> FoundDay | None:
    """Read «в конце следующего месяца», «до конца недели», "next week", "this weekend", «айдың соңында»."""
    edge = role(tokens, index, Role.EDGE)
    here = index if edge is None else over(tokens, index + 1, Role.OF, Role.BEFORE_DAY)
    ahead = which(tokens, here)
    here += ahead is not None
    if here > index and (here >= len(tokens) or not tokens[here].close):
        return None
    if role(tokens, here, Role.WEEKEND) is not None:
        before = role(tokens, index - 1, Role.BEFORE_SPAN) == 1 or follows(tokens, here + 1, Role.BEFORE_SPAN) == 2
        return FoundDay(Weekend(ahead or 0, before=before), here + 1)
    if ahead is None and (month := role(tokens, here, Role.MONTH)) is not None:
        return _part_of_month(tokens, here, month, edge)
    length = role(tokens, here, Role.PERIOD)
    if length not in (1, 7, 30, 365):
        return None
    if edge is None and (edge := follows(tokens, here + 1, Role.EDGE)) is not None:
        here += 1
    if length == _WEEK and edge is None and follows(tokens, here + 1, Role.AFTER_NEXT) is not None:
        return FoundDay(Period(_WEEK, 2), here + 2)
    if edge is None and (ahead is None or length == 1):
        return None
    if length == 1 and edge != 2:
        return None
    return FoundDay(Period(length, ahead or 0, 2 if edge is None else edge, explicit=length == 1), here + 1)


def _part_of_month(tokens: Tokens, index: int, month: int, edge: int | None) -> FoundDay | None:
    """Read «конце декабря», "early January", «желтоқсанның соңында»; a month by itself names no day."""
    end = index + 1
    if edge is None and (edge := follows(tokens, end, Role.EDGE)) is not None:
        end += 1
    return None if edge is None else FoundDay(Period(_MONTH, edge=edge, month=month), end)
