"""Places that were found in a contact, and which of them lie near, before, after or in which.

Order is that of words' beginnings, all sides together. Every question is answered by bisection, so that expressions
stay fast however many places there are.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import NamedTuple

from analytics.conversation import Role
from analytics.expressions.tree import Distance, EventKind, Node, Relation


class Place(NamedTuple):
    """Words or an event that were found.

    Args:
        first: number of the first word; of an event in which no word begins, between those round it.
        last: of the last word; the same as the first where it is one word.
        start_s: of the first word or the event.
        end_s: of the last word or the event.
        role: who said it; None of an event.
        sure: no word that it rests on counts as not heard.
        node: the part of the expression that found it.
        event: None of words.
        by: who talked into the other, of an interruption.
        rests_on: other places because of which it was kept.
    """

    first: float
    last: float
    start_s: float
    end_s: float
    role: Role | None
    sure: bool
    node: Node
    event: EventKind | None = None
    by: Role | None = None
    rests_on: tuple["Place", ...] = ()


def _first(place: Place) -> float:
    return place.first


def _last(place: Place) -> float:
    return place.last


class _Row:
    """Places of one side, or of all, ready for bisection."""

    __slots__ = ("_by_end", "_by_first", "_by_last", "_firsts", "_lasts", "_reaching")

    def __init__(self, places: list[Place]) -> None:
        self._by_first = sorted(places, key=_first)
        self._by_last = sorted(places, key=_last)
        self._firsts = [place.first for place in self._by_first]
        self._lasts = [place.last for place in self._by_last]
        self._reaching: list[Place] | None = None
        self._by_end: list[Place] | None = None

    def following(self, place: Place) -> Place | None:
        """Return the nearest one that begins after another's last word began."""
        index = bisect_right(self._firsts, place.last)
        return self._by_first[index] if index < len(self._firsts) else None

    def preceding(self, place: Place) -> Place | None:
        """Return the nearest one, by words, whose last word began before another."""
        index = bisect_left(self._lasts, place.first)
        return self._by_last[index - 1] if index else None

    def ended(self, place: Place) -> Place | None:
        """Return the one of those before another that ends latest."""
        if self._by_end is None:
            self._by_end = _latest(self._by_last, [one.end_s for one in self._by_last])
        index = bisect_left(self._lasts, place.first)
        return self._by_end[index - 1] if index else None

    def reaching(self, position: float) -> Place | None:
        """Return that of those beginning at a position or before it which reaches furthest."""
        if self._reaching is None:
            self._reaching = _latest(self._by_first, [one.last for one in self._by_first])
        index = bisect_right(self._firsts, position)
        return self._reaching[index - 1] if index else None


def _latest(places: Sequence[Place], values: Sequence[float]) -> list[Place]:
    """Return for each place that of it and those before it which has the largest value."""
    found: list[Place] = []
    best = float("-inf")
    for place, value in zip(places, values, strict=True):
        if value > best or not found:
            best = value
            found.append(place)
        else:
            found.append(found[-1])
    return found


class Neighbours:
    """Places that others are related to.

    Args:
        places: in any order.
        own: each word's number among its speaker's words.
    """

    __slots__ = ("_all", "_own", "_rows")

    def __init__(self, places: Iterable[Place], own: Sequence[int]) -> None:
        sorts: dict[Role | EventKind | None, list[Place]] = {}
        for place in places:
            sorts.setdefault(place.role or place.event, []).append(place)
        self._rows = {sort: _Row(some) for sort, some in sorts.items()}
        whole = len(sorts) == 1
        self._all = next(iter(self._rows.values())) if whole else _Row([one for some in sorts.values() for one in some])
        self._own = own

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._rows)

    def related(self, place: Place, relation: Relation, distance: Distance | None) -> Place | None:
        """Return one to which a place lies as asked, the nearest first looked at; None where there is none."""
        if relation is Relation.IN:
            return self._around(place)
        if relation is Relation.BEFORE:
            return self._later(place, distance)
        if relation is Relation.AFTER:
            return self._earlier(place, distance)
        return self._across(place) or self._later(place, distance) or self._earlier(place, distance)

    def _later(self, place: Place, distance: Distance | None) -> Place | None:
        near = self._all.following(place)
        if near is None or distance is None:
            return near
        if distance.words is None:
            return near if near.start_s - place.end_s <= (distance.seconds or 0.0) else None
        if _between(place, near) <= distance.words:
            return near
        row = self._rows.get(place.role)
        same = row.following(place) if row is not None else None
        if same is not None and self._own[int(same.first)] - self._own[int(place.last)] - 1 <= distance.words:
            return same
        return None

    def _earlier(self, place: Place, distance: Distance | None) -> Place | None:
        if distance is None or distance.words is None:
            near = self._all.ended(place) if distance is not None else self._all.preceding(place)
            if near is None or distance is None:
                return near
            return near if place.start_s - near.end_s <= (distance.seconds or 0.0) else None
        near = self._all.preceding(place)
        if near is None or _between(near, place) <= distance.words:
            return near
        row = self._rows.get(place.role)
        same = row.preceding(place) if row is not None else None
        if same is not None and self._own[int(place.first)] - self._own[int(same.last)] - 1 <= distance.words:
            return same
        return None

    def _around(self, place: Place) -> Place | None:
        """Return the words of the same side that a place is among, or an event in which it begins."""
        for sort, row in self._rows.items():
            found = row.reaching(place.first)
            if found is None or (isinstance(sort, Role) and sort is not place.role):
                continue
            if found.last >= (place.last if isinstance(sort, Role) else place.first):
                return found
        return None

    def _across(self, place: Place) -> Place | None:
        """Return one of the other side, or an event of another kind, that shares time with a place."""
        for sort, row in self._rows.items():
            if sort is not (place.role or place.event):
                found = row.reaching(place.last)
                if found is not None and found.last >= place.first:
                    return found
        return None


def _between(before: Place, after: Place) -> int:
    """Return how many words begin between two places, all sides together."""
    return ceil(after.first) - floor(before.last) - 1
