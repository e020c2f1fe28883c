"""Which prompts a scenario says, and where."""

from collections.abc import Iterable, Mapping
from typing import Final

from dialogs.schema import ScenarioSpec

ANYWHERE: Final = "any question"
"""The place of what may be said in every question."""


def said_in(spec: ScenarioSpec) -> Mapping[str, tuple[str, ...]]:
    """Return the states that say a prompt, by its name; a prompt that is never said is missing."""
    found: dict[str, dict[str, None]] = {}

    def add(names: Iterable[str], place: str) -> None:
        for name in names:
            found.setdefault(name, {})[place] = None

    for name, state in spec.states.items():
        add((*state.say, *filter(None, (state.ask, state.again)), *(state.absent.say if state.absent else ())), name)
        for transition in state.on:
            add(transition.say, name)
        for route in state.route:
            add(route.say, name)
    for transition in spec.anytime:
        add(transition.say, ANYWHERE)
    add((spec.messages.silence, spec.messages.not_understood, spec.messages.language_switched), ANYWHERE)
    if spec.clarify is not None:
        add((spec.clarify.ask, *spec.clarify.means.values()), ANYWHERE)
    return {name: tuple(places) for name, places in found.items()}
