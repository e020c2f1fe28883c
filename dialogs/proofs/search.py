"""A search over everything a call can come to, shortest ways first: the first way to a fault is a shortest one."""

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from dialogs.proofs.automaton import Automaton
from dialogs.proofs.turns import Arrival, Situation, Turn


class TooMany(Exception):
    """The scenario can come to more situations than are looked at together."""


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """One turn of the search, with the turns that led to it.

    Args:
        turn: that was taken.
        previous: the visit that it follows, None at the beginning.
    """

    turn: Turn
    previous: "Visit | None"

    @property
    def situation(self) -> Situation:
        """Where it led."""
        return self.turn.arrival.state, self.turn.arrival.memory

    def path(self) -> tuple[Turn, ...]:
        """Return the turns from the beginning of the call to this one."""
        turns: list[Turn] = []
        visit: Visit | None = self
        while visit is not None:
            turns.append(visit.turn)
            visit = visit.previous
        return tuple(reversed(turns))


class Search:
    """Visits every turn that a scenario can take, each in the shortest way.

    A situation is passed over where another one was visited in the same state that differs only in lacking assurances
    (`Rules.assurances`): whatever can happen here can happen there too, after as few turns.

    Args:
        automaton: of the scenario.
        most: situations that are looked at; None for as many as there are.
    """

    def __init__(self, automaton: Automaton, most: int | None = None) -> None:
        self.situations: list[Visit] = []
        """The first visit of every situation that was looked at."""
        self._automaton = automaton
        self._most = most
        self._closed: set[Arrival] = set()
        self._seen: dict[tuple[str, int], list[int]] = {}

    def close(self, visit: Visit) -> None:
        """Go no further from where a visit led: the machine would not be there."""
        self._closed.add(visit.turn.arrival)

    def exhaust(self) -> None:
        """Visit everything, for the sake of `situations`."""
        for _ in self.visits():
            pass

    def visits(self) -> Iterator[Visit]:
        """Yield every visit, shortest ways first.

        Raises:
            TooMany: more than were allowed.
        """
        queue: list[tuple[int, int, Visit]] = []
        numbers = count()

        lengths: dict[Arrival, int] = {}

        def await_all(turns: Iterator[Turn], previous: Visit | None, so_far: int) -> None:
            for turn in turns:
                length = so_far + turn.length
                if lengths.get(turn.arrival, length + 1) > length:
                    lengths[turn.arrival] = length
                    heappush(queue, (length, next(numbers), Visit(turn, previous)))

        await_all(self._automaton.begin(), None, 0)
        while queue:
            length, _, visit = heappop(queue)
            yield visit
            arrival = visit.turn.arrival
            if arrival.waits and arrival not in self._closed and self._new(visit):
                self.situations.append(visit)
                if self._most is not None and len(self.situations) > self._most:
                    raise TooMany
                await_all(self._automaton.turns(visit.situation), visit, length)

    def _new(self, visit: Visit) -> bool:
        name, memory = visit.situation
        assurances = memory & self._automaton.rules.assurances
        seen = self._seen.setdefault((name, memory - assurances), [])
        if any(each & assurances == each for each in seen):
            return False
        seen.append(assurances)
        return True
