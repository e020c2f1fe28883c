"""English: numbers, money, dates and times in words, and the lexicon by which they are found again."""

from datetime import date, time

from engine.accounts import Currency, Money
from engine.spoken.scanning import Lexicon

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_PLACES = {10**9: "billion", 10**6: "million", 1000: "thousand"}
_IRREGULAR = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
              "twelve": "twelfth"}  # fmt: skip
MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


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


def _add_numbers(lexicon: Lexicon) -> None:
    lexicon.add("zero|oh|nought|nil", zero=0)
    for value, word in enumerate(_SMALL[1:], 1):
        lexicon.add(word, **{"unit" if value < 10 else "teen": value}, english=1)
    for value, word in enumerate(_TENS, 2):
        lexicon.add(word, tens=10 * value, english=1)
    lexicon.add("fourty", tens=40, english=1)
    lexicon.add("hundred|hundreds", hundred=100)
    for place, name in _PLACES.items():
        lexicon.add(f"{name}|{name}s", multiplier=place)
    lexicon.add("grand", multiplier=1000)
    lexicon.add("k", glued_multiplier=1000)
    lexicon.add("m|mil|mln", glued_multiplier=10**6)
    lexicon.add("a|an", article=1)
    lexicon.add("and", **{"and": 1})
    lexicon.add("or|to", **{"or": 1})
    lexicon.add("and a half|and half", half_more=1)
    lexicon.add("half|half a", half_of=1)
    lexicon.add("one and a half", sesqui=0)
    lexicon.add("a couple|a couple of|couple of|couple", pair=2)
    lexicon.add("double", digit_prefix=2)
    lexicon.add("triple", digit_prefix=3)


def _add_money(lexicon: Lexicon) -> None:
    lexicon.add(
        "tenge|tinge|tenges|tenga|tengue|tengi|tangi|tingay|tengay|tengeh|kzt|tangay|ten gay|tenghe", currency=1
    )
    lexicon.add("kzt|₸", currency=1, currency_first=1)
    lexicon.add("rouble|roubles|ruble|rubles|₽|rub", currency=2)
    lexicon.add("₽", currency_first=1)
    lexicon.add("$|€|£|dollar|dollars|bucks", currency=0)
    lexicon.add("$|€|£", currency_first=1)
    lexicon.add("tiyn|tiyns|tiin|tein", minor=1)
    lexicon.add("kopeck|kopecks|kopek|kopeks|copecks", minor=2)
    lexicon.add("cents|cent", minor=0)
    lexicon.add("%|percent|per cent", percent=1)
    lexicon.add(
        "time|times|second|seconds|minute|minutes|hour|hours|day|days|week|weeks|month|months|year|years|kid|kids|child|"
        "children|people|person|calls|call|loan|loans|thing|things|moment|more|of|job|jobs|bank|banks|payments|payment|"
        "instalments|installments|parts|question|at|lines|cards", counted=1)  # fmt: skip
    lexicon.add("half|half of it|half of the debt|half of the amount|half the amount|half of that|one half", share=102)
    lexicon.add("a third|one third|a third of it", share=103)
    lexicon.add("two thirds", share=203)
    lexicon.add("a quarter|one quarter|quarter|a fourth|one fourth", share=104)
    lexicon.add("three quarters", share=304)
    lexicon.add("a fifth of it|one fifth", share=105)
    lexicon.add("all|all of it|everything|in full|the whole amount|the full amount|the whole thing|the whole sum|the entire amount|"
                "the whole debt|the full sum|full amount|whole amount|the total|the entire debt|whole thing|it all|the lot", share=101)  # fmt: skip
    lexicon.add("all right|at all|that's all|that is all|all the time|all day|all good|after all|all about|all of you|all my life|"
                "all set|all of a sudden|all the best|not at all|all week|all month|first of all|everything is|everything's|"
                "all i|all you|all these|all those|you all|all alone|all know|is everything|all that|with everything|all clear|all okay|"
                "all ok|all over|all done|in all|half an hour|half hour|half day|half an|half a year|half a day|second half|"
                "first half|half past|is that all|everything else|everything okay|all this|total|all are|all was|half asleep|"
                "for everything|after everything")  # fmt: skip
    lexicon.add("half past", past=30)


def _add_days(lexicon: Lexicon) -> None:
    for value in [*range(1, 20), *range(20, 100, 10)]:
        lexicon.add(ordinal(value), ordinal=value)
        if value > 2:
            lexicon.add(ordinal(value) + "s", fraction=value)
    lexicon.add("second", ordinal=2, counted=1)
    for value, month in enumerate(MONTHS, 1):
        lexicon.add(month, month=value, month_first=1)
        if month not in ("May", "March", "June", "July", "December"):
            lexicon.add(month[:3], month=value, month_first=1)
    lexicon.add("dec|jul|jun|sept", month_first=1)
    for abbreviation, value in (("dec", 12), ("jul", 7), ("jun", 6), ("sept", 9)):
        lexicon.add(abbreviation, month=value)
    for value, weekday in enumerate(WEEKDAYS):
        lexicon.add(f"{weekday}|{weekday}'s", weekday=value)
    lexicon.add("weekend|weekends", weekend=1)
    for words, offset in (
        ("today|tonight|today's", 0), ("tomorrow|tomorrow's", 1), ("day after tomorrow|the day after tomorrow|after tomorrow", 2),
        ("yesterday", -1), ("day before yesterday|the day before yesterday", -2),
    ):  # fmt: skip
        lexicon.add(words, rel_day=offset)
    lexicon.add("day|days|day's|days'", period=1)
    lexicon.add("week|weeks|week's|weeks'", period=7)
    lexicon.add("fortnight", period=14)
    lexicon.add("month|months|month's", period=30)
    lexicon.add("year|years", period=365)
    lexicon.add("next|the next|following|the following|coming", next=1)
    lexicon.add("this|the coming|this coming|current|the current|the same", this=1)
    lexicon.add("in", after=1)
    lexicon.add("within|in less than|during", within=1)
    lexicon.add("from now|from today|later|after today|time", later=1)
    lexicon.add("beginning|start|the beginning|the start|early", edge=0)
    lexicon.add("middle|the middle|mid", edge=1)
    lexicon.add("end|the end|ends|the very end", edge=2)
    lexicon.add("of|of the|in the|of this", of=1)
    lexicon.add("of this", this=1)
    lexicon.add("the|on|on the|by|by the|before|before the|until|until the|till|till the|after|after the|around|around the|for the|"
                "about the|from the|to the|since|or|or the|and the|not on|not the|maybe|maybe the|yes|no|not|okay|ok|the date|"
                "not on the|not by the|not by|say|say the|make it|make it the|at the|but the|but on the", before_day=1)  # fmt: skip
    lexicon.add("not|not on|not the|not on the|not by|not by the|isn't|not in", **{"not": 1})
    lexicon.add("or|or the", **{"or": 1})
    lexicon.ordinal_suffixes |= {"st", "nd", "rd", "th"}
    # ordinals that count something else
    for value in range(1, 6):
        for noun in ("one", "time", "party", "person", "call", "option", "half", "thing", "floor", "loan", "reminder", "name", "bank",
                     "job", "wife", "place", "language", "question", "month", "part", "week", "day", "chance", "number"):  # fmt: skip
            lexicon.add(f"{ordinal(value)} {noun}", counted=1)
    lexicon.add("first of|at first|one second|a second|wait a second|just a second|give me a second|one moment|at one point|one time|"
                "no one|this one|that one|which one|the one|one of|one more|the other day|some day|may i|in may i|one day|for one|"
                "two of us|one minute|at two different|hold on|later on|go on|on it|on the phone|on my|over time|in time|on time|"
                "at the time|last time|this time|next time|any time|full time|what time|more time|some time|long time|my time")  # fmt: skip


def _add_times(lexicon: Lexicon) -> None:
    lexicon.add("at|by|after|around|till|until|before|at around|at about|not at", at=1)
    lexicon.add("about|from|for", at=0)
    lexicon.add("o'clock|oclock|o clock", oclock=0)
    lexicon.add("minutes", minute=1)
    lexicon.add("at night|in the night", daypart=0)
    lexicon.add("am|a m|in the morning|this morning|morning", daypart=1)
    lexicon.add("in the afternoon|this afternoon|afternoon", daypart=2)
    lexicon.add("pm|p m|in the evening|this evening|evening|tonight", daypart=3)
    lexicon.add("past", past=0)
    lexicon.add("to", to=1)
    lexicon.add("quarter|a quarter", quarter=15)
    lexicon.add("noon|midday", named_time=720)
    lexicon.add("midnight", named_time=0)


def lexicon() -> Lexicon:
    """Return the words of English."""
    words = Lexicon()
    _add_numbers(words)
    _add_money(words)
    _add_days(words)
    _add_times(words)
    return words
