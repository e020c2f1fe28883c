"""What is done to a folded text before it is compared with examples: names and numbers as those have them."""

import re
from typing import Final

from engine.folding import fold
from engine.speech import Language
from engine.spoken import number_in_words

_NUMBER = re.compile(r"\b[1-9]\d{0,2}(?: \d{3}){1,2}\b|\b[1-9]\d{0,6}\b")

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
