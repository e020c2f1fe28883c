"""Years in words: «две тысячи двадцать шестого года», "twenty twenty-six"."""

from engine.spoken.looking import at, follows, follows_close, over, role
from engine.spoken.numbers import cardinal
from engine.spoken.roles import Role
from engine.spoken.scanning import Tokens


def spoken_year(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read a year and return it with the index behind: «две тысячи двадцать шестого года», "twenty twenty-six"."""
    token = at(tokens, index)
    if token is None:
        return None
    if token.number is not None and len(token.text) == 4 and 1990 <= token.number <= 2099:
        return int(token.number), over(tokens, index + 1, Role.YEAR_WORD)
    if 1990 <= (token.get(Role.ORDINAL) or 0) <= 2099:
        return token.get(Role.ORDINAL) or 0, over(tokens, index + 1, Role.YEAR_WORD)
    read = cardinal(tokens, index) if token.close or index == 0 else None
    if read is None:
        return None
    if read.value == 2000 and follows_close(tokens, read.end) and (tail := two_digit_ordinal(tokens, read.end)):
        return 2000 + tail[0], over(tokens, tail[1], Role.YEAR_WORD)
    if token.has(Role.ENGLISH) and 2000 < read.value < 2050:
        return int(read.value), read.end
    if token.has(Role.ENGLISH) and read.value == 20 and read.end < len(tokens) and tokens[read.end].close:
        low = cardinal(tokens, read.end)
        return (2000 + int(low.value), low.end) if low is not None and 10 <= low.value < 50 else None
    return None


def two_digit_ordinal(tokens: Tokens, index: int) -> tuple[int, int] | None:
    """Read the ordinal at the end of a year, «двадцать шестого», «алтыншы»."""
    tens, unit = role(tokens, index, Role.TENS), follows(tokens, index + 1, Role.ORDINAL) or 10
    if tens and unit < 10:
        return tens + unit, index + 2
    ordinal = role(tokens, index, Role.ORDINAL)
    return (ordinal, index + 1) if ordinal and ordinal < 100 else None
