"""Places of an expression's words, phrases and events in a contact, and what narrows them down."""

from collections.abc import Callable
from typing import NamedTuple

from analytics.conversation import Role
from analytics.expressions.heard import Heard
from analytics.expressions.lemmas import wanted_keys
from analytics.expressions.places import Neighbours, Place
from analytics.expressions.tree import (
    Beside,
    Either,
    Event,
    EventKind,
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

EVERYBODY = frozenset(Role)


class Scope(NamedTuple):
    """Whose words are looked at, and how sure they must be to count as heard."""

    roles: frozenset[Role]
    least: float

    def within(self, node: Spoken | Sure) -> "Scope":
        """Return what is looked at under a speaker or a confidence."""
        if isinstance(node, Spoken):
            return Scope(self.roles & node.speaker.roles, self.least)
        return Scope(self.roles, node.confidence)


def find(heard: Heard, node: Node, scope: Scope) -> list[Place]:
    """Return all places of a part that finds some; those that rest on words not quite heard are not `sure`."""
    match node:
        case Word() | Wildcard():
            return _words(heard, node, scope)
        case Phrase():
            return _phrases(heard, node, scope)
        case Event():
            return _events(heard, node, scope)
        case Spoken(_, inner) | Sure(inner, _):
            return find(heard, inner, scope.within(node))
        case Either(parts):
            return [place for part in parts for place in find(heard, part, scope)]
        case Beside(left, relation, right, distance, negated):
            places = find(heard, left, scope)
            if not places:
                return places
            if isinstance(right, Window):
                begin_s, end_s = bounds(heard, right)
                return [place for place in places if (begin_s <= place.start_s < end_s) is not negated]
            others = find(heard, right, scope)
            return _kept(heard, places, others, lambda by, place: by.related(place, relation, distance), negated)
        case Then(left, right, distance):
            after = find(heard, right, scope)
            if not after:
                return after
            before = find(heard, left, scope)
            return _kept(heard, after, before, lambda by, place: by.related(place, Relation.AFTER, distance), False)
    raise TypeError(f"{type(node).__name__} finds no places")


def bounds(heard: Heard, window: Window) -> tuple[float, float]:
    """Return a window's seconds in a contact."""
    duration_s = heard.columns.duration_s
    begin_s = window.start_s + (duration_s if window.start_s < 0 else 0.0)
    if window.end_s is None:
        return begin_s, float("inf")
    return begin_s, window.end_s + (duration_s if window.end_s < 0 else 0.0)


def positions(heard: Heard, node: Word | Wildcard) -> list[int]:
    """Return the numbers of the words that one word of an expression is found in, in order."""
    if isinstance(node, Wildcard):
        return heard.fitting(node.pattern)
    keys = wanted_keys(node.text)
    return heard.having(keys[:1] if node.exact else keys)


def _words(heard: Heard, node: Word | Wildcard, scope: Scope) -> list[Place]:
    roles, least = scope
    starts_s, ends_s, said_by, confidences = heard.starts_s, heard.ends_s, heard.roles, heard.confidences
    return [
        Place(one, one, starts_s[one], ends_s[one], said_by[one], confidences[one] >= least, node)
        for one in positions(heard, node)
        if said_by[one] in roles
    ]


def _phrases(heard: Heard, node: Phrase, scope: Scope) -> list[Place]:
    roles, least = scope
    rows: list[list[int] | None] = []
    for part in node.parts:
        if isinstance(part, Wildcard) and part.pattern == "*":
            rows.append(None)
            continue
        found = positions(heard, part)
        if not found:
            return []
        rows.append(found)
    following = heard.following
    begun: list[int] = rows[0] or []
    heads = [one for one in begun if heard.roles[one] in roles]
    ways = [(one, one, heard.confidences[one] >= least) for one in heads]
    for row in rows[1:]:
        wanted = None if row is None else frozenset(row)
        ways = [
            (first, after, sure and (wanted is None or heard.confidences[after] >= least))
            for first, last, sure in ways
            if (after := following[last]) >= 0 and (wanted is None or after in wanted)
        ]
    return [
        Place(first, last, heard.starts_s[first], heard.ends_s[last], heard.roles[first], sure, node)
        for first, last, sure in ways
    ]


def _events(heard: Heard, node: Event, scope: Scope) -> list[Place]:
    found = []
    lasting_s = heard.columns.duration_s + 1.0
    for one in heard.events(node.kind):
        if node.kind is EventKind.INTERRUPTION:
            if one.role not in scope.roles:
                continue
        elif one.end_s - one.start_s < node.least_s:
            continue
        first: float = heard.position(one.start_s)
        last: float = heard.position(one.end_s) - 1
        if last < first:  # no word begins in it: it stands between two, in the order of time
            first = last = last + 0.25 + 0.5 * min(1.0, one.start_s / lasting_s)
        found.append(Place(first, last, one.start_s, one.end_s, None, True, node, node.kind, one.role))
    return found


def _kept(
    heard: Heard,
    places: list[Place],
    others: list[Place],
    related: Callable[[Neighbours, Place], Place | None],
    negated: bool,
) -> list[Place]:
    sure = Neighbours((one for one in others if one.sure), heard.own)
    doubtful = Neighbours((one for one in others if not one.sure), heard.own)
    kept = []
    for place in places:
        by = related(sure, place) if sure else None
        maybe = related(doubtful, place) if by is None and doubtful else None
        if negated:
            if by is None:
                kept.append(place if maybe is None else place._replace(sure=False))
        elif by is not None:
            kept.append(place._replace(rests_on=(*place.rests_on, by)))
        elif maybe is not None:
            kept.append(place._replace(sure=False, rests_on=(*place.rests_on, maybe)))
    return kept
