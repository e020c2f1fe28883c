"""English: numbers, money, dates and times in words, and the lexicon by which they are found again."""

from datetime import date, time
from pathlib import Path

from engine.accounts import Currency, Money
from engine.spoken.scanning import Lexicon, listed

_SMALL = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = listed("twenty thirty forty fifty sixty seventy eighty ninety")
_PLACES = {10**9: "billion", 10**6: "million", 1000: "thousand"}
_IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
              "twelve": "twelfth"}  # fmt: skip
MONTHS = listed("January February March April May June July August September October November December")
_SLIPS = (
    ("fifth", "fith"), ("fifteen", "fiveteen"), ("teen", " teen"), ("thirt", "thert"), ("day", " day"),
    ("wednesday", "wensday"), ("tuesday", "tueday"), ("tomorrow", "to morrow"), ("tomorrow", "tommorow"),
    ("december", "desember"), ("february", "febuary"), ("twelfth", "twelth"), ("eighth", "eigth"),
)  # fmt: skip
"""Spellings of recognisers."""
_ALSO_WORDS = ("March", "May")
_COUNTED_BY_ORDINALS = listed(
    "one time party person call option thing floor loan reminder name bank job place language question month part week "
    "day"
)
_OFTEN_COUNTED = ("time", "call", "month", "floor", "week", "loan")
WEEKDAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")


def _below_hundred(n: int) -> str:
    if n < 20:
        return _SMALL[n]
    return _TENS[n // 10 - 2] + (f"-{_SMALL[n % 10]}" if n % 10 else "")


def number(n: int) -> str:
    """Put a whole number into words, the British way: "one hundred and five"."""
    if n < 100:
        return _below_hundred(n)
    words = []
    for place, name in _PLACES.items():
        count, n = divmod(n, place)
        if count:
            words.append(f"{number(count)} {name}")
    hundreds, n = divmod(n, 100)
    if hundreds:
        words.append(f"{_SMALL[hundreds]} hundred")
    if n:
        words += ["and", _below_hundred(n)]
    return " ".join(words)


def ordinal(n: int) -> str:
    """Put an ordinal up to 99 into words."""
    head, dash, last = _below_hundred(n).rpartition("-")
    last = _IRREGULAR.get(last) or (last[:-1] + "ieth" if last.endswith("y") else last + "th")
    return head + dash + last


def _counted(n: int, one: str, many: str) -> str:
    return f"{number(n)} {one if n == 1 else many}"


def money(amount: Money) -> str:
    """Put a sum into words; minor units only where there are any."""
    major, minor = divmod(amount.minor, 100)
    words = []
    if major or not minor:
        words.append(
            _counted(major, "rouble", "roubles") if amount.currency is Currency.ROUBLE else f"{number(major)} tenge"
        )
    if minor:
        words.append(
            _counted(minor, "kopeck", "kopecks") if amount.currency is Currency.ROUBLE else f"{number(minor)} tiyn"
        )
    return " and ".join(words)


def _year(year: int) -> str:
    if 2000 <= year < 2010:
        return number(year)
    head, rest = divmod(year, 100)
    if not rest:
        return f"{_below_hundred(head)} hundred"
    return f"{_below_hundred(head)} {'oh ' if rest < 10 else ''}{_below_hundred(rest)}"


def day(day: date, with_weekday: bool, with_year: bool) -> str:
    """Put a date into words: "Monday, the seventh of December twenty twenty-six"."""
    words = f"the {ordinal(day.day)} of {MONTHS[day.month - 1]}"
    if with_year:
        words += f" {_year(day.year)}"
    return f"{WEEKDAYS[day.weekday()]}, {words}" if with_weekday else words


def weekday(weekday: int) -> str:
    """Name a day of the week, 0 is Monday."""
    return WEEKDAYS[weekday]


def clock(t: time) -> str:
    """Put a time of day into words by the 12-hour clock: "six thirty in the evening"."""
    if t.minute == 0 and t.hour in (0, 12):
        return "noon" if t.hour else "midnight"
    part = "at night" if t.hour < 5 or t.hour >= 22 else "in the morning" if t.hour < 12 else "in the afternoon"
    if 17 <= t.hour < 22:
        part = "in the evening"
    hour = _SMALL[t.hour % 12 or 12]
    minutes = f" {'oh ' if t.minute < 10 else ''}{_below_hundred(t.minute)}" if t.minute else ""
    return f"{hour}{minutes} {part}" if minutes else f"{hour} o'clock {part}"


def days(n: int) -> str:
    """Count days: "three days"."""
    return _counted(n, "day", "days")


def lexicon() -> Lexicon:
    """Return the words of English."""
    words = Lexicon()
    words.add(_SMALL[:1], zero=0)
    for value, word in enumerate(_SMALL[1:], 1):
        words.add([word], **{"unit" if value < 10 else "teen": value}, english=1)
    for value, word in enumerate(_TENS, 2):
        words.add([word], tens=10 * value, english=1)
    for place, name in _PLACES.items():
        words.add([name, f"{name}s"], multiplier=place, english=1)
    for value in [*range(1, 21), 30]:
        words.add([ordinal(value)], ordinal=value, english=1)
        if value > 2:
            words.add([ordinal(value) + "s"], fraction=value)
        # "the second one" is no date
        words.add([f"{ordinal(value)} {noun}" for noun in _COUNTED_BY_ORDINALS if value < 6 or noun in _OFTEN_COUNTED])
    words.add(["second"], counted=1)
    for value, month in enumerate(MONTHS, 1):
        words.add([month] if month in _ALSO_WORDS else [month, month[:3]], month=value, month_first=1)
    for value, name in enumerate(WEEKDAYS):
        words.add([name, f"{name}'s"], weekday=value)
    words.read(Path(__file__).with_suffix(".toml"))
    words.slip(_SLIPS)
    return words
