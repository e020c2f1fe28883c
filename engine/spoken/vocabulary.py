"""Which words stand for numbers and days, whatever they amount to, in all languages together."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from engine.speech import Language
from engine.spoken.roles import Role
from engine.spoken.scan import lexicon

_NUMBERS = frozenset(
    {
        *(Role.UNIT, Role.TEEN, Role.TENS, Role.HUNDREDS, Role.HUNDRED, Role.MULTIPLIER, Role.SESQUI, Role.LUMP),
        Role.HALF_MORE,
    }
)
_DAYS = frozenset({Role.DAY_ORDINAL, Role.ORDINAL, Role.MONTH, Role.WEEKDAY, Role.REL_DAY})


class WordKind(StrEnum):
    """What a word stands for."""

    NUMBER = "#"
    DAY = "@"


@cache
def vocabulary() -> Mapping[str, WordKind]:
    """Return the kinds of single words, lower case with Kazakh letters and ё as their Russian likes.

    «он», ten in Kazakh and "he" in Russian, is neither.
    """
    kinds: dict[str, WordKind] = {}
    for language in (Language.ENGLISH, Language.KAZAKH):  # the Kazakh lexicon holds the Russian one
        for word, roles in lexicon(language).entries.items():
            if " " in word or Role.LONE in roles:
                continue
            if not _NUMBERS.isdisjoint(roles):
                kinds[word] = WordKind.NUMBER
            elif not _DAYS.isdisjoint(roles):
                kinds.setdefault(word, WordKind.DAY)
    return kinds
