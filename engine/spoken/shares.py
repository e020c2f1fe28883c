"""Shares of a debt in an utterance."""

from dataclasses import dataclass
from math import gcd

from engine.spoken.looking import follows, over, role
from engine.spoken.numbers import small
from engine.spoken.roles import Role
from engine.spoken.scanning import Tokens


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the debt, in lowest terms."""

    numerator: int
    denominator: int
    end: int

    def same(self, other: "Share") -> bool:
        """Whether both are the same part, wherever they were said."""
        return (self.numerator, self.denominator) == (other.numerator, other.denominator)


def _share_of_number(tokens: Tokens, index: int) -> bool:
    """Whether a share is of a round number, «четверть миллиона», "a quarter million": a sum then."""
    return follows(tokens, over(tokens, index + 1, Role.OF, Role.ARTICLE), Role.MULTIPLIER) is not None


def match(tokens: Tokens, index: int) -> Share | None:
    """Read «половину», «две трети», "all of it", «үштен бірін», «пятьдесят процентов»."""
    token = tokens[index]
    if (value := token.get(Role.SHARE)) is not None:
        return None if _share_of_number(tokens, index) else _lowest(value // 100, value % 100, index + 1)
    if token.has(Role.WHOLE_OF) and (role(tokens, index + 1, Role.DEBT) or role(tokens, index + 2, Role.DEBT)):
        return Share(1, 1, index + (2 if role(tokens, index + 1, Role.DEBT) else 3))
    if (kind := token.get(Role.FRACTION)) and follows(tokens, index + 1, Role.PART) is not None:
        return _lowest(1, kind, index + 2)
    if token.get(Role.PERCENT) == 2 and index + 1 < len(tokens) and tokens[index + 1].close:
        read = small(tokens, index + 1)
        known = read is not None and read.value.denominator == 1 and 0 < read.value < 100
        return _lowest(int(read.value), 100, read.end) if known and read is not None else None
    read = small(tokens, index)
    if read is None or read.value.denominator > 1 or not 0 < read.value <= 100:
        return None
    count = int(read.value)
    if follows(tokens, read.end, Role.PERCENT) is not None:
        sure = count == 100  # «сто процентов» says "for certain"
        return None if sure and follows(tokens, read.end + 1, Role.DEBT) is None else _lowest(count, 100, read.end + 1)
    below = follows(tokens, read.end, Role.FRACTION)
    if below and below > count:
        return _lowest(count, below, read.end + 1)
    thirds = follows(tokens, read.end, Role.SHARE)
    if thirds in (103, 104) and count < thirds - 100:
        return _lowest(count, thirds - 100, read.end + 1)
    above = follows(tokens, read.end, Role.NUMERATOR) or follows(tokens, read.end, Role.UNIT)
    if token.has(Role.ABLATIVE) and above and above < count:
        return _lowest(above, count, read.end + 1)
    return None


def _lowest(numerator: int, denominator: int, end: int) -> Share:
    common = gcd(numerator, denominator)
    return Share(numerator // common, denominator // common, end)
