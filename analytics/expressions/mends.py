"""What an analyst meant, where an expression reads otherwise."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from analytics.expressions.lexer import OPERATORS, Kind, Piece
from analytics.expressions.tree import Speaker

_SAID_AS: Final = {
    "и": "AND",
    "либо": "OR",
    "или": "OR",
    "немесе": "OR",
    "және": "AND",
    "рядом": "NEAR",
    "пауза": "PAUSE",
    "within": "IN",
    "notin": "NOT IN",
}
_MOST_NAMED: Final = 5


def nearest(name: str, known: Iterable[str]) -> str:
    """Return which known names are meant, or some of them where none is like it."""
    names = sorted(known)
    close = get_close_matches(name, names, _MOST_NAMED, 0.5)
    if close:
        return f"did you mean {' or '.join(f'`{one}`' for one in close)}?"
    return "known are " + ", ".join(names) if names else "none are known here"


def beside_mend(before: Piece, here: Piece) -> str:
    """Return what to write where two terms stand side by side with nothing to join them."""
    for piece in (before, here):
        if piece.kind is Kind.WORD and (operator := _operator(piece.text)):
            return f"`{piece.text}` is read as a word to find; the operator is written {operator}"
    if here.kind is Kind.OPERATOR and here.text == "SURE":
        return "SURE stands once, behind a word, a phrase or a group in brackets"
    if here.kind is Kind.OPERATOR and here.text == "NOT":
        return "write AND NOT for a condition, or NOT with NEAR/5, IN, BEFORE or AFTER behind it for a place"
    if here.kind is Kind.OPERATOR:
        return f"{here.text} cannot stand here; check what comes before it"
    if here.kind is Kind.COLON:
        return "a colon goes right behind a speaker: client: оплачу"
    if here.kind is Kind.SLASH:
        return "a distance goes with NEAR, THEN, BEFORE or AFTER: NEAR/5"
    if here.kind is Kind.RANGE:
        return "a range goes with a window, IN 10s..60s, or a measure, talk_ratio = 0.4..0.6"
    if here.kind is Kind.COMPARISON and here.text != "=":
        return "only a measure, talk_ratio > 0.6, or an attribute, @segment = hard, is compared"
    if before.kind is Kind.WORD and here.kind is Kind.WORD:
        return f'nothing joins these two; write "{before.text} {here.text}" for a phrase, or AND or OR between them'
    return "nothing joins this to what stands before it; write AND, OR, NEAR/5 or THEN between, or quotes for a phrase"


def speaker_mend(name: str) -> str:
    """Return what to write instead of a speaker that there is none of."""
    return f"there is no speaker `{name}`; " + nearest(name, Speaker)


def term_mend(piece: Piece) -> str:
    """Return what to write where a term must stand and something else does."""
    if piece.kind is Kind.END:
        return "something is missing at the end: a word, a phrase in quotes or a group in brackets"
    if piece.kind is Kind.CLOSE:
        return "something is missing before this bracket: a word, a phrase in quotes or a group"
    if piece.text in ("FIRST", "LAST"):
        return f"a window goes behind IN: оплачу IN {piece.text} 30s"
    if piece.kind is Kind.OPERATOR:
        mend = f'; to find the word, put it in quotes: "{piece.text.lower()}"'
        return f"before {piece.text} a word, a phrase or a group is missing{mend}"
    return f"a word, a phrase in quotes or a group in brackets must stand here, not `{piece.text}`"


def _operator(word: str) -> str | None:
    if word.upper() in OPERATORS:
        return word.upper()
    if word.lower() in _SAID_AS:
        return _SAID_AS[word.lower()]
    close = get_close_matches(word, OPERATORS, 1, 0.6) if word.isupper() and word.isascii() else []
    return close[0] if close else None
