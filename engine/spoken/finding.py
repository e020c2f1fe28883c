"""Sums, shares, dates, times, plain numbers and digits in what a recogniser heard."""

from datetime import date

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import shares, sums, times
from engine.spoken.days import Day, MonthDay, Offset, Payday, Period, WeekdayName, why
from engine.spoken.finds import Find
from engine.spoken.numbers import cardinal
from engine.spoken.readings import AmountReading, DateReading, Reason, ShareReading, TimeReading
from engine.spoken.roles import Role
from engine.spoken.scan import scan, words
from engine.spoken.scanning import Tokens

_CURRENCIES = {1: Currency.TENGE, 2: Currency.ROUBLE}


def find_amounts(text: str, language: Language, currency: Currency) -> tuple[AmountReading, ...]:
    """Return the sums in an utterance, in the order they were said.

    A bare number is given as it is and in thousands, since whoever owes them leaves the word out.

    Args:
        text: a recogniser's words, spelled out or in digits.
        language: of the recogniser; Russian and Kazakh understand each other's words.
        currency: the account's, for sums without one. Where roubles or tenge were named, they stand in the reading;
            dollars are taken for the account's currency, since recognisers write "$" for what they do not know.
    """
    found = []
    for find in scan(text, language):
        if isinstance(find.what, sums.Sum):
            said = find.what
            for value in (said.value, *said.others):
                money = Money(round(value * 100), _CURRENCIES.get(said.currency, currency))
                found.append(AmountReading(money, find.start, find.end, said.explicit, find.negated, said.reason))
    return tuple(found)


def find_shares(text: str, language: Language) -> tuple[ShareReading, ...]:
    """Return the parts of the debt that an utterance names, «половину», "all of it", in order."""
    return tuple(
        ShareReading(find.what.numerator, find.what.denominator, find.start, find.end, find.negated)
        for find in scan(text, language)
        if isinstance(find.what, shares.Share)
    )


def find_dates(text: str, language: Language, today: date, payday: int | None = None) -> tuple[DateReading, ...]:
    """Return the days in an utterance, in order; ambiguous ones as several readings over one span, likeliest first.

    Args:
        text: a recogniser's words.
        language: as for `find_amounts`.
        today: the day of the call where the caller is.
        payday: day of the month on which the debtor's income comes; without it «после зарплаты» is no day.
    """
    named: list[tuple[Find, tuple[date, ...], Reason | None]] = []
    before: Find | None = None
    for find in scan(text, language):
        if not isinstance(find.what, Day):
            before = find
            continue
        days = find.what.days(today, payday) if isinstance(find.what, Payday) else find.what.days(today)
        twice = _named_twice(before, find, today) if find.adjoins and before is not None else None
        if twice is not None and before is not None:
            if named and named[-1][0].behind == before.behind:  # else a payday, which nobody knows
                named.pop()
            named.append((_spanning(before, find), *twice))
        elif days:
            named.append((find, days, why(find.what) if len(days) > 1 else None))
        before = find
    return tuple(
        DateReading(day, find.start, find.end, isinstance(find.what, Day) and find.what.explicit, find.negated, reason)
        for find, days, reason in named
        for day in days
    )


def _spanning(first: Find, last: Find) -> Find:
    return Find(first.what, first.first, last.behind, first.start, last.end, first.adjoins, last.negated)


def _named_twice(first: Find, second: Find, today: date) -> tuple[tuple[date, ...], Reason | None] | None:
    """Return the days that two names next to each other agree on, «завтра, в четверг»; None where they are two days."""
    one, other = first.what, second.what
    if not (isinstance(one, Day) and isinstance(other, Day)) or first.negated:
        return None
    if type(one) is type(other):
        return (one.days(today), None) if isinstance(one, Offset) and one.days(today) == other.days(today) else None
    if isinstance(one, Period) or isinstance(other, Period):
        return None
    if isinstance(one, Payday) or isinstance(other, Payday):
        dated = other if isinstance(one, Payday) else one
        return (dated.days(today), None) if isinstance(dated, MonthDay) else None
    others = other.days(today)
    if agreed := tuple(day for day in one.days(today) if day in others):
        return agreed, None
    weekday = next((name for name in (one, other) if isinstance(name, WeekdayName)), None)
    dated_day = next((name for name in (one, other) if isinstance(name, MonthDay)), None)
    if weekday is None or dated_day is None:
        return None
    if said := tuple(day for day in dated_day.days(today) if day.weekday() == weekday.weekday):
        return said, None  # weeks ahead, where a weekday alone would not reach
    return (*dated_day.days(today)[:1], *weekday.days(today)[:1]), Reason.WEEKDAY_DISAGREES


def find_times(text: str, language: Language) -> tuple[TimeReading, ...]:
    """Return the times of day in an utterance, in order; «в шесть» gives both, likeliest first."""
    return tuple(
        TimeReading(
            moment,
            find.start,
            find.end,
            find.negated,
            Reason.MORNING_OR_EVENING if len(find.what.times) > 1 else None,
        )
        for find in scan(text, language)
        if isinstance(find.what, times.Found)
        for moment in find.what.times
    )


def find_digits(text: str, language: Language) -> str:
    """Return the longest string of digits that was spoken, one by one or in groups; empty where there is none.

    «семьсот один двести тридцать» is "701230", "double five" is "55".
    """
    tokens = words(text, language)
    best, run, index = "", "", 0
    while index < len(tokens):
        token = tokens[index]
        digits, end = _digits(tokens, index)
        if digits:
            run += digits
        elif not (run and (token.has(Role.AND) or token.has(Role.NOT_BEFORE))):
            run = ""
        best = max(best, run, key=len)
        index = end
    return best


def _digits(tokens: Tokens, index: int) -> tuple[str, int]:
    token = tokens[index]
    if token.number is not None or ":" in token.text:
        return "".join(char for char in token.text if char.isdigit()), index + 1
    if token.text == "раз":
        return "1", index + 1
    if (times_said := token.get(Role.DIGIT_PREFIX)) is not None and index + 1 < len(tokens):
        digits, end = _digits(tokens, index + 1)
        return (digits[:1] * times_said + digits[1:], end) if digits else ("", index + 1)
    if token.has(Role.ARTICLE) or token.has(Role.HALF_OF) or token.has(Role.PAIR) or token.has(Role.SESQUI):
        return "", index + 1
    read = cardinal(tokens, index)
    if read is None or read.value.denominator > 1:
        return "", index + 1
    return str(read.value), read.end
