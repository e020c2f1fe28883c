"""One spelling for what sounds the same: lower case, no punctuation, ё as е, Kazakh letters as their Russian likes.

Recognisers differ in ё, in Kazakh letters (a Russian one has none) and in apostrophes; rules and examples are folded
in the same way as what was heard.
"""

import re
import unicodedata
from typing import Final

from engine.speech import Language
from engine.spoken import number_in_words

_LETTERS: Final = str.maketrans("ёәғқңөұүһі", "еагкноуухи")
_APOSTROPHES: Final = str.maketrans("", "", "'’ʼ`")
_NOT_WORDS = re.compile(r"[^\w%]+")
_NUMBER = re.compile(r"\b[1-9]\d{0,2}(?: \d{3}){1,2}\b|\b[1-9]\d{0,6}\b")


def fold(text: str) -> str:
    """Return the text folded: words parted by one space."""
    text = unicodedata.normalize("NFC", text).lower().translate(_APOSTROPHES).translate(_LETTERS)
    return _NOT_WORDS.sub(" ", text).strip()


DEBTOR: Final = "debtor"
"""Stands for the debtor's name in what the classifier reads, as ``{debtor}`` does in the examples."""

_ENDING_LETTERS: Final = 3


def without_names(folded: str, names: str) -> str:
    """Return a folded text with every form of the debtor's names replaced: «алекса нет» reads "debtor нет"."""
    stems = [name[:-1] if len(name) > 4 else name for name in fold(names).split() if len(name) > 2]
    words = folded.split()
    return " ".join(
        DEBTOR if any(word.startswith(s) and len(word) - len(s) <= _ENDING_LETTERS for s in stems) else word
        for word in words
    )


def with_numbers_in_words(folded: str, language: Language) -> str:
    """Return a folded text with numbers as they are said: the examples are speech, and some recognisers write digits.

    Codes and phone numbers, longer or with a nought in front, stay.
    """
    return _NUMBER.sub(lambda found: fold(number_in_words(int(found[0].replace(" ", "")), language)), folded)


def fold_pattern(pattern: str) -> str:
    r"""Return a regular expression with its letters folded; classes such as ``\S`` keep their case."""
    return unicodedata.normalize("NFC", pattern).translate(_APOSTROPHES).translate(_LETTERS)
