"""The ways of a scenario, which trials shall cover, and how many of them they do.

A way is a place in the scenario where a call can turn off:

- each line under ``on`` of a question, and under ``anytime``: once, whichever of its intents is said, since all of them
  do the same there;
- each entry of a ``route``; of an action also ``failed``;
- each ``again`` of a question, and each limit of silence, of words not understood and of turns, where it is written;
- each ``absent``, and each ending that is reached in the ordinary way;
- ``start``, and ``start_inbound`` where there is one;
- ``clarify``.

Ways that no call can take, whatever is said, do not count; they are named apart. The policy's own refuge is none: it
mends a fault, and a trial that comes to it fails. That every prompt was said in every language is counted apart.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.documents import Steps
from dialogs.progress import Progress
from dialogs.proofs.proving import prove
from dialogs.scenario import Scenario
from dialogs.schema import SPECIAL_TARGETS, ScenarioSpec, StateSpec
from dialogs.trials.running import Result
from dialogs.uses import said_in
from engine.speech import Language


@dataclass(frozen=True, slots=True)
class Coverage:
    """What trials cover of a scenario.

    Args:
        scenario: it.
        ways: those that a call can take, as they stand in the scenario.
        never: those that none can take.
        covered: those that some trial took.
        unspoken: prompts that were not said, by language.
        prompts: how many there are.
    """

    scenario: Scenario
    ways: tuple[Steps, ...]
    never: tuple[Steps, ...]
    covered: frozenset[Steps]
    unspoken: Mapping[Language, tuple[str, ...]]
    prompts: int

    @property
    def missing(self) -> tuple[Steps, ...]:
        """Ways that no trial takes."""
        return tuple(steps for steps in self.ways if steps not in self.covered)

    @property
    def share(self) -> float:
        """Share of the ways that are covered, in 0..1."""
        return 1 - len(self.missing) / len(self.ways)

    def named(self, steps: Steps) -> str:
        """Return ``file:line:column: what the way is``."""
        return self.scenario.sources.problem(steps, describe(self.scenario.spec, steps))


def coverage(scenario: Scenario, results: Iterable[Result]) -> Coverage:
    """Return what trials cover; those that fail count too, as far as they came."""
    possible = possible_ways(scenario.spec)
    ways = tuple(steps for steps in all_ways(scenario.spec) if steps in possible)
    never = tuple(steps for steps in all_ways(scenario.spec) if steps not in possible)
    taken: set[Steps] = set()
    spoken: set[tuple[str, Language]] = set()
    for result in results:
        taken |= result.went
        for exchange in result.conversation.exchanges:
            spoken |= {(line.prompt, line.language) for move in exchange.moves for line in move.lines}
            spoken |= set(meanings(scenario.spec, exchange.progress))
    said = [name for name in scenario.prompts if name in said_in(scenario.spec)]  # of shared ones it may say some only
    unspoken = {
        language: tuple(name for name in said if (name, language) not in spoken) for language in scenario.languages
    }
    return Coverage(scenario, ways, never, frozenset(taken.intersection(ways)), unspoken, len(said))


def meanings(spec: ScenarioSpec, progress: Progress) -> Iterator[tuple[str, Language]]:
    """Yield the prompts that word what the caller is asked to choose between, which are heard within the question."""
    if progress.doubt is not None and spec.clarify is not None:
        for intent in (progress.doubt.understood.intent, progress.doubt.rival):
            yield spec.clarify.means[intent], progress.language


def all_ways(spec: ScenarioSpec) -> Iterator[Steps]:
    """Yield the place of every way."""
    yield ("start",)
    if spec.start_inbound:
        yield ("start_inbound",)
    for name, state in spec.states.items():
        yield from _ways_of(spec, name, state)
    yield from (("anytime", i) for i in range(len(spec.anytime)))
    questions = [state for state in spec.states.values() if state.ask]
    for limit in _LIMITS:
        if any(getattr(state.limits, limit) is None for state in questions):
            yield "limits", limit
    yield "limits", "turns"
    if spec.clarify is not None:
        yield ("clarify",)


def possible_ways(spec: ScenarioSpec) -> frozenset[Steps]:
    """Return the ways that some call takes: all but transitions and routes that never hold, and what lies behind."""
    taken = prove(spec).taken
    ways = [steps for steps in all_ways(spec) if not {"on", "route", "anytime"}.intersection(steps) or steps in taken]
    entered: set[str] = set()
    waiting = [spec.start, spec.start_inbound or spec.start, spec.limits.turns.to, spec.refuge]
    waiting += [each.to for each in (spec.limits.silence, spec.limits.not_understood)]
    waiting += [way.to for i, way in enumerate(spec.anytime) if ("anytime", i) in taken]
    while waiting:
        name = waiting.pop()
        if name in entered or name in SPECIAL_TARGETS:
            continue
        entered.add(name)
        waiting += _targets(name, spec.states[name], taken)
    return frozenset(steps for steps in ways if steps[0] != "states" or steps[1] in entered)


def _targets(name: str, state: StateSpec, taken: Collection[Steps]) -> Iterator[str]:
    """Yield where a state leads to."""
    yield from (way.to for i, way in enumerate(state.on) if ("states", name, "on", i) in taken)
    yield from (way.to for i, way in enumerate(state.route) if ("states", name, "route", i) in taken)
    yield from (limit.to for limit in (state.limits.silence, state.limits.not_understood) if limit is not None)
    if state.failed is not None:
        yield state.failed
    if state.absent is not None and state.absent.to is not None:
        yield state.absent.to


_LIMITS: Final = ("silence", "not_understood")


def _ways_of(spec: ScenarioSpec, name: str, state: StateSpec) -> Iterator[Steps]:
    at: Steps = ("states", name)
    yield from ((*at, "on", i) for i in range(len(state.on)))
    yield from ((*at, "route", i) for i in range(len(state.route)))
    limits = {limit: getattr(state.limits, limit) for limit in _LIMITS}
    if state.again and any((own or getattr(spec.limits, limit)).times for limit, own in limits.items()):
        yield *at, "again"
    yield from ((*at, "limits", limit) for limit, own in limits.items() if own is not None)
    for key in ("failed", "absent", "end"):
        if getattr(state, key):
            yield *at, key


def describe(spec: ScenarioSpec, steps: Steps) -> str:
    """Return what a way is, in words."""
    match steps:
        case ("states", str(name), "on", int(i)):
            return f"in `{name}`, {_answer(spec.states[name].on[i])}"
        case ("anytime", int(i)):
            return f"at any time, {_answer(spec.anytime[i])}"
        case ("states", str(name), "route", int(i)):
            route = spec.states[name].route[i]
            when = " and ".join(f"`{guard}`" for guard in route.when)
            return f"in `{name}`, {f'where {when}' if when else 'otherwise'}, to `{route.to}`"
        case ("states", str(name), "again"):
            return f"in `{name}`, the question asked again after silence or words not understood"
        case ("states", str(name), "failed"):
            return f"in `{name}`, the action failed"
        case ("states", str(name), "absent"):
            return f"in `{name}`, nobody is reached"
        case ("states", str(name), "end"):
            return f"the call ends in `{name}`"
        case (*where, "limits", str(limit)):
            everywhere = "" if limit == "turns" else "in any question without a limit of its own, "
            place = f"in `{where[1]}`, " if where else everywhere
            return f"{place}{_PAST[limit]}"
        case ("clarify",):
            return "the question which of two close meanings is meant"
        case _:
            return f"the call begins at `{steps[0]}`"


_PAST: Final = {
    "silence": "silence past its limit",
    "not_understood": "words not understood, past their limit",
    "turns": "more turns than a call may take",
}


def _answer(transition: object) -> str:
    on, when, to = (getattr(transition, key) for key in ("on", "when", "to"))
    conditions = "".join(f", where `{guard}`" for guard in when)
    return f"the answer {' or '.join(f'`{intent}`' for intent in on)}{conditions}, to `{to}`"
