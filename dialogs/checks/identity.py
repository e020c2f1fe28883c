"""Whether a yes that confirms the right party answers the question whether the caller is that person."""

from collections.abc import Iterator

from dialogs.checks.fault import Fault
from dialogs.checks.wordings import facts_in, texts
from dialogs.documents import Steps
from dialogs.schema import Party, ScenarioSpec, StateSpec


def identity_faults(spec: ScenarioSpec) -> Iterator[Fault]:
    """Yield questions whose yes confirms the right party, though the name was not asked for or not heard."""
    for name, state in spec.states.items():
        for i, transition in enumerate(state.on):
            if transition.party is Party.CONFIRMED:
                yield from _asked_by_name(spec, state, ("states", name, "on", i, "party"))


def _asked_by_name(spec: ScenarioSpec, state: StateSpec, steps: Steps) -> Iterator[Fault]:
    """A yes confirms who the caller is only where the name was asked for, in full, and heard to its end."""
    for name in filter(None, (state.ask, state.again)):
        prompt = spec.prompts[name]
        for language in spec.languages:
            if any("debtor.full_name" not in facts_in(text) for _, _, text in texts(prompt, language)):
                message = (
                    f"a yes to `{name}` confirms the right party, and its text in {language} does not ask for the name"
                )
                yield Fault("identity", steps, message, "ask for {debtor.full_name} in it")
                break
        else:
            if prompt.interruptible:
                message = f"a yes to `{name}` confirms the right party, and may be said before the name was heard"
                yield Fault("identity", ("prompts", name), message, "add `interruptible: false`")
