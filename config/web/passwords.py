"""Passwords: which are taken, how they are kept, and how one is checked without telling whether the user exists."""

import re
import secrets
import unicodedata
from functools import cache, cached_property
from importlib.resources import files
from itertools import pairwise
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 256
"""Beyond it only work for the server is added."""

AT_ONCE = 2
"""Passwords that are computed at the same time, in 64 MiB each: a flood of them waits instead of taking the memory."""

_FEWEST_DIFFERENT = 5
_EDGES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_LEET = str.maketrans("0134578@$!", "oieastbasi")


class WeakPassword(ValueError):
    """A password that is not taken; the message says why."""


class Passwords:
    """Argon2id with the library's own parameters (RFC 9106, low-memory: 64 MiB, 3 passes, 4 lanes)."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """Return what is stored of a password."""
        with self._turns:
            return self._hasher.hash(_normal(password))

    def matches(self, stored: str | None, password: str) -> bool:
        """Return whether it is the password; without a stored one it takes as long, and is not."""
        nobody = self._nobody  # made at the first look, whoever it is for
        try:
            with self._turns:
                self._hasher.verify(stored or nobody, _normal(password[:MAX_LENGTH]))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    @cached_property
    def _nobody(self) -> str:
        return self.hash(secrets.token_urlsafe())

    def outdated(self, stored: str) -> bool:
        """Return whether it was hashed with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def check_password(password: str, user: str) -> None:
    """Take or refuse a new password (after NIST SP 800-63B 5.1.1.2: length and a list rather than kinds of characters).

    Raises:
        WeakPassword: it is too short or too long, holds the user's name, or is among the commonest.
    """
    plain = _normal(password)
    if len(plain) < MIN_LENGTH:
        raise WeakPassword(
            f"too short: at least {MIN_LENGTH} characters, such as four words that do not belong together"
        )
    if len(plain) > MAX_LENGTH:
        raise WeakPassword(f"too long: at most {MAX_LENGTH} characters")
    low = plain.casefold()
    name = user.casefold().partition("@")[0]
    if len(name) >= 3 and name in low:
        raise WeakPassword("it holds the user name")
    if len(set(low)) < _FEWEST_DIFFERENT:
        raise WeakPassword("too few different characters")
    if _is_common(low):
        raise WeakPassword("it is among the commonest passwords, or one of them with digits and signs around it")


def _is_common(low: str) -> bool:
    core = _EDGES.sub("", low)
    shapes = {low, core, _letters(core), _letters(core.translate(_LEET))}
    return not shapes.isdisjoint(_common()) or _runs(low)


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalpha())


def _runs(low: str) -> bool:
    """Return whether it is a short text again and again, or nothing but neighbours such as 0123456789ab."""
    repeated = (low + low).find(low, 1) <= len(low) // 2
    steps = {ord(right) - ord(left) for left, right in pairwise(low)}
    return repeated or (len(steps) == 1 and steps <= {-1, 1})


@cache
def _common() -> frozenset[str]:
    text = files(__package__).joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _normal(password: str) -> str:
    """Return one form for what looks the same, whichever keyboard typed it."""
    return unicodedata.normalize("NFKC", password)
