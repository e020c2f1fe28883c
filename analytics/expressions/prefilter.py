"""What a contact must hold for an expression to be able to hold of it: an AND/OR tree of keys for a full-text index.

The index keeps the keys of each word (`analytics.expressions.lemmas.keys_of`); what passes is then matched exactly. No
contact of which the expression holds is lost. Those in which it was merely not heard may be.
"""

from dataclasses import dataclass
from typing import Final

from analytics.expressions.lemmas import wanted_keys
from analytics.expressions.tree import (
    Beside,
    Both,
    Either,
    Expression,
    Node,
    Phrase,
    Spoken,
    Sure,
    Then,
    Wildcard,
    Window,
    Word,
)


@dataclass(frozen=True, slots=True)
class HasKey:
    """A word with this key."""

    key: str


@dataclass(frozen=True, slots=True)
class HasBeginning:
    """A word whose folded form begins so."""

    beginning: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of these."""

    parts: tuple["Need", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these at least."""

    parts: tuple["Need", ...]


@dataclass(frozen=True, slots=True)
class Anything:
    """No word is needed: every contact must be looked at."""


Need = HasKey | HasBeginning | AllOf | AnyOf | Anything

_ANYTHING: Final = Anything()
_LEAST_BEGINNING: Final = 2


def needed(expression: Expression) -> Need:
    """Return what words a contact must hold for an expression to hold of it."""
    return _needed(expression.tree)


def _needed(node: Node) -> Need:
    match node:
        case Word(text, exact):
            keys = wanted_keys(text)
            return _any([HasKey(key) for key in (keys[:1] if exact else keys)])
        case Wildcard(pattern):
            beginning = pattern.partition("*")[0]
            return HasBeginning(beginning) if len(beginning) >= _LEAST_BEGINNING else _ANYTHING
        case Spoken(_, inner) | Sure(inner, _):
            return _needed(inner)
        case Beside(left, _, right, _, negated):
            return _needed(left) if negated or isinstance(right, Window) else _all([_needed(left), _needed(right)])
        case Then(left, right):
            return _all([_needed(left), _needed(right)])
        case Phrase(parts) | Both(parts):
            return _all([_needed(part) for part in parts])
        case Either(parts):
            return _any([_needed(part) for part in parts])
    return _ANYTHING


def _all(parts: list[Need]) -> Need:
    real = tuple(dict.fromkeys(part for part in parts if not isinstance(part, Anything)))
    return AllOf(real) if len(real) > 1 else real[0] if real else _ANYTHING


def _any(parts: list[Need]) -> Need:
    single = tuple(dict.fromkeys(parts))
    if any(isinstance(part, Anything) for part in single):
        return _ANYTHING
    return AnyOf(single) if len(single) > 1 else single[0]
