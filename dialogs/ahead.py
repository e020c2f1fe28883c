"""Which prompts the next moves may hold, so that they are rendered before they are wanted."""

from collections.abc import Iterator

from dialogs.progress import Progress
from dialogs.schema import SPECIAL_TARGETS, ScenarioSpec, StateSpec


def prompts_ahead(spec: ScenarioSpec, progress: Progress, *, person_on_hand: bool) -> Iterator[str]:
    """Yield names of prompts that the next moves may hold, likeliest first; some more than once."""
    state = spec.states[progress.state]
    ways = _Ways(spec, person_on_hand)
    if progress.ending is not None:
        if progress.ending.transfer:
            yield from ways.absent(state, set())
        return
    if progress.waiting:
        yield from ways.after_action(state, set())
        return
    for transition in state.on:
        yield from transition.say
        yield from ways.entering(transition.to, set())
    yield spec.messages.not_understood
    yield spec.messages.silence
    yield from filter(None, (state.ask, state.again))
    for transition in spec.anytime:
        yield from transition.say
        yield from ways.entering(transition.to, set())


class _Ways:
    def __init__(self, spec: ScenarioSpec, person_on_hand: bool) -> None:
        self._spec, self._person_on_hand = spec, person_on_hand

    def entering(self, name: str, seen: set[str]) -> Iterator[str]:
        if name in SPECIAL_TARGETS or name in seen:
            return
        seen.add(name)
        state = self._spec.states[name]
        if state.transfer and not self._person_on_hand:
            yield from self.absent(state, seen)
            return
        yield from state.say
        if state.ask:
            yield state.ask
        yield from self.after_action(state, seen)

    def after_action(self, state: StateSpec, seen: set[str]) -> Iterator[str]:
        for route in state.route:
            yield from route.say
            yield from self.entering(route.to, seen)
        if state.failed is not None:
            yield from self.entering(state.failed, seen)

    def absent(self, state: StateSpec, seen: set[str]) -> Iterator[str]:
        if state.transfer and state.absent is not None:
            yield from state.absent.say
            if state.absent.to is not None:
                yield from self.entering(state.absent.to, seen)
