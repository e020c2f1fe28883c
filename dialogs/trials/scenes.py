"""Calls in which a scenario's conditions on the account hold, or do not: where a search for missing ways begins."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from dialogs.conditions import BUILT_IN, Scope
from dialogs.schema import Guard, Operator, ScenarioSpec, ValueKind
from dialogs.trials.accounts import NOW, AccountChanges
from dialogs.trials.reading import FAILED
from dialogs.trials.spec import TrialSpec
from dialogs.values import machine_text, parse_value
from engine.accounts import Currency, Money
from engine.speech import Language

_OPPOSITE: Final = {
    Operator.EQUAL: Operator.UNEQUAL,
    Operator.UNEQUAL: Operator.EQUAL,
    Operator.LESS: Operator.AT_LEAST,
    Operator.AT_LEAST: Operator.LESS,
    Operator.MORE: Operator.AT_MOST,
    Operator.AT_MOST: Operator.MORE,
}

_STEP: Final = {Operator.LESS: -1, Operator.MORE: 1, Operator.UNEQUAL: 1}

_ALONE: Final[Mapping[str, tuple[Any, Any]]] = {
    "payday": (25, None),
    "promised": ("15000", None),
}


def scenes(spec: ScenarioSpec, language: Language) -> Iterator[TrialSpec]:
    """Yield trials without steps, each a call of another kind: the plain one first, each once."""
    base = TrialSpec(name="suggested", language=language)
    found = [base]
    found += [base.model_copy(update={"actions": {name: FAILED}}) for name in spec.actions]
    for when in _conditions(spec):
        wanted: TrialSpec = base
        for guard in when:
            wanted = adjusted(spec, wanted, guard, holds=True)
            found.append(adjusted(spec, base, guard, holds=False))
        found.append(wanted)
    found += [base.model_copy(update={"inbound": True}), base.model_copy(update={"person_on_hand": False})]
    seen: list[TrialSpec] = []
    for scene in found:
        if scene not in seen and scene.language == language:
            seen.append(scene)
            yield scene


def adjusted(spec: ScenarioSpec, scene: TrialSpec, guard: Guard, *, holds: bool) -> TrialSpec:
    """Return a call in which a condition on the account holds, or does not; unchanged where no call can decide it."""
    holds = holds != guard.negated
    if guard.subject in spec.segments:
        segment = spec.segments[guard.subject]
        guards = (*segment.all, *segment.any[:1]) if holds else (*segment.all[:1], *segment.any)
        for each in guards:
            scene = adjusted(spec, scene, each, holds=holds)
        return scene
    if guard.subject in ("person_on_hand", "inbound"):
        return scene.model_copy(update={guard.subject: holds})
    if guard.operator is None or guard.value is None:
        return _alone(spec, scene, guard.subject, holds=holds)
    value = _value(spec, guard, holds=holds)
    return scene if value is None else _set(spec, scene, guard.subject, value)


def _conditions(spec: ScenarioSpec) -> Iterator[tuple[Guard, ...]]:
    """Yield the conditions of every place, those alone that a call's account decides."""
    lists: list[tuple[Guard, ...]] = [transition.when for transition in spec.anytime]
    for state in spec.states.values():
        lists += [transition.when for transition in state.on]
        lists += [route.when for route in state.route]
    lists += [mandate.when for mandate in spec.mandate]
    lists += [tone.when for tone in spec.tone]
    for when in lists:
        known = tuple(guard for guard in when if _of_call(spec, guard.subject))
        if known:
            yield known


def _of_call(spec: ScenarioSpec, subject: str) -> bool:
    if subject in spec.segments or subject in spec.facts or subject == "language":
        return True
    return subject in BUILT_IN and BUILT_IN[subject].scope is Scope.CALL


def _alone(spec: ScenarioSpec, scene: TrialSpec, subject: str, *, holds: bool) -> TrialSpec:
    if subject in ("promised.today", "promised.past"):
        day = NOW.date() - timedelta(days=subject == "promised.past")
        day = day if holds else NOW.date() + timedelta(days=1)
        return _changed(scene, promised="15000", promised_due=day)
    if subject in _ALONE:
        return _changed(scene, **{subject: _ALONE[subject][not holds]})
    if subject in spec.facts and holds:
        return _set(spec, scene, subject, _example(spec.facts[subject].kind))
    if subject in spec.facts:
        facts = {name: value for name, value in scene.account.facts.items() if name != subject}
        return _changed(scene, facts=facts)
    return scene


def _value(spec: ScenarioSpec, guard: Guard, *, holds: bool) -> str | None:
    """Return a value for which a comparison holds, or does not."""
    assert guard.operator is not None, "asked of comparisons alone"
    assert guard.value is not None, "asked of comparisons alone"
    operator = guard.operator if holds else _OPPOSITE[guard.operator]
    kind, choices = _kind(spec, guard.subject)
    if kind in (ValueKind.TEXT, ValueKind.DIGITS):
        if operator is Operator.EQUAL:
            return guard.value
        return next((one for one in choices if one != guard.value), "1" if kind is ValueKind.DIGITS else "other")
    if kind is None:
        return None
    value = NOW.date() if guard.value == "today" else parse_value(kind, guard.value, Currency.TENGE)
    step = _STEP.get(operator, 0)
    match value:
        case Money():
            return machine_text(replace(value, minor=value.minor + 100 * step))
        case date():
            return machine_text(value + timedelta(days=step))
        case int():
            return str(value + step)
        case _:
            return machine_text(value)


def _kind(spec: ScenarioSpec, subject: str) -> tuple[ValueKind | None, tuple[str, ...]]:
    """Return what a subject is compared as, and its values where they are a closed list."""
    if subject == "language":
        return ValueKind.TEXT, spec.languages
    if subject in BUILT_IN:
        return BUILT_IN[subject].kind, BUILT_IN[subject].choices
    return (spec.facts[subject].kind if subject in spec.facts else None), ()


def _set(spec: ScenarioSpec, scene: TrialSpec, subject: str, value: str) -> TrialSpec:
    if subject == "language":
        return scene.model_copy(update={"language": Language(value)})
    if subject == "days_until_due":
        return _changed(scene, days_past_due=-int(value))
    if subject == "product":
        return _changed(scene, product_code=value)
    if subject not in spec.facts:
        return _changed(scene, **{subject: value})
    for name, action in spec.actions.items():
        if subject in action.result:
            answers = dict(scene.actions)
            before = answers.get(name, action.fake)
            answers[name] = _put(before if before != FAILED else action.fake, action.result[subject].split("."), value)
            return scene.model_copy(update={"actions": answers})
    return _changed(scene, facts={**scene.account.facts, subject: value})


def _put(answer: Any, path: list[str], value: str) -> Any:
    """Return an answer with one value in it changed."""
    if not path:
        return value
    if isinstance(answer, list):
        at = int(path[0])
        return [_put(each, path[1:], value) if i == at else each for i, each in enumerate(answer)]
    known = answer if isinstance(answer, dict) else {}
    return {**known, path[0]: _put(known.get(path[0]), path[1:], value)}


def _changed(scene: TrialSpec, **changes: Any) -> TrialSpec:
    given = {**scene.account.model_dump(exclude_defaults=True), **changes}
    account = AccountChanges.model_validate({name: value for name, value in given.items() if value is not None})
    return scene.model_copy(update={"account": account})


def _example(kind: ValueKind) -> str:
    match kind:
        case ValueKind.DAY | ValueKind.ON_WEEKDAY:
            return machine_text(NOW.date() + timedelta(days=3))
        case ValueKind.TIME:
            return "15:00"
        case ValueKind.TEXT:
            return "sample"
        case _:
            return "10"
