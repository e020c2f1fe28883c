"""How words sound that are written otherwise: stress marks in prompts, and a scenario's list of pronunciations."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.speech import Language

STRESS: Final = "\N{COMBINING ACUTE ACCENT}"
"""Stands behind the vowel that bears the stress."""

_VOWELS: Final = "аеёиоуыэюяәіөұүАЕЁИОУЫЭЮЯӘІӨҰҮ"
_MARK: Final = re.compile(f"(?<=[{_VOWELS}]){STRESS}")
_STRAY: Final = re.compile(f"(?<![{_VOWELS}A-Za-z]){STRESS}")
_UNSEEN: Final = re.compile("[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff]")
_WORD: Final = rf"[\w{STRESS}]"


def without_marks(text: str) -> str:
    """Return a text as it is read, without the stress marks of Russian and Kazakh."""
    return _MARK.sub("", text)


def plain(text: str) -> str:
    """Return a text as the eye sees it: letters and marks in one character, without what has no width."""
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text))


def stray_mark(text: str) -> bool:
    """Whether a stress mark stands where no vowel bears it."""
    return bool(_STRAY.search(text))


@dataclass(frozen=True, slots=True)
class Respelling:
    """A scenario's pronunciations.

    Args:
        words: how each word or phrase is said, by language.
    """

    words: Mapping[Language, Mapping[str, str]] = field(default_factory=dict)
    _patterns: Mapping[Language, re.Pattern[str]] = field(init=False, repr=False)
    _spelt: Mapping[Language, Mapping[str, str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        spelt = {
            language: {word.lower(): said for word, said in words.items()} for language, words in self.words.items()
        }
        patterns = {}
        for language, words in spelt.items():
            longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
            patterns[language] = re.compile(rf"(?<!{_WORD})(?:{longest_first})(?!{_WORD})", re.IGNORECASE)
        object.__setattr__(self, "_spelt", spelt)
        object.__setattr__(
            self, "_patterns", {language: pattern for language, pattern in patterns.items() if spelt[language]}
        )

    def spoken(self, text: str, language: Language) -> str:
        """Return a text with every word of the list, whole and in any case, as it is said; the longest go first."""
        pattern = self._patterns.get(language)
        if pattern is None:
            return text
        spelt = self._spelt[language]
        return pattern.sub(lambda match: spelt[match[0].lower()], text)
