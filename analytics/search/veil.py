"""The index's words as whoever steals its file finds them: codes by a secret that lies sealed beside them.

A code keeps what a full text needs and no more: the same word has the same code, and a word's beginning has the
beginning of its code, so that wildcards, phrases and distances are asked for as ever. Each letter becomes ten bits of a
keyed hash of the word up to it. Where two words have one code the index gives a contact too many, and the matcher, who
decides, does not take it.

What stays to be seen is how long words are, how often they come and which stand together: enough to guess the most
common ones, and no word that is seldom said.
"""

import hashlib
import secrets
from collections.abc import Callable
from functools import lru_cache
from typing import Final

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_CACHED_WORDS: Final = 1 << 17

Veil = Callable[[str], str]
"""Turns a key of a word into what stands for it in the full text."""


def new_secret() -> str:
    """Return a random secret of an index, in hexadecimal."""
    return secrets.token_hex(32)


@lru_cache(8)
def veil_of(secret: str | None) -> Veil:
    """Return the veil by a secret; None leaves words in clear."""
    if secret is None:
        return _in_clear
    key = bytes.fromhex(secret)

    @lru_cache(_CACHED_WORDS)
    def letter(beginning: str) -> str:
        code = int.from_bytes(hashlib.blake2b(beginning.encode(errors="replace"), key=key, digest_size=2).digest())
        return _ALPHABET[code & 31] + _ALPHABET[code >> 5 & 31]

    @lru_cache(_CACHED_WORDS)
    def veiled(word: str) -> str:
        return "".join([letter(word[:end]) for end in range(1, len(word) + 1)])

    return veiled


def _in_clear(word: str) -> str:
    return word
