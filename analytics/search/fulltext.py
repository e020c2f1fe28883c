"""What a full text is to the index: it keeps the keys of contacts' words, and finds the contacts that hold some."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, product
from typing import Final, Protocol

from sqlalchemy import ColumnElement, Connection, FromClause

from analytics.conversation import Role
from analytics.expressions.heard import Heard
from analytics.expressions.prefilter import AllOf, AnyOf, Anything, Close, HasBeginning, HasKey, Need, all_of, any_of
from analytics.search.veil import Veil

LOOSE: Final = "!loose"
"""The key of a contact whose order of words is not kept well enough to tell which ones are close; no word has a !."""

LETTERS: Final = {Role.BOT: "b", Role.AGENT: "a", Role.CLIENT: "c"}
"""Before each key, whose word it is: what the bank says in every contact does not slow down what clients seldom say."""

_PAIR: Final = "!"
"""Before each word of a pair; no word has it."""

_BEGINNING: Final = 3
"""Letters of a key that stand for it in a pair: so few that a word's form and lemmas mostly begin alike."""

_DEEPEST: Final = 12

Words = dict[Role, list[Sequence[str]]]
"""The keys of each word of a side, in the order of its words; the folded form is the first."""


class FullText(Protocol):
    """A database's own full text."""

    rows: FromClause
    """Where it is kept."""

    position: ColumnElement[int]
    """The contact's position in it."""

    tie: ColumnElement[int]
    """The same as other tables are joined by it."""

    by_words: ColumnElement[int]
    """The same to order by where words are so rare that contacts are better found by them than newest first."""

    def expect_questions(self, connection: Connection) -> None:
        """Make the database ready for questions of this transaction."""

    def end_of_newest(self, connection: Connection, below: int | None) -> int | None:
        """Return above which position contacts are read newest first, before the rest are found by their words.

        None where the database need not be told, or no more contacts are left than it reads so.
        """

    def clear(self, connection: Connection) -> None:
        """Take all contacts out."""

    def put(self, connection: Connection, position: int, words: Words, veil: Veil) -> None:
        """Take a contact in, at a position that is free."""

    def remove(self, connection: Connection, position: int, words: Words, veil: Veil) -> None:
        """Take a contact out; the words must be those that were put, and the veil the same."""

    def holds(self, need: Need, veil: Veil) -> ColumnElement[bool]:
        """Return the condition that a row holds what is needed, which is not `Anything`."""


def laid_out(heard: Heard) -> Words:
    """Return the keys of a contact's words by who said them, as the matcher sees them."""
    words: Words = {role: [] for role in Role}
    for role, keys in zip(heard.roles, heard.keys, strict=True):
        words[role].append(keys)
    return words


def pairs_in(said: Sequence[Sequence[str]]) -> set[str]:
    """Return the keys of what stands side by side among the words of one side, beside the keys of the words."""
    beginnings = [{_beginning(key) for key in keys} for keys in said]
    return {_pair(first, second) for some, others in pairwise(beginnings) for first in some for second in others}


def paired(need: Need) -> Need:
    """Return a need in which words that must stand side by side are looked for as pairs.

    Pairs are rare where each of their words is common, and no places are compared, which would be done for every
    contact that has both words.
    """
    match need:
        case AllOf(parts):
            return all_of([paired(part) for part in parts])
        case AnyOf(parts):
            return any_of([paired(part) for part in parts])
        case Close(left, right, 0, True) if all(map(_is_long_enough, (*left, *right))):
            roles = left[0].roles & right[0].roles
            beginnings = product(*({_beginning(_asked_for(word)) for word in side} for side in (left, right)))
            return all_of([plain(need), any_of([HasKey(_pair(*pair), roles) for pair in sorted(beginnings)])])
    return need


def shallow(need: Need, depth: int = 0) -> Need:
    """Return a need without what is nested deeper than databases take it; all that passed still does."""
    match need:
        case AllOf(parts):
            return Anything() if depth >= _DEEPEST else all_of([shallow(part, depth + 1) for part in parts])
        case AnyOf(parts):
            return Anything() if depth >= _DEEPEST else any_of([shallow(part, depth + 1) for part in parts])
    return need


def plain(need: Need) -> Need:
    """Return a need in which words that must be close need only be there."""
    match need:
        case AllOf(parts):
            return all_of([plain(part) for part in parts])
        case AnyOf(parts):
            return any_of([plain(part) for part in parts])
        case Close(left, right):
            return all_of([any_of([*left]), any_of([*right])])
    return need


def leaves(need: Need) -> Iterator[HasKey | HasBeginning | Close]:
    """Yield what a need is put together of."""
    match need:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case HasKey() | HasBeginning() | Close():
            yield need


def _pair(first: str, second: str) -> str:
    return f"{_PAIR}{first}{_PAIR}{second}"


def _beginning(key: str) -> str:
    """Return how a key begins, whatever language it is of."""
    return key.rpartition(":")[2][:_BEGINNING]


def _asked_for(word: HasKey | HasBeginning) -> str:
    return word.key if isinstance(word, HasKey) else word.beginning


def _is_long_enough(word: HasKey | HasBeginning) -> bool:
    return isinstance(word, HasKey) or len(word.beginning) >= _BEGINNING
