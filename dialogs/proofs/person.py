"""A person is never out of reach: in every question one can be asked for, and nobody is kept from one for long.

For every question, within ``person_within`` of the caller's turns:

1. **Asked for.** Whoever says nothing but "a person, please" (`operator`) comes to a transfer, or to an agreed callback
   where the scenario has no transfer there, on every branch.
2. **Offered.** Whoever says a bare "no", is silent, or is not understood, in any order, comes to the end of the call,
   to a transfer, or to a question that offers a person: one whose own answers lead to a transfer or a callback.

A transfer counts whether a person is on hand or not: `absent` says what follows, and other proofs look at that.
"""

from collections.abc import Callable, Iterator
from functools import cached_property

from dialogs.checks.fault import Fault
from dialogs.documents import Steps
from dialogs.proofs.automaton import Automaton
from dialogs.proofs.proving import Violation
from dialogs.proofs.search import Search
from dialogs.proofs.turns import Arrival, Event, Situation, Turn
from dialogs.schema import ANYTHING, ScenarioSpec
from dialogs.understanding.intents import Intent
from engine.calls import Disposition


class Reach:
    """Looks for callers who do not reach a person.

    Args:
        spec: the scenario.
        automaton: of it.
        search: that has visited everything.
    """

    def __init__(self, spec: ScenarioSpec, automaton: Automaton, search: Search) -> None:
        self._spec = spec
        self._automaton = automaton
        self._search = search

    def faults(self) -> Iterator[Violation]:
        """Yield for each question what keeps its callers from a person."""
        within = self._spec.person_within
        seen: set[str] = set()
        for visit in self._search.situations:
            name = visit.situation[0]
            if self._spec.states[name].ask is None or name in seen:
                continue
            steps: Steps = ("states", name)
            path = self._kept(visit.situation, self._asking, self._given, within)
            if path is not None:
                message = f"in `{name}` a caller who asks for a person does not reach one within {within} answers"
                mend = "lead `operator` to a state with `transfer`, or to a callback"
                seen.add(name)
                yield Violation(Fault("person", steps, message, mend), (*visit.path(), *path))
                continue
            path = self._kept(visit.situation, self._passive, self._offered, within)
            if path is not None:
                message = f"from `{name}` on, {within} turns of no, silence or words not understood bring no person"
                mend = "offer one on the way, or tighten `limits` and `times`"
                seen.add(name)
                yield Violation(Fault("person", steps, message, mend), (*visit.path(), *path))

    def _kept(
        self,
        start: Situation,
        turns: Callable[[Situation], Iterator[Turn]],
        good: Callable[[Arrival], bool],
        within: int,
    ) -> tuple[Turn, ...] | None:
        """Return turns on which nothing good comes within so many, or None; a limited turn is taken no more often."""
        todo: list[tuple[Situation, int, tuple[Turn, ...]]] = [(start, 0, ())]
        looked: set[tuple[Situation, int, tuple[tuple[Steps, int], ...]]] = set()
        while todo:
            situation, used, path = todo.pop()
            for turn in turns(situation):
                if not self._open(turn, path):
                    continue
                longer = (*path, turn)
                length = used + turn.times
                if length > within:
                    return longer
                if good(turn.arrival):
                    continue
                if turn.arrival.end is not None:
                    return longer
                after = turn.arrival.state, turn.arrival.memory
                key = (after, length, self._uses(longer))
                if key not in looked:
                    looked.add(key)
                    todo.append((after, length, longer))
        return None

    def _open(self, turn: Turn, path: tuple[Turn, ...]) -> bool:
        times = self._times(turn.steps)
        return times is None or sum(each.steps == turn.steps for each in path) < times

    def _uses(self, path: tuple[Turn, ...]) -> tuple[tuple[Steps, int], ...]:
        limited = [turn.steps for turn in path if self._times(turn.steps) is not None]
        return tuple(sorted(((steps, limited.count(steps)) for steps in set(limited)), key=str))

    def _times(self, steps: Steps) -> int | None:
        transition = self._automaton.transition(steps)
        return None if transition is None else transition.times

    def _asking(self, situation: Situation) -> Iterator[Turn]:
        yield from self._waited(situation, lambda: self._automaton.answers(situation, Intent.OPERATOR))

    def _passive(self, situation: Situation) -> Iterator[Turn]:
        def turns() -> Iterator[Turn]:
            yield from filter(self._bare, self._automaton.answers(situation, Intent.NO))
            yield from self._automaton.limited(situation, Event.SILENCE)
            yield from self._automaton.limited(situation, Event.NOT_UNDERSTOOD)

        # To be asked again leads nowhere else; where the limit is reached is looked at instead.
        yield from (
            turn
            for turn in self._waited(situation, turns)
            if turn.times > 1 or turn.arrival.state != situation[0] or turn.event not in _AGAIN
        )

    def _bare(self, turn: Turn) -> bool:
        """Whether a "no" that tells nothing else leads there."""
        transition = self._automaton.transition(turn.steps)
        if transition is None:
            return True
        told = any(guard.subject.startswith("heard.") and not guard.negated for guard in transition.when)
        return not told and not {Intent.NO, ANYTHING}.isdisjoint(transition.on)

    def _waited(self, situation: Situation, turns: Callable[[], Iterator[Turn]]) -> Iterator[Turn]:
        """Where an action is waited for, nobody answers: what comes of it is followed."""
        if self._spec.states[situation[0]].ask is None:
            yield from self._automaton.turns(situation)
        else:
            yield from turns()

    def _given(self, arrival: Arrival) -> bool:
        return self._transferred(arrival) or arrival.end is Disposition.CALLBACK or self._only_callback(arrival)

    def _only_callback(self, arrival: Arrival) -> bool:
        """Whether a callback is asked about, in a scenario where nobody can be transferred."""
        return not self._transfers and arrival.state in self._offering

    def _offered(self, arrival: Arrival) -> bool:
        return self._transferred(arrival) or arrival.end is not None or arrival.state in self._offering

    def _transferred(self, arrival: Arrival) -> bool:
        return arrival.nobody or self._spec.states[arrival.state].transfer

    @cached_property
    def _transfers(self) -> bool:
        return any(state.transfer for state in self._spec.states.values())

    @cached_property
    def _offering(self) -> frozenset[str]:
        """Questions whose own answers lead at once to a transfer or an agreed callback."""
        return frozenset(
            name
            for name, state in self._spec.states.items()
            if state.ask is not None and any(self._helps(transition.to, set()) for transition in state.on)
        )

    def _helps(self, name: str, seen: set[str]) -> bool:
        state = self._spec.states.get(name)
        if state is None or name in seen:
            return False
        seen.add(name)
        if state.transfer or state.end is Disposition.CALLBACK:
            return True
        return any(self._helps(route.to, seen) for route in state.route)


_AGAIN = frozenset({Event.SILENCE, Event.NOT_UNDERSTOOD, Intent.NO})
