"""Whether what a scenario declares fits together: facts, slots, entities, segments, actions, intents, mandate, tone."""

from collections.abc import Iterable, Iterator

from dialogs.answers import unspoken
from dialogs.checks.patterns import pattern_fault
from dialogs.conditions import Conditions, Scope, taken_names
from dialogs.documents import Steps
from dialogs.errands import MACHINE_FACTS, faults
from dialogs.facts import Declared
from dialogs.mends import suggest
from dialogs.schema import ANYTHING, Guard, ScenarioSpec
from dialogs.understanding.intents import Intent

Problem = tuple[Steps, str]
"""A place in the joined scenario, and what is wrong there with the mend."""


def declarations(spec: ScenarioSpec, conditions: Conditions) -> Iterator[Problem]:
    """Yield what is wrong with the declarations of a scenario."""
    yield from _names(spec)
    yield from _slots(spec)
    for name, segment in spec.segments.items():
        for key, guards in (("all", segment.all), ("any", segment.any)):
            yield from _guards(("segments", name, key), guards, conditions, segments=False)
    for i, mandate in enumerate(spec.mandate):
        yield from _guards(("mandate", i, "when"), mandate.when, conditions)
    for i, tone in enumerate(spec.tone):
        yield from _guards(("tone", i, "when"), tone.when, conditions)
    for name, action in spec.actions.items():
        yield from faults(name, action, spec.facts, Declared.of(spec))
    yield from _intents(spec)
    yield from _clarify(spec)


def _names(spec: ScenarioSpec) -> Iterator[Problem]:
    taken = {*taken_names(), *MACHINE_FACTS}
    seen: dict[str, str] = {}
    for section in ("facts", "slots", "segments"):
        for name in getattr(spec, section):
            if name in taken:
                yield (section, name), f"`{name}` has a meaning of its own; choose another name"
            elif name in seen:
                yield (section, name), f"`{name}` is declared under `{seen[name]}` too; rename one of the two"
            seen[name] = section


def _slots(spec: ScenarioSpec) -> Iterator[Problem]:
    for name, slot in spec.slots.items():
        if slot.of is not None and slot.of not in spec.entities:
            yield ("slots", name, "of"), f"unknown entity `{slot.of}`; {suggest(slot.of, spec.entities)}"
        if slot.least is not None and slot.most is not None and slot.least > slot.most:
            yield ("slots", name, "least"), "`least` is more than `most`; no number lies between them"
    for name, entity in spec.entities.items():
        for value, language in unspoken(entity, spec.languages):
            yield ("entities", name, value), f"`{value}` has no words in {language}; add `{language}:`"


def _guards(
    steps: Steps, guards: Iterable[Guard], conditions: Conditions, *, segments: bool = True
) -> Iterator[Problem]:
    for i, guard in enumerate(guards):
        fault = conditions.fault(guard, Scope.CALL, segments=segments)
        if fault is not None:
            yield (*steps, i), fault


def _intents(spec: ScenarioSpec) -> Iterator[Problem]:
    for name, by_language in spec.intents.items():
        if name in (ANYTHING, Intent.NOT_UNDERSTOOD, Intent.INFORM):
            yield ("intents", name), f"`{name}` has a meaning of its own; choose another name"
        for language, phrases in by_language.items():
            for i, pattern in enumerate(phrases.patterns):
                if (fault := pattern_fault(pattern)) is not None:
                    yield ("intents", name, language, "patterns", i), fault


def _clarify(spec: ScenarioSpec) -> Iterator[Problem]:
    if spec.clarify is None:
        return
    known = {*Intent, *spec.intents}
    for steps, prompt in [
        (("clarify", "ask"), spec.clarify.ask),
        *((("clarify", "means", intent), name) for intent, name in spec.clarify.means.items()),
    ]:
        if prompt not in spec.prompts:
            yield steps, f"unknown prompt `{prompt}`; {suggest(prompt, spec.prompts)}"
    for intent in spec.clarify.means:
        if intent not in known:
            yield ("clarify", "means", intent), f"unknown intent `{intent}`; {suggest(intent, known)}"
