"""What recognisers make of numbers, and of "tenge" behind them, taken back before the number is read.

"To thousand" is two thousand where nothing else can be meant. And Whisper knows no "tenge": "twelve thousand tenge"
becomes "12,010 gay", "45,000 10 gate", "33,310K", "$5,010", "7,500,10" or, as in a year, "2010 gay" for twenty
thousand.
Nobody owes such sums, and their read-back sounds absurd. Of promises spoken by a synthetic voice a fifth came so
(benchmarks/spoken_understanding.py). English alone has words in `Role.TENGE_TAIL`; "10 gate" as words of their own
stands among the currencies of ``english.toml``.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Final

from engine.spoken.roles import Role
from engine.spoken.scanning import Token, Tokens

_TENGE: Final[Mapping[Role, int]] = {Role.CURRENCY: 1}
_TEN_AS_CENTS: Final = re.compile(r"\d{1,3}(?:,\d{3})+,10")
"""English parts cents by a full stop, and other languages thousands by no comma."""
_NUMERALS: Final = frozenset({Role.UNIT, Role.TEEN, Role.TENS, Role.HUNDRED, Role.MULTIPLIER})
_NOTHING: Final[Mapping[Role, int]] = {}


def mended(tokens: Tokens) -> Tokens:
    """Return the tokens with misheard numbers and currencies mended."""
    return Tokens(_without_misheard_tenge(_with_homophones(tokens)))


def _with_homophones(tokens: list[Token]) -> list[Token]:
    """Read "to", "for", "ate" before a thousand as the number that sounds so, unless a number precedes them."""
    heard = list(tokens)
    for index, token in enumerate(tokens[:-1]):
        value, after = token.get(Role.HOMOPHONE), tokens[index + 1]
        if value is None or not after.close or not after.has(Role.MULTIPLIER) or after.has(Role.CURRENCY):
            continue
        before = tokens[index - 1] if index else None
        if before is None or (_NUMERALS.isdisjoint(before.roles) and before.number is None):
            heard[index] = replace(token, roles={Role.UNIT: value, Role.ENGLISH: 1})
    return heard


def _without_misheard_tenge(tokens: list[Token]) -> list[Token]:
    mended = list(tokens)
    for index, token in enumerate(tokens):
        if token.number is None or token.number < 1000:
            continue
        if _TEN_AS_CENTS.fullmatch(token.text):
            mended[index] = replace(token, number=Fraction(int(token.number)))
        if token.number % 100 != 10:
            continue
        after = tokens[index + 1] if index + 1 < len(tokens) and tokens[index + 1].close else None
        if after is not None and _tail(after):
            as_a_year = len(token.text) == 4 and token.text.isdigit()
            number = token.number // 100 if as_a_year else token.number - 10
            mended[index] = replace(token, number=Fraction(number), text=str(number))
            # "Twenty thousand" lost its thousand: a bare number, for the debt to judge, not an explicit 20 tenge.
            mended[index + 1] = replace(after, roles=_NOTHING if as_a_year else _TENGE)
        elif index and tokens[index - 1].text == "$" and (after is None or not after.has(Role.CURRENCY)):
            mended[index] = replace(token, number=token.number - 10)
    return mended


def _tail(token: Token) -> bool:
    """Whether this is what is left of "tenge": "gay", or a "K" that touches the thousands before it."""
    return token.has(Role.TENGE_TAIL) or (not token.gap and token.has(Role.GLUED_MULTIPLIER))
