"""Words of an utterance with their roles: folding, lexicons and the tokeniser that all finders share."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.spoken.roles import Role

_FOLD = str.maketrans("ёқңіәғөұүһ’", "екниагоуух'")


Entry = Mapping[Role, int]
_NOTHING: Entry = {}
_NUMERALS = frozenset({Role.UNIT, Role.TEEN, Role.TENS, Role.HUNDREDS, Role.HUNDRED, Role.MULTIPLIER})
_SHORTEST_NUMERAL = 3


def listed(row: str) -> list[str]:
    """Return the words of a row of a table."""
    return row.split()


def fold(text: str) -> str:
    """Lower a text and fold ё and the Kazakh letters to their Russian look-alikes; its length stays the same."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return lowered.translate(_FOLD)


@dataclass(slots=True)
class Lexicon:
    """Words and phrases of one or more languages with their roles; filled once, at import."""

    entries: dict[str, dict[Role, int]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    """Phrases of several words by their first, longest first; the tokeniser makes each one token."""
    ordinal_suffixes: set[str] = field(default_factory=set)
    """Endings that make digits an ordinal: 5-го, 20th."""
    number_suffixes: set[str] = field(default_factory=set)
    """Endings of digits that say nothing here: 15-ти."""
    spaced_suffixes: set[str] = field(default_factory=set)
    """Endings that make digits an ordinal even behind a space: 10 го."""

    def add(self, words: Iterable[str], **roles: int) -> None:
        """Give roles to words or phrases; what is known already gains these."""
        for word in words:
            key = fold(word)
            self.entries.setdefault(key, {}).update({Role[name.upper()]: value for name, value in roles.items()})
            parts = tuple(key.split())
            known = self.phrases.setdefault(parts[0], [])
            if len(parts) > 1 and parts not in known:
                known.append(parts)
                known.sort(key=len, reverse=True)

    def read(self, path: Path) -> None:
        """Add the words of a table: a section for each role, a value, its words divided by ``|``."""
        for section, rows in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for value, listed in rows.items():
                words = [word.strip() for word in listed.split("|")]
                if section == "ordinal_suffix":
                    self.ordinal_suffixes.update(map(fold, words))
                elif section == "number_suffix":
                    self.number_suffixes.update(map(fold, words))
                elif section == "spaced_suffix":
                    self.spaced_suffixes.update(map(fold, words))
                elif section == "nothing":
                    self.add(words)
                elif section == "heard_as":
                    self.add(words, **{role.name: worth for role, worth in self.entries[fold(value)].items()})
                else:
                    self.add(words, **{section: int(value)})

    def slip(self, slips: Iterable[tuple[str, str]]) -> None:
        """Add what recognisers and quick tongues make of the words: each word with one spelling for another."""
        for right, wrong in slips:
            for word, roles in list(self.entries.items()):
                heard = word.replace(right, wrong)
                if roles and heard != word and heard not in self.entries:
                    self.add([heard], **{role.name: value for role, value in roles.items()})

    def parts(self, word: str) -> tuple[str, str] | None:
        """Divide numerals that were written together, «екіжүз», "twentyfive"; None for any other word."""
        for cut in range(_SHORTEST_NUMERAL, len(word) - _SHORTEST_NUMERAL + 1):
            first, last = word[:cut], word[cut:]
            if self._numeral(first) and self._numeral(last):
                return first, last
        return None

    def _numeral(self, word: str) -> bool:
        return not _NUMERALS.isdisjoint(self.entries.get(word, _NOTHING))

    def take(self, other: "Lexicon") -> None:
        """Take over the words of another language that are not known here, as foreign ones."""
        for key, entry in other.entries.items():
            if key not in self.entries:
                self.add([key], **{role.name: value for role, value in entry.items()}, foreign=1)
        self.ordinal_suffixes |= other.ordinal_suffixes
        self.spaced_suffixes |= other.spaced_suffixes
        self.number_suffixes |= other.number_suffixes


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number in digits or a symbol.

    Args:
        text: folded.
        start: offset of the first character.
        end: offset behind the last one.
        roles: what it may be.
        number: value of digits, None for words.
        gap: what stands between the previous token and this one.
        close: no comma or full stop divides it from the previous token.
    """

    text: str
    start: int
    end: int
    roles: Entry
    number: Fraction | None
    gap: str
    close: bool = field(init=False)

    def __post_init__(self) -> None:
        close = self.start > 0 and not self.gap.strip(" \u00a0\u202f-–—'\t\n")
        object.__setattr__(self, "close", close)

    @property
    def meaningful(self) -> bool:
        """Whether it may play any role, or is a number."""
        return bool(self.roles) or self.text[0].isdigit()

    @property
    def hyphened(self) -> bool:
        """Whether a hyphen or dash joins it to the previous token."""
        return self.close and bool(self.gap.strip())

    def get(self, role: Role) -> int | None:
        """Value of a role, None where the token does not have it."""
        return self.roles.get(role)

    def has(self, role: Role) -> bool:
        """Whether the token may play this role."""
        return role in self.roles


class Tokens(list[Token]):
    """The tokens of an utterance, with the numbers that were already read in them by the index of their first token."""

    __slots__ = ("cardinals", "groups")

    def __init__(self, tokens: Iterable[Token]) -> None:
        super().__init__(tokens)
        self.groups: dict[int, Any] = {}
        self.cardinals: dict[int, Any] = {}


_PIECES = re.compile(
    r"""
      (?P<stamp>\d{4}-\d{2}-\d{2}(?!\d) | \d{1,2}[./]\d{1,2}[./]\d{2,4}(?!\d) | \d{1,2}:\d{2}(?!\d))
    | (?P<grouped>\d{1,3}(?P<mark>[ \u00a0\u202f,.'])\d{3}(?!\d)(?:(?P=mark)\d{3}(?!\d))*)(?P<cents>[.,]\d{1,2}(?!\d))?
    | (?P<number>\d+(?:[.,]\d+)?)
    | (?P<clock>\b[ap]\.\s?m\b\.?)
    | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)
    | (?P<symbol>[$₸₽€£%])
    """,
    re.VERBOSE,
)


def tokenise(text: str, lexicon: Lexicon) -> Tokens:
    """Divide an utterance into tokens with their roles."""
    folded = fold(text)
    tokens: list[Token] = []
    behind = 0
    for piece in _PIECES.finditer(folded):
        start, end = piece.span()
        gap = folded[behind:start]
        word = piece[0] if not piece["clock"] else piece[0][0] + "m"
        last = tokens[-1] if tokens else None
        if last is not None and last.number is not None and gap in ("", "-", " ") and last.number.denominator == 1:
            if word in (lexicon.spaced_suffixes if gap == " " else lexicon.ordinal_suffixes):
                day = int(last.number)
                roles = {Role.ORDINAL: day, Role.DAY_ORDINAL: day}
                tokens[-1] = Token(last.text, last.start, end, roles, None, last.gap)
                behind = end
                continue
            if gap != " " and word in lexicon.number_suffixes:
                tokens[-1] = Token(last.text, last.start, end, last.roles, last.number, last.gap)
                behind = end
                continue
        if piece["word"] and word not in lexicon.entries and (parts := lexicon.parts(word)) is not None:
            cut = start + len(parts[0])
            tokens.append(Token(parts[0], start, cut, lexicon.entries[parts[0]], None, gap))
            tokens.append(Token(parts[1], cut, end, lexicon.entries[parts[1]], None, ""))
            behind = end
            continue
        number = _value(piece)
        tokens.append(Token(word, start, end, lexicon.entries.get(word, _NOTHING), number, gap))
        behind = end
    return Tokens(_join_phrases(tokens, lexicon))


def _value(piece: re.Match[str]) -> Fraction | None:
    if piece["grouped"]:
        whole = int(re.sub(r"\D", "", piece["grouped"]))
        return Fraction(whole) + (Fraction("0." + piece["cents"][1:]) if piece["cents"] else 0)
    if piece["number"]:
        return Fraction(piece["number"].replace(",", "."))
    return None


def _join_phrases(tokens: list[Token], lexicon: Lexicon) -> list[Token]:
    joined: list[Token] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        for phrase in lexicon.phrases.get(token.text, ()):
            window = tokens[index : index + len(phrase)]
            if tuple(part.text for part in window) == phrase and all(part.close for part in window[1:]):
                roles = lexicon.entries[" ".join(phrase)]
                token = Token(" ".join(phrase), token.start, window[-1].end, roles, None, token.gap)
                index += len(phrase) - 1
                break
        joined.append(token)
        index += 1
    return joined
