"""Cardinal numbers back from words: one grammar for Russian, Kazakh and English, over the roles of their words.

A number is a row of groups below a thousand, each with its multiplier, multipliers falling. A group is filled from the
hundreds down, so that «пять двадцать» is two numbers. Words that begin a date stay out: «тысячу двадцать пятого» is
1000.
"""

from dataclasses import dataclass
from fractions import Fraction

from engine.spoken.looking import at, follows, over, role
from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens

_HALF = Fraction(1, 2)
_NO_LIMIT = 10**12
_COUNTED_BY_TEN = frozenset(
    {Role.UNIT, Role.MULTIPLIER, Role.CURRENCY, Role.MINOR, Role.MONTH, Role.HALF_MORE, Role.PERIOD, Role.PERCENT}
)


@dataclass(frozen=True, slots=True)
class Cardinal:
    """A number that was said.

    Args:
        value: what it is worth, with its multipliers.
        end: index of the token behind it.
        multiplier: the largest multiplier in it, 1 for a bare number.
    """

    value: Fraction
    end: int
    multiplier: int = 1


def small(tokens: Tokens, index: int) -> Cardinal | None:
    """Read one group: digits, or words below a thousand; English and Kazakh may count hundreds up to ninety-nine."""
    known: dict[int, Cardinal | None] = tokens.groups
    if index not in known:
        known[index] = _read_small(tokens, index)
    return known[index]


def _read_small(tokens: Tokens, index: int) -> Cardinal | None:
    token = at(tokens, index)
    if token is None:
        return None
    if token.number is not None:
        hundreds = follows(tokens, index + 1, Role.HUNDRED) is not None and 1 < token.number < 100
        return Cardinal(token.number * 100, index + 2) if hundreds else Cardinal(token.number, index + 1)
    if token.has(Role.ZERO):
        return Cardinal(Fraction(0), index + 1)
    if token.has(Role.DEPENDENT):
        return None
    total, place, here = 0, _NO_LIMIT, index
    while (token := at(tokens, here)) is not None and (here == index or token.close):
        if total >= 100 and place == 100 and token.has(Role.AND) and follows(tokens, here + 1, Role.ENGLISH):
            here += 1
            token = tokens[here]
        if token.has(Role.HUNDRED):
            if total >= 100:
                break
            total, place = (total or 1) * 100, 100
        else:
            value, room = _piece(token)
            if not value or room >= place or (total >= 100 and begins_day(tokens, here)):
                break
            total, place = total + value, room
        here += 1
        if token.get(Role.FINAL) == 1 or (place == 1 and follows(tokens, here, Role.HUNDRED) is None):
            break
    if here > index and tokens[here - 1].has(Role.AND):
        here -= 1
    return Cardinal(Fraction(total), here) if total else None


def _piece(token: Token) -> tuple[int, int]:
    """Return a word's value and the place that it fills: nothing at that place or above it may follow."""
    for kind, place in ((Role.UNIT, 1), (Role.TEEN, 1), (Role.TENS, 10), (Role.HUNDREDS, 100)):
        if (value := token.get(kind)) is not None:
            return value, 1 if kind is Role.TENS and value % 10 else place
    return 0, 0


def begins_day(tokens: Tokens, index: int) -> bool:
    """Whether a day or an hour begins here: «двадцать» of «двадцать пятого», "5" of «5 декабря», "six" of "six pm"."""
    token = tokens[index]
    tens = token.get(Role.TENS)
    end = index + 1
    if tens is not None and tens <= 30:
        after = at(tokens, end)
        if after is not None and after.close:
            if (after.get(Role.ORDINAL) or 10) < 10:
                return True
            if after.has(Role.UNIT):
                end += 1
    elif token.number is None and not (token.has(Role.UNIT) or token.has(Role.TEEN)):
        return False
    if any(follows(tokens, end, kind) is not None for kind in (Role.MONTH, Role.OCLOCK, Role.DAYPART)):
        return True
    return follows(tokens, end, Role.DAY_WORD) is not None and follows(tokens, end, Role.PERIOD) is None


def _begins_count(tokens: Tokens, index: int) -> bool:
    """Whether a small number behind a multiplier counts something of its own: «пять тысяч двадцать процентов»."""
    read = small(tokens, index)
    return read is not None and any(
        follows(tokens, read.end, kind) is not None for kind in (Role.PERCENT, Role.PERIOD, Role.COUNTED)
    )


def cardinal(tokens: Tokens, index: int) -> Cardinal | None:
    """Read the longest number that begins at a token."""
    known: dict[int, Cardinal | None] = tokens.cardinals
    if index not in known:
        known[index] = _read_cardinal(tokens, index)
    return known[index]


def _read_cardinal(tokens: Tokens, index: int) -> Cardinal | None:
    token = at(tokens, index)
    if token is None:
        return None
    if (inverted := _inverted(tokens, index)) is not None:
        return inverted
    total, here, level, largest = Fraction(0), index, _NO_LIMIT, 1
    while here < len(tokens) and (here == index or tokens[here].close):
        if here > index:
            if tokens[here - 1].get(Role.FINAL) == 1:
                break
            if tokens[here].has(Role.AND) and follows(tokens, here + 1, Role.ENGLISH) and level < _NO_LIMIT:
                here += 1
            if begins_day(tokens, here) or _begins_count(tokens, here):
                break
        group = _group(tokens, here)
        if group is None:
            break
        value, end = group
        multiplier = _multiplier(tokens, end) if end > here else tokens[here].get(Role.MULTIPLIER)
        if end > here and tokens[end - 1].get(Role.FINAL) == 1:
            multiplier = None
        if multiplier is None:
            if level == _NO_LIMIT:
                return Cardinal(value, end)
            if value.denominator > 1 or not 0 < value < min(level, 1000):
                break
            return Cardinal(total + value, end, largest)
        if multiplier >= level:
            break
        total += value * multiplier
        here, level, largest = end + 1, multiplier, max(largest, multiplier)
        if follows(tokens, here, Role.HALF_MORE) is not None:
            return Cardinal(total + Fraction(multiplier, 2), here + 1, largest)  # «миллион с половиной»
    if here == index:
        return None
    if tokens[here - 1].has(Role.AND):
        here -= 1
    return Cardinal(total, here, largest)


def _multiplier(tokens: Tokens, index: int) -> int | None:
    token = at(tokens, index)
    if token is None or not token.close:
        return None
    if not token.gap and token.has(Role.GLUED_MULTIPLIER) and tokens[index - 1].number is not None:
        return token.get(Role.GLUED_MULTIPLIER)
    return token.get(Role.MULTIPLIER)


def _group(tokens: Tokens, index: int) -> tuple[Fraction, int] | None:
    """Read what a multiplier may count; a multiplier by itself counts one."""
    token = tokens[index]
    if token.has(Role.MULTIPLIER):
        # «несколько тысяч» is no number, nor is "thousand" behind a word that may have been one
        lost = index and token.has(Role.ENGLISH) and token.close and not tokens[index - 1].meaningful
        return (Fraction(1), index) if token.get(Role.LOOSE) != 0 and not lost else None
    nothing_between = _multiplier(tokens, index + 1)
    if token.has(Role.HALF_OF):
        skip = index + 2 if role(tokens, index + 1, Role.ARTICLE) else index + 1
        if _multiplier(tokens, skip) is not None:
            return _HALF, skip
    if token.has(Role.SESQUI):
        return Fraction(3, 2), index + 1
    if (share := token.get(Role.SHARE)) is not None:
        skip = over(tokens, index + 1, Role.OF, Role.ARTICLE)
        return (Fraction(share // 100, share % 100), skip) if _multiplier(tokens, skip) is not None else None
    if token.has(Role.PAIR):
        if follows(tokens, index + 1, Role.HUNDRED) is not None:
            return Fraction(200), index + 2
        return (Fraction(2), index + 1) if nothing_between is not None else None
    if token.has(Role.ARTICLE):
        if follows(tokens, index + 1, Role.HUNDRED) is not None:
            index += 1
        elif nothing_between is not None:
            return Fraction(1), index + 1
        else:
            return None
    if token.has(Role.LONE) and not _really_ten(tokens, index):
        return None
    read = _short_hundreds(tokens, index) or small(tokens, index)
    if read is None:
        return None
    end = read.end
    if follows(tokens, end, Role.POINT) is not None:
        return _decimals(tokens, read)
    if follows(tokens, end, Role.HALF_MORE) is not None and tokens[end - 1].get(Role.FINAL) != 1:
        return read.value + _HALF, end + 1
    return read.value, end


def _decimals(tokens: Tokens, whole: Cardinal) -> tuple[Fraction, int]:
    """Read "one point two five"."""
    digits, here = "", whole.end + 1
    while here < len(tokens) and tokens[here].close and (read := small(tokens, here)) is not None and read.value < 100:
        digits += str(read.value)
        here = read.end
    return (
        (whole.value + Fraction(int(digits), 10 ** len(digits)), here) if digits.isdigit() else (whole.value, whole.end)
    )


def _really_ten(tokens: Tokens, index: int) -> bool:
    """Tell Kazakh «он», ten, from Russian «он», he."""
    after = at(tokens, index + 1)
    counts = after is not None and not _COUNTED_BY_TEN.isdisjoint(after.roles)
    if after is not None and after.has(Role.LONE) and after.close and not after.has(Role.FOREIGN):
        return _really_ten(tokens, index + 1)  # «он он бес мың»
    if tokens[index].has(Role.FOREIGN):
        return (
            counts
            and after is not None
            and after.close
            and (after.has(Role.FOREIGN) or after.has(Role.MULTIPLIER) or after.has(Role.CURRENCY))
        )
    return counts or after is None or not after.close or after.has(Role.OR)


def _short_hundreds(tokens: Tokens, index: int) -> Cardinal | None:
    """Read English "one fifty thousand", where the hundred is left out; only before a multiplier or a currency."""
    first, second = tokens[index], at(tokens, index + 1)
    if second is None or not second.close or not (first.has(Role.UNIT) and first.has(Role.ENGLISH)):
        return None
    if not (second.has(Role.TENS) or second.has(Role.TEEN)):
        return None
    rest = small(tokens, index + 1)
    if rest is None or rest.value >= 100:
        return None
    if _multiplier(tokens, rest.end) is None and follows(tokens, rest.end, Role.CURRENCY) is None:
        return None
    return Cardinal(100 * (first.get(Role.UNIT) or 0) + rest.value, rest.end)


def _inverted(tokens: Tokens, index: int) -> Cardinal | None:
    """Read «тысяч пятнадцать», about fifteen thousand; «тысячи две», but «тысячи пятисот» is 1500."""
    loose = role(tokens, index, Role.LOOSE)
    here = over(tokens, index + 1, Role.ABOUT)
    after = at(tokens, here)
    if loose is None or after is None or not after.close or begins_day(tokens, here):
        return None
    if after.has(Role.MULTIPLIER) or (loose == 1 and not after.has(Role.NOMINATIVE)):
        return None
    if after.has(Role.AND) or after.has(Role.ARTICLE):
        return None
    group = _group(tokens, here)
    if group is None or _multiplier(tokens, group[1]) is not None or (loose == 1 and group[0] > 4):
        return None
    multiplier = tokens[index].get(Role.MULTIPLIER) or 1
    return Cardinal(group[0] * multiplier, group[1], multiplier)
