"""The syntax tree of an expression.

Some nodes *find places*: words, phrases, events, and what narrows these down. The others say yes or no of a whole
contact. Where a node stands in the text takes no part in whether two are equal.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from enum import StrEnum

from analytics.conversation import Role
from analytics.expressions.errors import Extent


class Speaker(StrEnum):
    """Whose words are meant."""

    CLIENT = "client"
    BANK = "bank"
    BOT = "bot"
    AGENT = "agent"

    @property
    def roles(self) -> frozenset[Role]:
        """The sides of a contact that it stands for."""
        if self is Speaker.BANK:
            return frozenset(role for role in Role if role.is_bank)
        return frozenset({Role(self.value)})


class EventKind(StrEnum):
    """What happens beside words."""

    PAUSE = "PAUSE"
    OVERTALK = "OVERTALK"
    INTERRUPTION = "INTERRUPTION"


class Relation(StrEnum):
    """How a place must lie to another to be kept."""

    NEAR = "NEAR"
    BEFORE = "BEFORE"
    AFTER = "AFTER"
    IN = "IN"


class Comparison(StrEnum):
    """How a measure or attribute is compared."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "="
    UNEQUAL = "!="


@dataclass(frozen=True, slots=True)
class Distance:
    """How much may lie between two places: words or seconds, the other is None."""

    words: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of an expression, with its place in the text."""

    at: Extent = field(default=Extent(0, 0), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Word(Node):
    """A word, folded: in any form, or in exactly this one."""

    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Wildcard(Node):
    """A word with ``*`` for any letters; a ``*`` alone, which is any word, stands inside phrases only."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """Two words or more, one after the other, of one speaker."""

    parts: tuple[Word | Wildcard, ...]


@dataclass(frozen=True, slots=True)
class Event(Node):
    """A pause or both sides' talking for so long at least, or one side's talking into the other."""

    kind: EventKind
    least_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Window(Node):
    """A stretch of the contact, only to the right of IN; seconds below 0 count from the end, None is the very end."""

    start_s: float
    end_s: float | None


@dataclass(frozen=True, slots=True)
class Spoken(Node):
    """Words of one side alone are meant."""

    speaker: Speaker
    inner: Node


@dataclass(frozen=True, slots=True)
class Sure(Node):
    """Words of a lower confidence, in 0..1, count as not heard."""

    inner: Node
    confidence: float


@dataclass(frozen=True, slots=True)
class Beside(Node):
    """The places on the left that lie so to one on the right, or to none."""

    left: Node
    relation: Relation
    right: Node
    distance: Distance | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Then(Node):
    """The places on the right that come after one on the left."""

    left: Node
    right: Node
    distance: Distance | None = None


@dataclass(frozen=True, slots=True)
class Either(Node):
    """OR: finds places where all of its parts do."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Both(Node):
    """AND."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """NOT, of a whole condition."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Measure(Node):
    """A measure of the contact compared with a number, or whether it lies in a range, its bounds included."""

    name: str
    comparison: Comparison
    value: float
    up_to: float | None = None


@dataclass(frozen=True, slots=True)
class Attribute(Node):
    """What else is known of the contact: whether it is known at all, or how it compares."""

    name: str
    comparison: Comparison | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was read: contacts are matched by its tree, errors and evidence point into its text."""

    text: str
    tree: Node


def speakers_in(node: Node) -> frozenset[Speaker]:
    """Return the speakers that a node names, itself or in what it holds."""
    own = frozenset({node.speaker}) if isinstance(node, Spoken) else frozenset()
    return own.union(*map(speakers_in, _held(node)))


def _held(node: Node) -> Iterator[Node]:
    for one in fields(node):
        value = getattr(node, one.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield part
