"""One spelling for what sounds the same: lower case, no punctuation, ё as е, Kazakh letters as their Russian likes.

Recognisers differ in ё, in Kazakh letters (a Russian one has none) and in apostrophes; rules, examples and expressions
are folded in the same way as what was heard.
"""

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans("ёәғқңөұүһі", "еагкноуухи")
_APOSTROPHES: Final = str.maketrans("", "", "'’ʼ`")
_WORDS: Final = re.compile(r"[\w%]+")


def spelled(text: str) -> tuple[str, ...]:
    """Return the words in small letters, without punctuation and apostrophes; the letters stay what they are."""
    return tuple(_WORDS.findall(unicodedata.normalize("NFC", text).lower().translate(_APOSTROPHES)))


def fold(text: str) -> str:
    """Return the text folded: words parted by one space."""
    return " ".join(spelled(text)).translate(_LETTERS)


def fold_pattern(pattern: str) -> str:
    r"""Return a regular expression with its letters folded; classes such as ``\S`` keep their case."""
    return unicodedata.normalize("NFC", pattern).translate(_APOSTROPHES).translate(_LETTERS)
