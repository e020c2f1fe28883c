"""Sums and days joined to payments: which sum goes with which day, in what either side said."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from analytics.promises.contexts import Kind, Value

_RANGE_GAP: Final = 2
_MANY: Final = 2
_WIDEST_RANGE: Final = 2.5
_DAYS_APART: Final = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Offer:
    """One payment as it was named: a sum, a day, or both."""

    amount: Value | None
    day: Value | None

    @property
    def whole(self) -> bool:
        """Whether both were said."""
        return self.amount is not None and self.day is not None

    @property
    def values(self) -> tuple[Value, ...]:
        """What was said of it, in order."""
        said = [one for one in (self.amount, self.day) if one is not None]
        return tuple(sorted(said, key=lambda one: one.start))

    def repeated_by(self, others: Sequence["Offer"]) -> bool:
        """Whether one of other payments has the sum and the day of this, as far as it has them."""
        return any(self._is_part_of(one) for one in others)

    def _is_part_of(self, other: "Offer") -> bool:
        sums = (
            self.amount is None
            or self.amount.kind is not Kind.AMOUNT
            or (other.amount is not None and bool(set(self.amount.minor) & set(other.amount.minor)))
        )
        days = self.day is None or (other.day is not None and bool(set(self.day.days) & set(other.day.days)))
        return sums and days


def offers(
    values: Sequence[Value],
    today: date,
    each: bool = False,
    second: Sequence[int] = (),
    evenly: bool = False,
    count: int = 1,
    parts: bool = False,
) -> tuple[Offer, ...]:
    """Return the payments that some values of one line name, in order.

    Sums and days that alternate are payments each; of several days with one sum, or several sums with one day, the last
    said counts.

    Args:
        values: of one line.
        today: the day of the contact.
        each: whether a single sum is that of every day named.
        second: words that open another payment: «вторые двадцать пятого».
        evenly: whether a single sum is that of all days together: «сорок пополам».
        count: how many payments the line says there are; 1 where it does not.
        parts: whether they are said to be equal parts of what is asked for.
    """
    values = [one for index, one in enumerate(values) if not _rest_of_known(values, index)]
    joined = _without_echoes(_days_joined(_ranges_joined([one for one in values if not one.taken_back]), second), today)
    joined = _without_totals(joined, each)
    amounts = [one for one in joined if one.kind is not Kind.DAY]
    days = [one for one in joined if one.kind is Kind.DAY]
    if len(amounts) > 1:
        sums = [one for one in amounts if one.kind is not Kind.SHARE or one.share < 1]
        amounts = sums or amounts[-1:]
    if (
        len(amounts) > 1
        and len(days) != len(amounts)
        and not any(one.kind is Kind.REST for one in amounts)
        and len(days) < 2
    ):
        amounts = amounts[-1:]
    if (
        len(amounts) == len(days) + 1
        and len(days) > 1
        and amounts[0].start < days[0].start
        and amounts[1].start < days[0].start
    ):
        amounts = amounts[1:]  # the debt, before its parts
    if not amounts and parts and 1 < len(days) == count:  # «үшке бөліңіз: бесінде, онында, жиырмасында»
        return tuple(Offer(Value(Kind.SHARE, day.start, day.end, share=1 / count), day) for day in days)
    if len(amounts) == 1 and len(days) > 1 and (each or len(days) > _MANY or len(days) == count):
        return tuple(Offer(amounts[0], day) for day in days)
    if len(amounts) == 1 and len(days) > 1 and evenly and amounts[0].kind is Kind.AMOUNT:
        part = replace(amounts[0], minor=tuple(one // len(days) for one in amounts[0].minor))
        return tuple(Offer(part, day) for day in days)
    if not amounts and len(days) == _MANY and any(days[0].end <= one < days[1].start for one in second):
        return tuple(Offer(None, day) for day in days)
    if len(amounts) == 1 and len(days) == _MANY and any(days[0].end <= one < days[1].start for one in second):
        opener = next(one for one in second if days[0].end <= one < days[1].start)
        rest = Value(Kind.REST, opener, opener + 1)
        return (Offer(amounts[0], days[0]), Offer(rest, days[1]))
    if len(amounts) <= 1:
        day = days[-1] if days else None
        if amounts and len(days) > 1:
            day = min(days, key=lambda one: (_gap(one, amounts[0]), -one.start))
        return (Offer(amounts[0] if amounts else None, day),) if amounts or day else ()
    if len(amounts) == len(days):
        return tuple(Offer(amount, day) for amount, day in zip(amounts, days, strict=True))
    pairs: list[Offer] = []
    kept = sorted((*amounts, *days), key=lambda one: one.start)
    amount_first = kept[0].kind is not Kind.DAY
    for value in kept:
        is_day = value.kind is Kind.DAY
        opens = not pairs or (amount_first and not is_day) or (not amount_first and is_day)
        last = pairs[-1] if pairs else None
        if not opens and last is not None and is_day and last.day is None:
            pairs[-1] = replace(last, day=value)
        elif not opens and last is not None and not is_day and last.amount is None:
            pairs[-1] = replace(last, amount=value)
        elif opens:
            pairs.append(Offer(None, value) if is_day else Offer(value, None))
        else:
            pairs[-1] = replace(pairs[-1], day=value) if is_day else replace(pairs[-1], amount=value)
    return tuple(pairs)


def _without_totals(values: Sequence[Value], each: bool) -> list[Value]:
    """Leave out sums that only announce, or sum up, the payments beside them: «сорок: двадцать завтра …»."""
    sums = [one for one in values if one.kind is Kind.AMOUNT]
    days = sum(one.kind is Kind.DAY for one in values)
    if len(sums) <= days and not each:
        return list(values)
    totals = [
        one
        for place, one in enumerate(sums)
        if any(_add_up(sums[place + 1 : end], one) for end in range(place + 1 + _MANY, len(sums) + 1))
        or any(_add_up(sums[begin:place], one) for begin in range(place - _MANY + 1))
    ] or [one for one in sums if days > 1 and any(one.minor[0] == days * other.minor[0] for other in sums)]
    return [one for one in values if one not in totals]


def _add_up(parts: Sequence[Value], total: Value) -> bool:
    return sum(one.minor[0] for one in parts) == total.minor[0]


def _rest_of_known(values: Sequence[Value], index: int) -> bool:
    """Whether «остальные» only introduces the sum behind it."""
    if values[index].kind is not Kind.REST or index + 1 == len(values):
        return False
    follower = values[index + 1]
    return follower.kind in (Kind.AMOUNT, Kind.SHARE) and follower.start - values[index].end < _RANGE_GAP


def _gap(one: Value, other: Value) -> int:
    return max(one.start - other.end, other.start - one.end)


def _ranges_joined(values: Sequence[Value]) -> list[Value]:
    """Join «пять-шесть тысяч», «от двадцати до двадцати пяти» to the lower bound."""
    joined: list[Value] = []
    for value in values:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.kind is value.kind is Kind.AMOUNT
            and value.start - last.end < _RANGE_GAP
            and not value.opens
        ):
            for low in last.minor:
                high = next((one for one in value.minor if low < one <= low * _WIDEST_RANGE), None)
                if high is not None:
                    joined[-1] = replace(last, end=value.end, minor=(low,), upper=high)
                    break
            else:
                joined.append(value)
            continue
        joined.append(value)
    return joined


def _days_joined(values: Sequence[Value], second: Sequence[int]) -> list[Value]:
    """Join «пятого-шестого», «завтра-послезавтра» to the later day."""
    joined: list[Value] = []
    for value in values:
        last = joined[-1] if joined else None
        if last is not None and last.kind is value.kind is Kind.DAY and _is_one(last, value, second):
            joined[-1] = replace(value, start=last.start)
        else:
            joined.append(value)
    return joined


def _is_one(last: Value, value: Value, second: Sequence[int]) -> bool:
    """Whether two days in a row are one: a span of neighbours, or a stretch and a day in it."""
    close = value.start - last.end < _RANGE_GAP and not any(last.end <= one < value.start for one in second)
    return _narrows(value, last) or (close and timedelta(0) <= value.days[0] - last.days[0] <= _DAYS_APART)


def _narrows(value: Value, stretch: Value) -> bool:
    """Whether a day lies in the month whose last day was named right before it: «в декабре, числа десятого»."""
    last, day = stretch.days[0], value.days[0]
    ends_month = last.day == monthrange(last.year, last.month)[1]
    return ends_month and (day.year, day.month) == (last.year, last.month) and value.start - stretch.end <= _RANGE_GAP


def _tells_the_date(value: Value, values: Sequence[Value], today: date) -> bool:
    """Whether words only say which day it is, «сегодня двадцать первое», beside another day."""
    others = any(one.kind is Kind.DAY and one is not value and one.days[0] > today for one in values)
    return others and value.days[0] == today and value.end - value.start > 1


def _without_echoes(values: Sequence[Value], today: date) -> list[Value]:
    """Leave out days gone by and what only repeats a day or a sum that was just said."""
    kept: list[Value] = []
    for place, value in enumerate(values):
        if value.kind is Kind.DAY:
            if _tells_the_date(value, values, today):
                continue
            if value.now and any(one.kind is Kind.DAY and not one.now and today in one.days for one in values):
                continue
            ahead = tuple(day for day in value.days if day >= today)
            if not ahead:
                continue
            value = replace(value, days=ahead)
            same = [one for one in kept if one.kind is Kind.DAY and one.days[0] == value.days[0]]
            if same and kept[-1] is same[-1]:
                continue
        elif _repeats_last(value, kept) and not _has_own_days(values, place):
            continue
        kept.append(value)
    return kept


def _repeats_last(value: Value, kept: Sequence[Value]) -> bool:
    return value.kind is Kind.AMOUNT and bool(kept) and kept[-1].kind is Kind.AMOUNT and kept[-1].minor == value.minor


def _has_own_days(values: Sequence[Value], place: int) -> bool:
    """Whether a sum that was just said goes with days of its own: «до пятницы десять, и десять в понедельник»."""
    before = any(one.kind is Kind.DAY for one in values[: place - 1])
    return before and place + 1 < len(values) and values[place + 1].kind is Kind.DAY
