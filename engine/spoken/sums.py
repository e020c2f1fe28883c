"""Sums of money in an utterance."""

from dataclasses import dataclass
from fractions import Fraction

from engine.spoken.looking import at, follows, follows_close, over, role
from engine.spoken.nouns import counts_noun
from engine.spoken.numbers import Cardinal, begins_day, cardinal, small
from engine.spoken.readings import Reason
from engine.spoken.roles import Role
from engine.spoken.scanning import Tokens
from engine.spoken.years import spoken_year, two_digit_ordinal

_LARGEST_BARE = 10**8
"""A longer bare number is an identity or telephone number."""
_MILLION = 10**6
_WIDEST_RANGE = 10
"""Two numbers that share a multiplier, «пять-десять тысяч», differ by no more than this factor."""

_OF_THEM, _OF_SUM = 2, 3
"""Of `Role.COUNTED`: «три из них», but not «сто тысяч, из них»; "twenty five of that", of the sum just named."""
_STREET, _CONTRACT = 2, 3
"""Of `Role.NUMBERED`: a name may stand between, «улица Абая сто»; a large number is one too, «договор номер тысяча»."""

_COUNTED_BEFORE = frozenset({Role.MINUTE, Role.AFTER, Role.LOOSE_PERIOD})
"""In front of a bare number: «минут пять», «минут через двадцать», «недели две»."""
_CENTURY, _MILLENNIUM = 19, 2000
_OF_PERIOD = ("дын", "нын", "нин")
"""Kazakh genitives, folded: what follows is a day of that month or week."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum in major units; currency as in `Role.CURRENCY`, 0 where none was said.

    ``others``: what it may be worth as well, and ``reason`` why.
    """

    value: Fraction
    currency: int
    explicit: bool
    start: int
    end: int
    others: tuple[Fraction, ...] = ()
    reason: Reason | None = None


def match(tokens: Tokens, index: int) -> tuple[tuple[Sum, ...], int] | None:
    """Read the words from a token on as a sum, or as two that share a multiplier; return them and the index behind.

    No sums but an index: a number that is none, to be stepped over.
    """
    token = tokens[index]
    if (lump := token.get(Role.LUMP)) is not None:
        here = _currency(tokens, index + 1)
        return (Sum(Fraction(lump), here[0], True, index, here[1]),), here[1]
    if token.has(Role.CURRENCY_FIRST) and index + 1 < len(tokens) and tokens[index + 1].close:
        read = cardinal(tokens, index + 1)
        if read is not None and not begins_day(tokens, index + 1) and _countable(tokens, read.end):
            return (Sum(read.value, token.get(Role.CURRENCY) or 0, True, index, read.end),), read.end
    first = cardinal(tokens, index)
    if first is None:
        return None
    if (behind := _behind_year_or_ordinal(tokens, index, first)) is not None:
        return (), behind
    if token.has(Role.LOOSE) and first.multiplier > 1 and (more := _more(tokens, index, first)) is not None:
        return more
    if first.multiplier == 1 and (shared := _shared(tokens, index, first)) is not None:
        return shared
    first = _with_thousand(tokens, index, first)
    return _finished(tokens, index, first)


def _behind_year_or_ordinal(tokens: Tokens, index: int, first: Cardinal) -> int | None:
    """Return the index behind a number that is a year, or an ordinal that names no day; None where it is neither."""
    if (year := spoken_year(tokens, index)) is not None and _is_year(tokens, first, year[1]):
        return year[1]
    ordinal = follows(tokens, first.end, Role.ORDINAL) is not None
    if ordinal and follows(tokens, first.end + 1, Role.YEAR_WORD) is not None:
        return first.end + 2  # «тысяча девятьсот восемьдесят пятого года»
    english = tokens[index].has(Role.ENGLISH)
    if first.value == _CENTURY and english and follows(tokens, first.end, Role.TENS) is not None:
        rest = small(tokens, first.end)  # "nineteen eighty five"
        if rest is not None and rest.value < 100 and _countable(tokens, rest.end) and not _scaled(tokens, rest.end):
            return rest.end
    tail = two_digit_ordinal(tokens, first.end) if first.value == _MILLENNIUM else None
    if tail is not None and not tokens[tail[1] - 1].has(Role.DAY_ORDINAL):
        return tail[1]  # «в две тысячи двадцать втором», but «две тысячи второго» is a sum and a day
    if (behind := _other_ordinal(tokens, index)) is not None:
        return behind
    tail = two_digit_ordinal(tokens, index)
    return tail[1] + 1 if tail is not None and follows(tokens, tail[1], Role.YEAR_WORD) is not None else None


def _other_ordinal(tokens: Tokens, index: int) -> int | None:
    """Return the index behind an ordinal that names no day: «в семьдесят третьем», «сто пятьдесят девятая»."""
    unit = at(tokens, index + 1)
    if role(tokens, index, Role.TENS) is None or unit is None or not unit.close or unit.has(Role.ENGLISH):
        return None
    value = unit.get(Role.ORDINAL) or unit.get(Role.FRACTION) or 10
    return index + 2 if value < 10 and not unit.has(Role.DAY_ORDINAL) and not unit.has(Role.WEAK_DAY) else None


def _with_thousand(tokens: Tokens, index: int, first: Cardinal) -> Cardinal:
    """Read «пятнадцать пятьсот», "fifteen five hundred", where the thousand between is left out; no dictated digits."""
    if first.multiplier > 1 or first.value.denominator > 1 or not 1 < first.value < 1000 or first.value % 100 == 0:
        return first
    if not follows_close(tokens, first.end) or tokens[first.end].number is not None or begins_day(tokens, first.end):
        return first
    rest = cardinal(tokens, first.end)
    if rest is None or rest.multiplier > 1 or not 100 <= rest.value < 1000:
        return first
    alone = not (index and tokens[index].close and small(tokens, index - 1)) and not (
        follows_close(tokens, rest.end) and small(tokens, rest.end)
    )
    return Cardinal(first.value * 1000 + rest.value, rest.end, 1000) if alone else first


def _is_year(tokens: Tokens, first: Cardinal, end: int) -> bool:
    """Whether what may be a year is one: "twenty twenty-six", or «году» behind it."""
    return (first.multiplier == 1 and end > first.end) or role(tokens, end - 1, Role.YEAR_WORD) is not None


def _place(tokens: Tokens, index: int, read: Cardinal) -> int:
    """Return the multiplier that a number was said or written with: "15,000" has one too."""
    written = tokens[index].number
    return 1000 if read.multiplier == 1 and written is not None and written >= 1000 else read.multiplier


def _scaled(tokens: Tokens, index: int) -> bool:
    """Whether a multiplier or a currency follows."""
    return follows(tokens, index, Role.MULTIPLIER) is not None or follows(tokens, index, Role.CURRENCY) is not None


def _shared(tokens: Tokens, index: int, first: Cardinal) -> tuple[tuple[Sum, ...], int] | None:
    """Read «пять-шесть тысяч», "five or six thousand": the first number takes the multiplier of the second."""
    here = over(tokens, first.end, Role.OR, Role.AND, Role.ABOUT)
    if here >= len(tokens) or not tokens[here].close or begins_day(tokens, here):
        return None
    second = cardinal(tokens, here)
    if second is None or (place := _place(tokens, here, second)) == 1:
        return None
    if not second.value <= _WIDEST_RANGE * first.value * place < _WIDEST_RANGE * second.value:
        return None
    rest, end = _finished(tokens, here, second)
    if not rest:
        return None
    return (Sum(first.value * place, rest[0].currency, True, index, first.end), *rest), end


def _more(tokens: Tokens, index: int, first: Cardinal) -> tuple[tuple[Sum, ...], int] | None:
    """Read «тысяч двадцать двадцать пять»: the multiplier in front holds for both."""
    here = first.end + 1 if follows(tokens, first.end, Role.OR) is not None else first.end
    if here >= len(tokens) or not tokens[here].close or begins_day(tokens, here):
        return None
    second = cardinal(tokens, here)
    if (
        second is None
        or second.multiplier > 1
        or second.value * first.multiplier <= first.value
        or not _countable(tokens, second.end)
    ):
        return None
    rest, end = _finished(tokens, here, Cardinal(second.value * first.multiplier, second.end, first.multiplier))
    return ((Sum(first.value, rest[0].currency, True, index, first.end), *rest), end) if rest else None


def _finished(tokens: Tokens, index: int, read: Cardinal) -> tuple[tuple[Sum, ...], int]:
    """Take in currency and minor units; drop what is no sum."""
    token = tokens[index]
    if read.multiplier == 1 and token.has(Role.SESQUI):
        if token.get(Role.SESQUI) != 1:
            return (), read.end
        read = Cardinal(Fraction(1500), read.end, 1000)
    if (minor := follows(tokens, read.end, Role.MINOR)) is not None:
        return (Sum(read.value / 100, minor, True, index, read.end + 1),), read.end + 1
    currency, end = _currency(tokens, read.end)
    value, explicit = read.value, end > read.end or read.multiplier > 1 or read.value >= 1000
    if explicit and (cents := _minor_units(tokens, end)) is not None:
        value, end = value + cents[0], cents[1]
    if _names_something(tokens, index, explicit) or (not explicit and not _bare_sum(tokens, index, read)):
        return (), end
    if follows(tokens, end, Role.PERCENT) is not None or value <= 0:
        return (), end
    if end == read.end and not _countable(tokens, end, read.multiplier > 1):
        return (), end
    if end == read.end and token.number is not None and (token.text.startswith("0") or value >= _LARGEST_BARE):
        return (), end
    (likeliest, *others), reason = _values(tokens, index, read, value, explicit)
    return (Sum(likeliest, currency, explicit, index, end, tuple(others), reason if others else None),), end


def _values(
    tokens: Tokens, index: int, read: Cardinal, value: Fraction, explicit: bool
) -> tuple[tuple[Fraction, ...], Reason]:
    """Return what a number may be worth, likeliest first, and why."""
    if follows(tokens, read.end, Role.DEPENDENT) is not None and value % 1000 == 0:
        word = tokens[read.end]  # «бес мың бірге»
        return (value, value + (word.get(Role.UNIT) or word.get(Role.TENS) or 0)), Reason.WORD_OR_NUMBER
    return _with_or_without_thousands(tokens, index, read, value, explicit), Reason.THOUSANDS_LEFT_OUT


def _with_or_without_thousands(
    tokens: Tokens, index: int, read: Cardinal, value: Fraction, explicit: bool
) -> tuple[Fraction, ...]:
    if not explicit:
        return (value * 1000, value) if value.denominator > 1 else (value, value * 1000)
    rest = value % _MILLION
    if read.multiplier == _MILLION and 100 <= rest < 1000 and tokens[index].number is None:
        full = value - rest + rest * 1000  # «миллион двести»
        return (full, value) if rest % 10 == 0 else (value, full)
    return (value,)


def _currency(tokens: Tokens, index: int) -> tuple[int, int]:
    currency = follows(tokens, index, Role.CURRENCY)
    return (0, index) if currency is None else (currency, index + 1)


def _minor_units(tokens: Tokens, index: int) -> tuple[Fraction, int] | None:
    """Read «пятьдесят копеек» behind a sum."""
    here = index + 1 if follows(tokens, index, Role.AND) is not None else index
    read = small(tokens, here) if here < len(tokens) and tokens[here].close else None
    if read is None or follows(tokens, read.end, Role.MINOR) is None or read.value >= 100:
        return None
    return read.value / 100, read.end + 1


def _bare_sum(tokens: Tokens, index: int, read: Cardinal) -> bool:
    """Whether a small number without currency or multiplier may be a sum at all; "one" is a pronoun."""
    if index and tokens[index].close and not _COUNTED_BEFORE.isdisjoint(tokens[index - 1].roles):
        told = small(tokens, index - 2) is not None or any(
            role(tokens, index - 2, kind) is not None for kind in (Role.EDGE, Role.THIS, Role.NEXT)
        )
        if not (tokens[index - 1].has(Role.LOOSE_PERIOD) and told):
            return False  # «недели две», but not «две недели две с половиной», «до конца недели две»
    if read.value <= 1 or tokens[index].has(Role.ABLATIVE) or (read.value < 100 and tokens[index].has(Role.PAIR)):
        return False
    if any(role(tokens, place, Role.OUT_OF) is not None for place in (index - 1, read.end)):
        return False  # "nine out of ten"
    return not (index and tokens[index].close and tokens[index - 1].has(Role.AGE_OF))


def _names_something(tokens: Tokens, index: int, explicit: bool) -> bool:
    """Whether a number tells which flat, contract or street number, and no sum: «квартира пять»."""
    here = index
    while here and tokens[here].close and small(tokens, here - 1) is not None:
        here -= 1
    near, far = role(tokens, here - 1, Role.NUMBERED), role(tokens, here - 2, Role.NUMBERED)
    if explicit:
        return near == _CONTRACT
    return (here > 0 and tokens[here].close and near is not None) or (here > 1 and far == _STREET)


def _countable(tokens: Tokens, index: int, large: bool = False) -> bool:
    """Whether nothing follows that the number counts instead of money; ``large`` with a multiplier."""
    if not follows_close(tokens, index):
        return True
    after = tokens[index]
    other = None if large else small(tokens, over(tokens, index, Role.OR))  # "two or three days"
    if other is not None and follows(tokens, other.end, Role.PERIOD) is not None:
        return False
    if after.get(Role.COUNTED) == _OF_SUM or (large and after.get(Role.COUNTED) == _OF_THEM):
        return True
    if not large and counts_noun(tokens[index - 1], after):
        return False
    if (after.get(Role.PERIOD) or 0) > 1 and (
        follows(tokens, index + 1, Role.EDGE) is not None or (large and after.text.endswith(_OF_PERIOD))
    ):
        return True  # «отыз мың айдың соңында», «он мың айдың бесінде»
    if after.has(Role.COUNTED) or after.has(Role.PERIOD) or after.has(Role.PERCENT) or after.has(Role.YEAR_WORD):
        return False
    return not after.has(Role.OCLOCK)
