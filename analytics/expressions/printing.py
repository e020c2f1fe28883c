"""A tree as text: what is printed parses to the same tree."""

import re
from typing import Final

from analytics.expressions.tree import (
    Attribute,
    Beside,
    Both,
    Distance,
    Either,
    Event,
    EventKind,
    Measure,
    Node,
    Not,
    Phrase,
    Spoken,
    Sure,
    Then,
    Wildcard,
    Window,
    Word,
)

_BARE: Final = re.compile(r"[^\W\d][\w*]*|\*[\w*]+")
_PLAIN_VALUE: Final = re.compile(r"[\w*](?:[\w*.-]*[\w*])?")


def printed(node: Node) -> str:
    """Return an expression's text, with no more brackets than it needs."""
    match node:
        case Word() | Wildcard():
            word = _word(node)
            return word if _BARE.fullmatch(word.removeprefix("=")) else f'"{word}"'
        case Phrase(parts):
            return f'"{" ".join(map(_word, parts))}"'
        case Event(EventKind.INTERRUPTION):
            return EventKind.INTERRUPTION
        case Event(kind, least_s):
            return f"{kind} {seconds(least_s)}"
        case Window():
            return _window(node)
        case Spoken(speaker, inner):
            return f"{speaker}: {_unit(inner)}"
        case Sure(inner, confidence):
            return f"{_unit(inner, bare=not isinstance(inner, Spoken | Sure))} SURE {number(confidence)}"
        case Beside(left, relation, right, distance, negated):
            relation_text = f"{'NOT ' if negated else ''}{relation}{_distance(distance)}"
            return f"{_link(left)} {relation_text} {_unit(right)}"
        case Then(left, right, distance):
            return f"{_link(left)} THEN{_distance(distance)} {_unit(right)}"
        case Either(parts):
            return " OR ".join(_bracketed(part) if isinstance(part, Either) else printed(part) for part in parts)
        case Both(parts):
            return " AND ".join(
                _bracketed(part) if isinstance(part, Either | Both) else printed(part) for part in parts
            )
        case Not(inner):
            return f"NOT {_condition(inner)}"
        case Measure(name, comparison, value, up_to):
            return f"{name} {comparison} {number(value)}{'' if up_to is None else f'..{number(up_to)}'}"
        case Attribute(name, None):
            return f"@{name}"
        case Attribute(name, comparison, value):
            return f"@{name} {comparison} {_value(value)}"
    raise TypeError(f"{type(node).__name__} is no node of an expression")


def seconds(value_s: float) -> str:
    """Return seconds as an expression has them: 1.5s."""
    return f"{number(value_s)}s"


def number(value: float) -> str:
    """Return a number without an exponent and without noughts at its end."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _word(node: Word | Wildcard) -> str:
    if isinstance(node, Wildcard):
        return node.pattern
    return f"={node.text}" if node.exact else node.text


def _window(node: Window) -> str:
    if node.end_s is None:
        return f"LAST {seconds(-node.start_s)}"
    if node.start_s == 0 and node.end_s > 0:
        return f"FIRST {seconds(node.end_s)}"
    return f"{seconds(node.start_s)}..{seconds(node.end_s)}"


def _distance(distance: Distance | None) -> str:
    if distance is None:
        return ""
    return f"/{distance.words}" if distance.seconds is None else f"/{seconds(distance.seconds)}"


def _unit(node: Node, bare: bool = True) -> str:
    """Return what binds as closely as one word."""
    single = isinstance(node, Word | Wildcard | Phrase | Event | Spoken | Sure | Window | Measure | Attribute)
    return printed(node) if single and bare else _bracketed(node)


def _link(node: Node) -> str:
    """Return what may stand to the left of a relation without brackets."""
    return printed(node) if isinstance(node, Beside | Then) else _unit(node)


def _condition(node: Node) -> str:
    """Return what AND and NOT bind."""
    return _bracketed(node) if isinstance(node, Either | Both) else printed(node)


def _bracketed(node: Node) -> str:
    return f"({printed(node)})"


def _value(value: str) -> str:
    if _PLAIN_VALUE.fullmatch(value):
        return value
    quotes = (('"', '"'), ("«", "»"), ("“", "”"))
    opening, closing = next((pair for pair in quotes if pair[1] not in value), quotes[0])
    return f"{opening}{value}{closing}"
