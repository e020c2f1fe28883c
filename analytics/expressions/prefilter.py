"""What a contact must hold for an expression to be able to hold of it: an AND/OR tree of keys for a full-text index.

The index keeps the keys of each word (`analytics.expressions.lemmas.keys_of`) by who said it and in the order of his
words; what passes is then matched exactly. No contact of which the expression holds is lost. Those in which it was
merely not heard may be.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from analytics.conversation import Role
from analytics.expressions.lemmas import wanted_keys
from analytics.expressions.tree import (
    Beside,
    Both,
    Distance,
    Either,
    Expression,
    Node,
    Phrase,
    Relation,
    Spoken,
    Sure,
    Then,
    Wildcard,
    Window,
    Word,
)

_EVERYBODY: Final = frozenset(Role)


@dataclass(frozen=True, slots=True)
class HasKey:
    """A word with this key, of one of these sides."""

    key: str
    roles: frozenset[Role] = _EVERYBODY


@dataclass(frozen=True, slots=True)
class HasBeginning:
    """A word whose folded form begins so, of one of these sides."""

    beginning: str
    roles: frozenset[Role] = _EVERYBODY


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of these."""

    parts: tuple["Need", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these at least."""

    parts: tuple["Need", ...]


@dataclass(frozen=True, slots=True)
class Close:
    """A word of the left and one of the right, both of the same side, with at most so many of its words between them.

    Args:
        left: what one of the words has: one of these.
        right: what the other has.
        words: that may stand between them.
        ordered: the left one stands before the right one.
    """

    left: tuple[HasKey | HasBeginning, ...]
    right: tuple[HasKey | HasBeginning, ...]
    words: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class Anything:
    """No word is needed: every contact must be looked at."""


Need = HasKey | HasBeginning | AllOf | AnyOf | Close | Anything

ANYTHING: Final = Anything()
_LEAST_BEGINNING: Final = 2


def needed(expression: Expression) -> Need:
    """Return what words a contact must hold for an expression to hold of it."""
    return _needed(expression.tree, _EVERYBODY)


def all_of(parts: list[Need]) -> Need:
    """Return what holds where all of these do."""
    real: dict[Need, None] = {}
    for part in parts:
        if not isinstance(part, Anything):
            real.update(dict.fromkeys(part.parts if isinstance(part, AllOf) else (part,)))
    return AllOf(tuple(real)) if len(real) > 1 else next(iter(real), ANYTHING)


def any_of(parts: list[Need]) -> Need:
    """Return what holds where one of these does."""
    single: dict[Need, None] = {}
    for part in parts:
        if isinstance(part, Anything):
            return ANYTHING
        single.update(dict.fromkeys(part.parts if isinstance(part, AnyOf) else (part,)))
    return AnyOf(tuple(single)) if len(single) > 1 else next(iter(single))


def _needed(node: Node, roles: frozenset[Role]) -> Need:
    match node:
        case Word(text, exact):
            form, *lemmas = wanted_keys(text)
            # Whatever is of the same form has one of its lemmas too: asking for both would ask twice.
            return any_of([HasKey(key, roles) for key in ([form] if exact or not lemmas else lemmas)])
        case Wildcard(pattern):
            beginning = pattern.partition("*")[0]
            return HasBeginning(beginning, roles) if len(beginning) >= _LEAST_BEGINNING else ANYTHING
        case Spoken(speaker, inner):
            return _needed(inner, roles & speaker.roles)
        case Sure(inner, _):
            return _needed(inner, roles)
        case Beside(left, relation, right, distance, negated):
            if negated or isinstance(right, Window):
                return _needed(left, roles)
            first, second = _needed(left, roles), _needed(right, roles)
            if relation is Relation.AFTER:
                first, second = second, first
            return _beside(first, second, distance, ordered=relation is not Relation.NEAR)
        case Then(left, right, distance):
            return _beside(_needed(left, roles), _needed(right, roles), distance, ordered=True)
        case Phrase(parts):
            return _in_a_row(parts, roles)
        case Both(parts):
            return all_of([_needed(part, roles) for part in parts])
        case Either(parts):
            return any_of([_needed(part, roles) for part in parts])
    return ANYTHING


def _in_a_row(parts: tuple[Word | Wildcard, ...], roles: frozenset[Role]) -> Need:
    known = [(at, need) for at, part in enumerate(parts) if not isinstance(need := _needed(part, roles), Anything)]
    if len(known) == 1:
        return known[0][1]
    return all_of(
        [Close(_words(left), _words(right), then - at - 1, True) for (at, left), (then, right) in pairwise(known)]
    )


def _beside(first: Need, second: Need, distance: Distance | None, *, ordered: bool) -> Need:
    """Return what two places need that lie so; how far apart is known only of words of one and the same side."""
    left, right = _words(first), _words(second)
    of_one_side = len({one.roles for one in (*left, *right)}) == 1 and all(len(one.roles) == 1 for one in left)
    if not left or not right or distance is None or distance.words is None or not of_one_side:
        return all_of([first, second])
    return Close(left, right, distance.words, ordered)


def _words(need: Need) -> tuple[HasKey | HasBeginning, ...]:
    """Return what a single word may have, nothing where it is more than a word that is needed."""
    parts = need.parts if isinstance(need, AnyOf) else (need,)
    words = tuple(part for part in parts if isinstance(part, HasKey | HasBeginning))
    return words if len(words) == len(parts) else ()
