"""Sums, shares, dates, times and digits in what a recogniser heard.

One pass from left to right reads each stretch of words as one thing only, times first, then dates, shares and sums: so a
date is never a sum as well. Kazakh and Russian are read together, since callers mix them within a sentence.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

from engine.accounts import Currency, Money
from engine.spoken import dates, english, kazakh, russian, sums, times
from engine.spoken.numbers import cardinal
from engine.spoken.readings import AmountReading, DateReading, ShareReading, TimeReading
from engine.spoken.scanning import Lexicon, Role, Tokens, tokenise
from engine.speech import Language

_CURRENCIES = {1: Currency.TENGE, 2: Currency.ROUBLE}
_DIGIT_RUN = 3
"""So many bare numbers in a row are dictated digits, not sums."""


@dataclass(frozen=True, slots=True)
class _Find:
    """A thing that was said: offsets into the text, and whether it was taken back."""

    what: dates.Day | times.Found | sums.Share | sums.Sum
    start: int
    end: int
    negated: bool


@cache
def _lexicon(language: Language) -> Lexicon:
    """Return the words of a language, with those of the other language of the country behind them."""
    if language is Language.ENGLISH:
        return english.lexicon()
    first, second = russian.lexicon(), kazakh.lexicon()
    if language is Language.KAZAKH:
        first, second = second, first
    first.take(second, foreign=1)
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
    found = []
    for find in _scan(text, language):
        if isinstance(find.what, dates.Day):
            explicit = find.what.explicit
            found += [DateReading(day, find.start, find.end, explicit, find.negated) for day in find.what.days(today)]
    return tuple(found)


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
    """Read an utterance once for all finders; the next turn pushes it out of the cache."""
    tokens = tokenise(text, _lexicon(language))
    return tuple(_without_digit_runs(list(_finds(tokens))))


def _finds(tokens: Tokens) -> Iterator[tuple[_Find, int, int]]:
    index = 0
    while index < len(tokens):
        found: list[tuple[dates.Day | times.Found | sums.Share | sums.Sum, int, int]] = []
        if moment := times.match(tokens, index):
            found, end = [(moment, index, moment.end)], moment.end
        elif day := dates.match(tokens, index):
            found, end = [(day.day, index, day.end)], day.end
        elif share := sums.share(tokens, index):
            found, end = [(share, index, share.end)], share.end
        elif amounts := sums.match(tokens, index):
            found, end = [(one, one.start, one.end) for one in amounts[0]], amounts[1]
        else:
            end = index + 1
        for what, first, behind in found:
            yield (
                _Find(what, tokens[first].start, tokens[behind - 1].end, _negated(tokens, first, behind)),
                first,
                behind,
            )
        index = end


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


def _without_digit_runs(finds: list[tuple[_Find, int, int]]) -> Iterator[_Find]:
    run: list[_Find] = []
    last = -1
    for find, first, behind in finds:
        bare = isinstance(find.what, sums.Sum) and not find.what.explicit
        if run and (not bare or first != last):
            yield from run if len(run) < _DIGIT_RUN else ()
            run = []
        if bare:
            run.append(find)
        else:
            yield find
        last = behind
    yield from run if len(run) < _DIGIT_RUN else ()


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
