"""Single terms of an expression read from their text: words, phrases, durations, numbers."""

from typing import Final

from analytics.expressions.errors import Extent
from analytics.expressions.tree import Phrase, Wildcard, Word
from engine.folding import fold, spelled

MAX_PHRASE: Final = 20
"""Words of a phrase."""

LONGEST_S: Final = 24 * 3600.0
_UNITS: Final = {"s": 1.0, "m": 60.0}

_STAR: Final = "ꙮ"
"""Stands for ``*`` while a word is spelled: a letter, so that it stays, and of no language that is spoken here."""


class Unreadable(ValueError):
    """A term says nothing; the message says why, and the mend."""


def read_words(text: str, at: Extent) -> Word | Wildcard | Phrase:
    """Return the word, wildcard or phrase that a text is.

    Args:
        text: words parted by spaces; ``=`` before one asks for its exact form, ``*`` stands for any letters.
        at: its place in the expression.

    Raises:
        Unreadable: it holds nothing to look for, or too much.
    """
    parts: list[Word | Wildcard] = []
    for written in text.split():
        exact = written.startswith("=")
        for word in spelled(written.removeprefix("=").replace("*", _STAR)):
            if _STAR not in word:
                parts.append(Word(word, exact, at=at))
            elif exact:
                raise Unreadable("= asks for one exact form, and * for any; leave one of them out")
            else:
                parts.append(Wildcard(_pattern(word), at=at))
    if not parts:
        raise Unreadable("there is no word in it; write what is to be found")
    if len(parts) > MAX_PHRASE:
        raise Unreadable(f"a phrase of {len(parts)} words, and {MAX_PHRASE} are the most; join two by THEN/1")
    if any(isinstance(end, Wildcard) and end.pattern == "*" for end in (parts[0], parts[-1])):
        if len(parts) == 1:
            raise Unreadable("* alone is every word; give it some letters: плат*")
        raise Unreadable("a phrase cannot begin or end with any word (*); leave it out")
    return parts[0] if len(parts) == 1 else Phrase(tuple(parts), at=at)


def _pattern(word: str) -> str:
    pattern = fold(word).replace(_STAR, "*")
    while "**" in pattern:
        pattern = pattern.replace("**", "*")
    if pattern != "*" and len(pattern.replace("*", "")) < 2:
        raise Unreadable("a wildcard with a single letter is nearly every word; give it two letters or more")
    return pattern


def read_seconds(text: str) -> float:
    """Return the seconds of a duration such as 30s or 1.5m, below 0 where it counts from the end.

    Raises:
        Unreadable: it has no unit, or is longer than a day.
    """
    unit = text[-1]
    if unit not in _UNITS:
        raise Unreadable(f"say whether seconds or minutes: {text.rstrip('%')}s or {text.rstrip('%')}m")
    value_s = round(float(text[:-1]) * _UNITS[unit], 3)
    if abs(value_s) > LONGEST_S:
        raise Unreadable("longer than a day; 86400s is the most")
    return value_s


def read_number(text: str) -> float:
    """Return the value of a number: 60% is 0.6, and a duration its seconds.

    Raises:
        Unreadable: it is beyond all measures.
    """
    value = float(text[:-1]) / 100 if text[-1] == "%" else float(text.rstrip("sm")) * _UNITS.get(text[-1], 1.0)
    if abs(value) > 1e12:
        raise Unreadable("no measure is as large as that")
    return round(value, 12)
