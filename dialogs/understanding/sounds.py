"""How words sound, roughly: one spelling for what recognisers of telephone speech take for each other.

A recogniser writes what it hears («аплачу», "haf") and parts words where nobody paused («хара шо»). Unstressed vowels,
voiced and voiceless consonants and doubled letters fall together here, so that a slip changes little. Too coarse to be
read alone («год» and «кот» are one): it stands beside the letters.
"""

import re
from functools import lru_cache
from typing import Final

_CYRILLIC: Final = str.maketrans("оыэеяюбвгджзщцх", "аииииупфктшсшск", "йьъ")
_LATIN: Final = str.maketrans("bcdgqvzjoeiy", "pktkkfssaiii")
_MUTE: Final = re.compile("gh|(?<=t)h|c(?=k)")
_DOUBLED: Final = re.compile(r"(.)\1+")

_KNOWN_WORDS: Final = 20_000


@lru_cache(_KNOWN_WORDS)
def sounds(word: str) -> str:
    """Return a folded word as it roughly sounds; nothing where only letters without a sound are in it."""
    return _DOUBLED.sub(r"\1", _MUTE.sub("", word).translate(_CYRILLIC).translate(_LATIN))
