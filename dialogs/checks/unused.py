"""What a scenario declares and never uses: harmless, and mostly a name that was meant to stand somewhere."""

from collections.abc import Iterator

from dialogs.checks.fault import Fault, Severity
from dialogs.checks.wordings import facts_in, facts_told
from dialogs.schema import Guard, RouteSpec, ScenarioSpec, TransitionSpec
from dialogs.understanding.intents import Intent


def unused(spec: ScenarioSpec) -> Iterator[Fault]:
    """Yield a warning for each declaration that nothing in the scenario refers to."""
    asked = {guard.subject for guard in _guards(spec)}
    told = {fact.split(".")[0] for prompt in spec.prompts.values() for fact in facts_told(prompt)}
    told |= {fact for action in spec.actions.values() for fact in facts_in(f"{action.url} {action.body}")}
    heard = {intent for transition in _transitions(spec) for intent in transition.on}
    heard |= set(spec.clarify.means) if spec.clarify else set()
    slots = {slot for state in spec.states.values() for slot in state.slots}
    slots |= {setting.name for way in _ways(spec) for setting in way.set}  # for the call's record
    values = asked | told | {subject.removeprefix("heard.") for subject in asked}
    used: dict[str, set[str]] = {
        "facts": values | {fact for action in spec.actions.values() for fact in action.result},
        "slots": slots,
        "entities": {slot.of for slot in spec.slots.values() if slot.of},
        "segments": asked,
        "intents": heard | set(Intent),
        "actions": {state.do for state in spec.states.values() if state.do},
    }
    for section, names in used.items():
        for name in getattr(spec, section):
            if name not in names:
                message = f"`{name}` under `{section}` is never used"
                yield Fault("unused", (section, name), message, "use it or delete it", Severity.WARNING)


def _transitions(spec: ScenarioSpec) -> Iterator[TransitionSpec]:
    yield from spec.anytime
    for state in spec.states.values():
        yield from state.on


def _ways(spec: ScenarioSpec) -> Iterator[TransitionSpec | RouteSpec]:
    yield from _transitions(spec)
    for state in spec.states.values():
        yield from state.route


def _guards(spec: ScenarioSpec) -> Iterator[Guard]:
    for way in _ways(spec):
        yield from way.when
    for segment in spec.segments.values():
        yield from (*segment.all, *segment.any)
    for mandate in spec.mandate:
        yield from mandate.when
    for tone in spec.tone:
        yield from tone.when
