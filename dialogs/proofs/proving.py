"""The proof over everything that a call can come to, and how it is kept small.

Slots that have nothing to do with each other are looked at one group after the other: the promise, the callback, the
slots and actions of the scenario's own. Conditions on what is not looked at are let be either way, so no group allows
what a call could do. A group of the scenario's own that comes to more than `MAX_SITUATIONS` situations is parted
into single slots, which is coarser: it may find a fault that no call has, and never overlooks one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dialogs.checks.fault import Fault
from dialogs.checks.wordings import facts_told
from dialogs.documents import Steps
from dialogs.proofs.automaton import Automaton
from dialogs.proofs.faults import Judge
from dialogs.proofs.rules import CALLBACK, PROMISE, REST, Rules, needed
from dialogs.proofs.search import Search, TooMany, Visit
from dialogs.proofs.turns import Turn
from dialogs.schema import RouteSpec, ScenarioSpec, TransitionSpec

Group = frozenset[str]

MAX_SITUATIONS: Final = 2_000
"""Well under a second; the shipped scenarios come to a hundred."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A fault, and a shortest call that shows it.

    Args:
        fault: what is wrong.
        path: the turns from the beginning of the call.
    """

    fault: Fault
    path: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the proof found.

    Args:
        violations: in the order of their paths' lengths.
        taken: transitions and routes that some call takes.
        situations: that were looked at, all groups together.
    """

    violations: tuple[Violation, ...]
    taken: frozenset[Steps]
    situations: int


def prove(spec: ScenarioSpec) -> Proof:
    """Look at every call that a scenario can hold; the names in it are known to be right."""
    found: list[_Run] = []
    for group in _groups(spec):
        try:
            found.append(_Run(spec, group))
        except TooMany:
            found += [_Run(spec, frozenset({name})) for name in sorted(group)]
    taken = frozenset.intersection(*(run.taken for run in found))
    return Proof(tuple(_agreed(found)), taken, sum(run.situations for run in found))


class _Run:
    """The search with one group of slots."""

    def __init__(self, spec: ScenarioSpec, group: Group) -> None:
        rules = Rules(group)
        automaton = Automaton(spec, rules)
        judge = Judge(automaton)
        search = Search(automaton, MAX_SITUATIONS if len(group) > 1 else None)
        self.found: dict[tuple[str, Steps, str], Violation] = {}
        repeats: list[Visit] = []
        for visit in search.visits():
            for fault in judge.faults(visit.turn):
                self._note(fault, visit)
                if fault.rule in ("debt_wording", "unset"):
                    search.close(visit)
            if judge.repeats(visit.turn):
                repeats.append(visit)
        for visit in repeats:
            for fault in judge.repeating(visit.turn):
                self._note(fault, visit)
        self.group = group
        self.taken = frozenset(automaton.taken)
        self.situations = len(search.situations)

    def _note(self, fault: Fault, visit: Visit) -> None:
        once = fault.rule == "notices"  # what is missing at first is missing from then on
        key = (fault.rule, () if once else fault.steps, "" if once else fault.message)
        if key not in self.found:
            self.found[key] = Violation(fault, visit.path())


def _groups(spec: ScenarioSpec) -> Iterator[Group]:
    """Yield the groups of slots that prompts or conditions of the scenario are about; at least an empty one."""
    used = {needed(fact) for prompt in spec.prompts.values() for fact in facts_told(prompt)}
    ways: list[TransitionSpec | RouteSpec] = [*spec.anytime]
    ways += [way for state in spec.states.values() for way in state.on]
    ways += [way for state in spec.states.values() for way in state.route]
    used |= {guard.subject for way in ways for guard in way.when}
    promised = any(state.end == "promise_to_pay" for state in spec.states.values())
    everything = Rules.all_of(spec)
    own = everything.difference(PROMISE, CALLBACK)
    groups = [
        frozenset(PROMISE) if promised or used.intersection((*PROMISE, REST)) else frozenset(),
        frozenset(CALLBACK) & everything if used.intersection(CALLBACK) else frozenset(),
        frozenset(own & used),
    ]
    yield from [group for group in groups if group] or [frozenset()]


def _agreed(runs: list[_Run]) -> Iterator[Violation]:
    """Yield the violations that every run agrees on, and those that only one of them can judge."""
    keys = dict.fromkeys(key for run in runs for key in run.found)
    for key in keys:
        finding = [run.found[key] for run in runs if key in run.found]
        judges_slots = key[0] in ("unset", "mandate", "ending")
        if judges_slots or len(finding) == len(runs):
            yield max(finding, key=lambda violation: len(violation.path))
