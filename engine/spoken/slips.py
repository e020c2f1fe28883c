"""Known words behind a slip of the recogniser: one letter lost, added, changed or swapped."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from engine.spoken.roles import Role
from engine.spoken.scanning import Entry, Lexicon, Token

_SHORTEST, _SHORTEST_NUMBER = 6, 7
"""Shorter words have too many others for neighbours: «внести» is a letter away from «двести»."""
_THOUSAND: Final = 1000
_CALENDAR: Final = (Role.WEEKDAY, Role.MONTH)
_NUMBERS: Final = (Role.UNIT, Role.TEEN, Role.TENS, Role.HUNDREDS, Role.ORDINAL)
_BESIDE_NUMBERS: Final = frozenset(
    {Role.UNIT, Role.TEEN, Role.TENS, Role.HUNDREDS, Role.HUNDRED, Role.MULTIPLIER, Role.CURRENCY, Role.MONTH}
)


class Spelling:
    """The words of a lexicon by what is left of them when a letter is lost.

    Args:
        lexicon: weekdays and months are known again anywhere, numbers beside other numbers.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._entries = lexicon.entries
        self._shortened: dict[str, set[str]] = {}
        for word, roles in lexicon.entries.items():
            if len(word) >= _SHORTEST and word.isalpha() and _has_shape(roles):
                for rest in _shortened(word):
                    self._shortened.setdefault(rest, set()).add(word)

    def mended(self, tokens: list[Token]) -> list[Token]:
        """Return the tokens with the roles of the words that unknown ones stand for."""
        known = list(tokens)
        for index, token in enumerate(tokens):
            if token.roles or len(token.text) < _SHORTEST or not token.text.isalpha() or token.text in self._entries:
                continue
            roles = self._meant(token.text)
            beside = [*known[max(index - 1, 0) : index], *tokens[index + 1 : index + 2]]
            numeric = any(not _BESIDE_NUMBERS.isdisjoint(one.roles) for one in beside)
            numeric = numeric and len(token.text) >= _SHORTEST_NUMBER
            if roles and (numeric or any(kind in roles for kind in _CALENDAR)):
                known[index] = replace(token, roles=roles)
        return known

    def _meant(self, text: str) -> Entry | None:
        """Return the roles of the only meaning that is one slip away."""
        near = set(self._shortened.get(text, ()))
        for rest in _shortened(text):
            if rest in self._entries and len(rest) >= _SHORTEST and not text.startswith(rest):  # «завтрак», "Fridays"
                near.add(rest)
            near |= self._shortened.get(rest, set())
        meanings: list[Entry] = []
        for word in near:
            roles = self._entries[word] if word[0] == text[0] else {}
            if _has_shape(roles) and roles not in meanings:
                meanings.append(roles)
        return meanings[0] if len(meanings) == 1 else None


def _has_shape(roles: Entry) -> bool:
    """Whether a word may be guessed: a calendar name, a thousand, or a number without a Kazakh ending."""
    if Role.BRIEF in roles or Role.FINAL in roles:
        return False
    return any(kind in roles for kind in (*_CALENDAR, *_NUMBERS)) or roles.get(Role.MULTIPLIER) == _THOUSAND


def _shortened(word: str) -> Iterable[str]:
    return (word[:at] + word[at + 1 :] for at in range(len(word)))
