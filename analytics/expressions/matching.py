"""Whether an expression holds of a contact: yes, no, or not heard, and what decided it.

Conditions are joined by three-valued logic: what was not heard stays so unless the rest decides without it. Where words
were looked for and not found, that is a no only if enough of what their speakers said was understood.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from operator import eq, ge, gt, le, lt, ne
from typing import Final

from analytics.expressions.finding import EVERYBODY, Scope, bounds, find
from analytics.expressions.glob import fits
from analytics.expressions.heard import Heard
from analytics.expressions.kinds import finds_places, unknown_measure
from analytics.expressions.places import Place
from analytics.expressions.printing import printed
from analytics.expressions.results import Gap, Hit, Match, Reading, Verdict
from analytics.expressions.tree import (
    Attribute,
    Beside,
    Both,
    Comparison,
    Either,
    Event,
    Expression,
    Measure,
    Node,
    Not,
    Spoken,
    Sure,
    Then,
    Window,
)
from engine.speech import DOUBTFUL_BELOW

MOST_UNHEARD: Final = 0.3
"""Where a larger share of what was said was not understood, nothing is said not to have been said."""

_COMPARED: Final = {
    Comparison.LESS: lt,
    Comparison.AT_MOST: le,
    Comparison.MORE: gt,
    Comparison.AT_LEAST: ge,
    Comparison.EQUAL: eq,
    Comparison.UNEQUAL: ne,
}
_OPPOSITE: Final = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES, Verdict.NOT_HEARD: Verdict.NOT_HEARD}
_NO_MEASURES: Final[Mapping[str, float | None]] = {}


@dataclass(frozen=True, slots=True)
class Hearing:
    """When a word counts as heard.

    Args:
        least_confidence: words below it do not, but where SURE asks for another.
        most_unheard: the share of speech, in 0..1, that may be missed where words are said not to have been said.
    """

    least_confidence: float = DOUBTFUL_BELOW
    most_unheard: float = MOST_UNHEARD


_USUAL: Final = Hearing()


def match_expression(
    expression: Expression,
    heard: Heard,
    measures: Mapping[str, float | None] = _NO_MEASURES,
    hearing: Hearing = _USUAL,
) -> Match:
    """Return whether an expression holds of a contact.

    Args:
        expression: of `analytics.expressions.parse`.
        heard: the contact.
        measures: by name; None where a measure could not be taken of this contact.
        hearing: when a word counts as heard.

    Raises:
        ExpressionError: the expression names a measure that there is none of.
    """
    asked = _Asked(expression.text, heard, measures, hearing)
    return asked.judge(expression.tree, Scope(EVERYBODY, hearing.least_confidence))


class _Asked:
    def __init__(self, text: str, heard: Heard, measures: Mapping[str, float | None], hearing: Hearing) -> None:
        self._text = text
        self._heard = heard
        self._measures = measures
        self._hearing = hearing

    def judge(self, node: Node, scope: Scope) -> Match:
        if finds_places(node):
            return self._found(node, scope)
        match node:
            case Both(parts):
                return _joined([self.judge(part, scope) for part in parts], Verdict.NO, Verdict.YES)
            case Either(parts):
                return _joined([self.judge(part, scope) for part in parts], Verdict.YES, Verdict.NO)
            case Not(inner):
                match_ = self.judge(inner, scope)
                return Match(_OPPOSITE[match_.verdict], match_.hits, match_.readings, match_.gaps)
            case Spoken(_, inner) | Sure(inner, _):
                return self.judge(inner, scope.within(node))
            case Measure():
                return self._measured(node)
            case Attribute():
                return self._known(node)
        raise TypeError(f"{type(node).__name__} says nothing by itself")

    def _found(self, node: Node, scope: Scope) -> Match:
        places = find(self._heard, node, scope)
        if sure := [place for place in places if place.sure]:
            return Match(Verdict.YES, self._hits(sure))
        gap = self._gap(node, scope, 0.0, float("inf"))
        if places or gap is not None:
            return Match(Verdict.NOT_HEARD, self._hits(places), gaps=() if gap is None else (gap,))
        return Match(Verdict.NO)

    def _gap(self, node: Node, scope: Scope, start_s: float, end_s: float) -> Gap | None:
        """Return where too much was missed to say that a part finds nothing."""
        match node:
            case Event():
                return None
            case Spoken(_, inner) | Sure(inner, _):
                return self._gap(inner, scope.within(node), start_s, end_s)
            case Beside(left, _, Window() as window, _, False):
                begin_s, stop_s = bounds(self._heard, window)
                return self._gap(left, scope, max(start_s, begin_s), min(end_s, stop_s))
            case Beside(left, _, _, _, True):
                return self._gap(left, scope, start_s, end_s)
            case Beside(left, _, right) | Then(left, right):
                found, supporting = (right, left) if isinstance(node, Then) else (left, right)
                return self._gap(found, scope, start_s, end_s) or self._gap(supporting, scope, 0.0, float("inf"))
            case Either(parts):
                return next((gap for one in parts if (gap := self._gap(one, scope, start_s, end_s))), None)
        share = self._heard.unheard(scope.roles, scope.least, start_s, end_s)
        if share <= self._hearing.most_unheard:
            return None
        return Gap(scope.roles, start_s, min(end_s, self._heard.columns.duration_s), share, node.at)

    def _measured(self, node: Measure) -> Match:
        if node.name not in self._measures:
            raise unknown_measure(node, self._measures, self._text)
        value = self._measures[node.name]
        reading = Reading(node.name, value, printed(node), node.at)
        if value is None:
            return Match(Verdict.NOT_HEARD, readings=(reading,))
        holds = (
            bool(_COMPARED[node.comparison](value, node.value))
            if node.up_to is None
            else node.value <= value <= node.up_to
        )
        return Match(Verdict.YES if holds else Verdict.NO, readings=(reading,))

    def _known(self, node: Attribute) -> Match:
        contact = self._heard.columns
        known = contact.medium.value if node.name == "medium" else contact.attributes.get(node.name)
        reading = Reading(f"@{node.name}", known, printed(node), node.at)
        return Match(Verdict.YES if _holds(node, known) else Verdict.NO, readings=(reading,))

    def _hits(self, places: list[Place]) -> tuple[Hit, ...]:
        single: dict[tuple[float, float, float, str | None], Place] = {}
        left = list(places)
        while left:
            place = left.pop()
            single[place.start_s, place.first, place.last, place.event or place.role] = place
            left.extend(place.rests_on)
        ordered = sorted(single.values(), key=lambda place: (place.start_s, place.first, place.last))
        return tuple(map(self._hit, ordered))

    def _hit(self, place: Place) -> Hit:
        if place.event is not None:
            at = place.node.at
            return Hit(place.event.value, place.by, place.start_s, place.end_s, 1.0, True, at, place.event)
        heard = self._heard
        words = [one for one in range(int(place.first), int(place.last) + 1) if heard.roles[one] is place.role]
        confidence = min(heard.confidences[one] for one in words)
        text = " ".join(heard.texts[one] for one in words)
        return Hit(text, place.role, place.start_s, place.end_s, confidence, place.sure, place.node.at)


def _joined(parts: list[Match], decides: Verdict, otherwise: Verdict) -> Match:
    """Join conditions: one that decides does so, else one that was not heard, else all together."""
    for verdict in (decides, Verdict.NOT_HEARD, otherwise):
        if of_it := [part for part in parts if part.verdict is verdict]:
            return Match(
                verdict,
                tuple(chain.from_iterable(part.hits for part in of_it)),
                tuple(chain.from_iterable(part.readings for part in of_it)),
                tuple(chain.from_iterable(part.gaps for part in of_it)),
            )
    raise ValueError("nothing was joined")


def _holds(node: Attribute, known: str | None) -> bool:
    if node.comparison is None:
        return known is not None
    if known is None:
        return node.comparison is Comparison.UNEQUAL
    number, limit = as_number(known), as_number(node.value)
    if number is not None and limit is not None:
        return bool(_COMPARED[node.comparison](number, limit))
    if node.comparison not in (Comparison.EQUAL, Comparison.UNEQUAL):
        return False
    return fits(node.value.casefold(), known.casefold()) is (node.comparison is Comparison.EQUAL)


def as_number(text: str) -> float | None:
    """Return an attribute's value where it compares as a number."""
    try:
        return float(text)
    except ValueError:
        return None
