"""Which parts of an expression find places, and whether speakers, confidence and measures stand where they can."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from analytics.expressions.errors import ExpressionError
from analytics.expressions.mends import nearest
from analytics.expressions.tree import (
    Attribute,
    Beside,
    Both,
    Either,
    Event,
    EventKind,
    Expression,
    Measure,
    Node,
    Not,
    Phrase,
    Relation,
    Speaker,
    Spoken,
    Sure,
    Then,
    Wildcard,
    Word,
)


def finds_places(node: Node) -> bool:
    """Whether a node finds places in the talk; the others say yes or no of the whole contact."""
    match node:
        case Either(parts):
            return all(map(finds_places, parts))
        case Spoken(_, inner) | Sure(inner, _):
            return finds_places(inner)
    return isinstance(node, Word | Wildcard | Phrase | Event | Beside | Then)


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right under one, words of a phrase left out."""
    match node:
        case Either(parts) | Both(parts):
            return parts
        case Spoken(_, inner) | Sure(inner, _) | Not(inner):
            return (inner,)
        case Beside(left, _, right) | Then(left, right):
            return left, right
    return ()


def rebuilt(node: Node, inner: Sequence[Node]) -> Node:
    """Return a node with others in place of its `children`."""
    match node:
        case Either() | Both():
            return replace(node, parts=tuple(inner))
        case Spoken() | Sure() | Not():
            return replace(node, inner=inner[0])
        case Beside() | Then():
            return replace(node, left=inner[0], right=inner[1])
    return node


def walked(node: Node) -> Iterator[Node]:
    """Yield a node and all nodes under it."""
    yield node
    for child in children(node):
        yield from walked(child)


def check(tree: Node, text: str) -> None:
    """Refuse what could never hold, or would silently mean something else.

    Raises:
        ExpressionError: with the place and the mend.
    """
    _check(tree, text, None, False)


def check_measures(expression: Expression, names: Collection[str]) -> None:
    """Refuse measures that there are none of.

    Raises:
        ExpressionError: with the nearest names.
    """
    for node in walked(expression.tree):
        if isinstance(node, Measure) and node.name not in names:
            raise unknown_measure(node, names, expression.text)


def unknown_measure(node: Measure, names: Collection[str], text: str) -> ExpressionError:
    """Return the error of a measure that there is none of."""
    return ExpressionError(f"there is no measure `{node.name}`; {nearest(node.name, names)}", text, node.at)


def _check(node: Node, text: str, speaker: Spoken | None, sure: bool) -> None:
    match node:
        case Spoken(named, _):
            if speaker is not None and not speaker.speaker.roles & named.roles:
                problem = f"nobody is both {speaker.speaker} and {named}; leave one of them out"
                raise ExpressionError(problem, text, node.at)
            within = speaker is not None and speaker.speaker.roles <= named.roles
            speaker = speaker if within else node
        case Sure():
            sure = True
        case Event(kind) if kind is not EventKind.INTERRUPTION and speaker is not None:
            whose = f"a {kind} is of both sides, nobody's own; put it outside of what is {speaker.speaker}'s: "
            mend = f"{speaker.speaker}: да AFTER/3s {kind} 2s"
            raise ExpressionError(whose + mend, text, node.at)
        case Event(kind) if sure:
            raise ExpressionError(f"SURE is about words, and {kind} has none; put it outside", text, node.at)
        case Measure() | Attribute() if speaker is not None or sure:
            what = "SURE" if speaker is None else f"{speaker.speaker}:"
            raise ExpressionError(f"{what} is about words; put this condition outside, joined by AND", text, node.at)
        case Beside(_, Relation.IN, right) if _instant(right):
            raise ExpressionError("nothing is said in it; write NEAR/2s, AFTER/2s or BEFORE/2s", text, right.at)
    for child in children(node):
        _check(child, text, speaker, sure)


def _instant(node: Node) -> bool:
    match node:
        case Event(kind):
            return kind is not EventKind.OVERTALK
        case Spoken(Speaker(), inner):
            return _instant(inner)
    return False
