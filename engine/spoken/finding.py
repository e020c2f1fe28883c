"""Sums, shares, dates, times and digits in what a recogniser heard.

One pass from left to right reads each stretch of words as one thing only, times first, then dates, shares and sums: so
a date is never a sum as well. Kazakh and Russian are read together, since callers mix them within a sentence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import dates, english, kazakh, russian, sums, times
from engine.spoken.days import Day, WeekdayName
from engine.spoken.mishearings import without_misheard_tenge
from engine.spoken.numbers import cardinal
from engine.spoken.readings import AmountReading, DateReading, ShareReading, TimeReading
from engine.spoken.roles import Role
from engine.spoken.scanning import Lexicon, Tokens, tokenise

_CURRENCIES = {1: Currency.TENGE, 2: Currency.ROUBLE}
_DIGIT_RUN = 3
"""So many bare numbers in a row are dictated digits, not sums."""


_What = Day | times.Found | sums.Share | sums.Sum | None


@dataclass(frozen=True, slots=True)
class _Find:
    """A thing that was said.

    Args:
        what: None for a number that is neither sum nor anything else.
        start: offset into the text.
        end: offset behind it.
        adjoins: nothing of meaning stands between the find before and this one.
        negated: it was taken back.
    """

    what: _What
    start: int
    end: int
    adjoins: bool = False
    negated: bool = False


@cache
def _lexicon(language: Language) -> Lexicon:
    """Return the words of a language, with those of the other language of the country behind them."""
    if language is Language.ENGLISH:
        return english.lexicon()
    first, second = russian.lexicon(), kazakh.lexicon()
    if language is Language.KAZAKH:
        first, second = second, first
    first.take(second)
    return first


def find_amounts(text: str, language: Language, currency: Currency) -> tuple[AmountReading, ...]:
    """Return the sums in an utterance, in the order they were said.

    Args:
        text: a recogniser's words, spelled out or in digits.
        language: of the recogniser; Russian and Kazakh understand each other's words.
        currency: the account's, for sums without one. Where roubles or tenge were named, they stand in the reading;
            dollars are taken for the account's currency, since recognisers write "$" for what they do not know.
    """
    found = []
    for find in _scan(text, language):
        if isinstance(find.what, sums.Sum):
            money = Money(round(find.what.value * 100), _CURRENCIES.get(find.what.currency, currency))
            found.append(AmountReading(money, find.start, find.end, find.what.explicit, find.negated))
    return tuple(found)


def find_shares(text: str, language: Language) -> tuple[ShareReading, ...]:
    """Return the parts of the debt that an utterance names, «половину», "all of it", in order."""
    return tuple(
        ShareReading(find.what.numerator, find.what.denominator, find.start, find.end, find.negated)
        for find in _scan(text, language)
        if isinstance(find.what, sums.Share)
    )


def find_dates(text: str, language: Language, today: date) -> tuple[DateReading, ...]:
    """Return the days in an utterance, in order; ambiguous ones as several readings over one span, likeliest first.

    Args:
        text: a recogniser's words.
        language: as for `find_amounts`.
        today: the day of the call where the caller is.
    """
    named: list[tuple[_Find, bool, tuple[date, ...]]] = []
    before: _Find | None = None
    for find in _scan(text, language):
        if isinstance(find.what, Day):
            twice = _named_twice(before, find, today) if find.adjoins and before is not None else ()
            if twice:
                named[-1] = (*named[-1][:2], twice)
            else:
                named.append((find, find.what.explicit, find.what.days(today)))
        before = find
    return tuple(
        DateReading(day, find.start, find.end, explicit, find.negated) for find, explicit, days in named for day in days
    )


def _named_twice(first: _Find, second: _Find, today: date) -> tuple[date, ...]:
    """Return the days that a weekday and another name next to it agree on, «завтра, в четверг»; none if they do not."""
    for name, other in ((first.what, second.what), (second.what, first.what)):
        if isinstance(name, WeekdayName) and isinstance(other, Day) and not isinstance(other, WeekdayName):
            return tuple(day for day in other.days(today) if day.weekday() == name.weekday)
    return ()


def find_times(text: str, language: Language) -> tuple[TimeReading, ...]:
    """Return the times of day in an utterance, in order; «в шесть» gives both, likeliest first."""
    return tuple(
        TimeReading(moment, find.start, find.end, find.negated)
        for find in _scan(text, language)
        if isinstance(find.what, times.Found)
        for moment in find.what.times
    )


@lru_cache(maxsize=8)
def _scan(text: str, language: Language) -> tuple[_Find, ...]:
    """Read an utterance once for all finders; the next turns push it out of the cache."""
    tokens = without_misheard_tenge(tokenise(text, _lexicon(language)))
    finds: list[_Find] = []
    index = last = 0
    while index < len(tokens):
        found, end = _read(tokens, index)
        for what, first, behind in found:
            adjoins = bool(finds) and all(dates.introduces(token) for token in tokens[last:first])
            negated = _negated(tokens, first, behind)
            finds.append(_Find(what, tokens[first].start, tokens[behind - 1].end, adjoins, negated))
            last = behind
        index = end
    return tuple(_without_digit_runs(finds))


def _read(tokens: Tokens, index: int) -> tuple[list[tuple[_What, int, int]], int]:
    """Read the words from a token on as one thing; return it with its tokens, and the index to go on from."""
    if moment := times.match(tokens, index):
        return [(moment, index, moment.end)], moment.end
    if day := dates.match(tokens, index):
        return [(day.day, index, day.end)], day.end
    if share := sums.share(tokens, index):
        return [(share, index, share.end)], share.end
    if amounts := sums.match(tokens, index):
        found, end = amounts
        return [(one, one.start, one.end) for one in found] or [(None, index, end)], end
    return [], index + 1


def _negated(tokens: Tokens, first: int, behind: int) -> bool:
    """Whether «не», "not" stands right before, or «емес» right behind."""
    before = first - 1
    while (
        before >= 0
        and not tokens[before].has(Role.NOT)
        and (tokens[before].has(Role.BEFORE_DAY) or tokens[before].has(Role.AT))
    ):
        if not tokens[before + 1].close:
            break
        before -= 1
    if before >= 0 and tokens[before].has(Role.NOT) and tokens[before + 1].close:
        return True
    return behind < len(tokens) and tokens[behind].close and tokens[behind].has(Role.NOT_BEFORE)


def _without_digit_runs(finds: list[_Find]) -> Iterator[_Find]:
    """Drop bare numbers that follow each other, as dictated digits do."""
    run: list[_Find] = []
    for find in [*finds, _Find(None, 0, 0)]:
        bare = find.what is None or (isinstance(find.what, sums.Sum) and not find.what.explicit)
        if not (bare and find.adjoins):
            yield from (one for one in run if one.what is not None and len(run) < _DIGIT_RUN)
            run = []
        if bare:
            run.append(find)
        else:
            yield find


def find_digits(text: str, language: Language) -> str:
    """Return the longest string of digits that was spoken, one by one or in groups; empty where there is none.

    «семьсот один двести тридцать» is "701230", "double five" is "55".
    """
    tokens = tokenise(text, _lexicon(language))
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
