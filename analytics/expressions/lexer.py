"""An expression's text in lexical pieces. Linear in its length: no piece is looked at twice."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analytics.expressions.errors import ExpressionError, Extent

MAX_CHARACTERS: Final = 20_000

OPERATORS: Final = frozenset(
    {"AND", "OR", "NOT", "NEAR", "THEN", "IN", "AFTER", "BEFORE", "FIRST", "LAST", "SURE"}
    | {"PAUSE", "OVERTALK", "INTERRUPTION"}
)
"""Words in capitals that are no words to look for; in small letters, or in quotes, they are."""


class Kind(StrEnum):
    """Of a lexical piece."""

    OPERATOR = "operator"
    WORD = "word"
    QUOTED = "quoted"
    NUMBER = "number"
    ATTRIBUTE = "attribute"
    NAME = "name"
    COMPARISON = "comparison"
    OPEN = "("
    CLOSE = ")"
    COLON = ":"
    SLASH = "/"
    RANGE = ".."
    END = "end"


@dataclass(frozen=True, slots=True)
class Piece:
    """A lexical piece.

    Args:
        kind: of it.
        text: as written; of quoted words what stands between the quotes.
        at: its place.
    """

    kind: Kind
    text: str
    at: Extent


_PIECES: Final = re.compile(
    r"""
      (?P<space>\s+)
    | "(?P<straight>[^"]*)" | «(?P<angled>[^»]*)» | “(?P<curly>[^”]*)” | „(?P<low>[^“”]*)[“”]
    | (?P<attribute>@\w+(?:[.-]\w+)*)
    | (?P<name>\$\w+)
    | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[sm%](?![\w*]))?(?![\w*]|-\w))
    | (?P<comparison>[<>!]=|[<>=])
    | (?P<range>\.\.)
    | (?P<word>[\w*%](?:[\w*'’ʼ`%.-]*[\w*%])?)
    | (?P<sign>[():/])
    """,
    re.VERBOSE,
)
_QUOTES: Final = ("straight", "angled", "curly", "low")
_MARKED: Final = ("attribute", "name")
_OPENING: Final = '"«“„'


def pieces(text: str) -> tuple[Piece, ...]:
    """Divide an expression into lexical pieces, the last of which is its end.

    Raises:
        ExpressionError: it is too long, a quote is not closed, or a character means nothing.
    """
    if len(text) > MAX_CHARACTERS:
        problem = f"the expression has {len(text)} characters, and {MAX_CHARACTERS} are the most; divide it"
        raise ExpressionError(problem, text, Extent(MAX_CHARACTERS, len(text)))
    found = []
    offset = 0
    while offset < len(text):
        piece = _PIECES.match(text, offset)
        if piece is None:
            raise ExpressionError(_unknown(text[offset]), text, Extent(offset, offset + 1))
        at = Extent(offset, piece.end())
        offset = piece.end()
        group = piece.lastgroup or ""
        if group == "space":
            continue
        found.append(Piece(_kind(group, piece[0]), piece[group].lstrip("@$") if group in _MARKED else piece[group], at))
    end = Extent(len(text), len(text))
    return (*found, Piece(Kind.END, "", end))


def _kind(group: str, text: str) -> Kind:
    if group in _QUOTES:
        return Kind.QUOTED
    if group == "sign":
        return Kind(text)
    if group == "word":
        return Kind.OPERATOR if text in OPERATORS else Kind.WORD
    return {
        "number": Kind.NUMBER,
        "attribute": Kind.ATTRIBUTE,
        "name": Kind.NAME,
        "comparison": Kind.COMPARISON,
        "range": Kind.RANGE,
    }[group]


def _unknown(letter: str) -> str:
    if letter in _OPENING:
        return "these quotes are not closed; end the phrase with the quote that it begins with"
    if letter == "@":
        return "a name is missing behind @; write @segment, for example"
    if letter == "$":
        return "a name is missing behind $; write $greeting, for example"
    if letter in "&|":
        return "write AND, OR and NOT in capitals instead of signs"
    if letter == "!":
        return "write NOT in capitals instead of !; unequal is !="
    if letter in ",;":
        return f"{letter!r} means nothing here; join by AND or OR, or put a phrase in quotes"
    if letter in "[]{}":
        return f"{letter!r} means nothing here; group with round brackets ( )"
    return f"{letter!r} means nothing here; put what is to be found in quotes"
