"""Answers that a debtor may give to a question, as far as they can lead apart: what a search tries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final

from dialogs.facts import CallFacts
from dialogs.progress import Progress
from dialogs.schema import ANYTHING, ScenarioSpec, SlotKind, StateSpec, TransitionSpec
from dialogs.schema.conditions import Guard
from dialogs.trials.spec import MeansSpec, StepSpec
from dialogs.understanding.intents import DISCLAIMS, Intent
from dialogs.values import machine_text
from engine.accounts import Money
from engine.speech import Language

Values = Mapping[str, Any]
"""What an answer holds, as fields of a `MeansSpec`."""

_MANY: Final = 11
"""A number with more values is tried at its bounds."""

_PROMISE: Final = frozenset({"heard.amount", "heard.day", "heard.promise", "heard.change"})
_CALLBACK: Final = frozenset({"heard.time", "heard.day"})

SILENCE: Final = StepSpec(silence=True)
NOBODY: Final = StepSpec(nobody=True)


class Answers:
    """The answers to try in a call.

    Args:
        spec: of the scenario.
        facts: of the call.
    """

    def __init__(self, spec: ScenarioSpec, facts: CallFacts) -> None:
        self._spec, self._facts = spec, facts
        self._promises = tuple(self._promise_values())
        self._callbacks = tuple(self._callback_values())
        self._of: dict[str, tuple[StepSpec, ...]] = {}

    def at(self, progress: Progress) -> tuple[StepSpec, ...]:
        """Return what may be answered where a dialog stands; each as a step of a trial."""
        if progress.ending is not None:
            return (NOBODY,) if progress.ending.transfer else ()
        if progress.state not in self._of:
            self._of[progress.state] = tuple(self._steps(self._spec.states[progress.state]))
        return self._of[progress.state]

    def _steps(self, state: StateSpec) -> Iterator[StepSpec]:
        for intent in self._intents(state):
            for values in self._values(state, intent):
                for language in self._wished_languages(intent):
                    yield StepSpec(means=MeansSpec(intent=intent, language=language, **values))
        if self._spec.clarify is not None:
            means = list(self._spec.clarify.means)
            yield from (
                StepSpec(means=MeansSpec(intent=one, rival=other, sure=False))
                for one in means
                for other in means
                if one != other
            )
        yield SILENCE

    def _intents(self, state: StateSpec) -> Iterator[str]:
        """Yield one intent of all that may take the same transitions."""
        named = [intent for transition in (*state.on, *self._spec.anytime) for intent in transition.on]
        more = [Intent.INFORM] if state.slots else []
        alike: set[object] = set()
        for intent in dict.fromkeys([*(each for each in named if each != ANYTHING), *more, Intent.NOT_UNDERSTOOD]):
            ways = tuple(i for i, way in enumerate((*state.on, *self._spec.anytime)) if intent in way.on)
            kind = (ways, intent in DISCLAIMS, intent if intent == Intent.INFORM else None)
            if kind not in alike:
                alike.add(kind)
                yield intent

    def _values(self, state: StateSpec, intent: str) -> Iterator[Values]:
        """Yield what an answer of one intent may hold, nothing first."""
        yield {}
        if intent == Intent.NOT_UNDERSTOOD:
            return
        ways = [way for way in (*state.on, *self._spec.anytime) if intent in way.on]
        if any(_asks(way, ("amount", "due"), _PROMISE) for way in ways):
            yield from self._promises
        if any(_asks(way, ("callback",), _CALLBACK) for way in ways):
            yield from self._callbacks
        if state.slots and (intent == Intent.INFORM or ways):
            yield from self._own_values(state)

    def _own_values(self, state: StateSpec) -> Iterator[Values]:
        tried = {name: list(self._slot_values(name)) for name in state.slots}
        for found in tried.values():
            yield from found
        if len(tried) > 1:
            both: dict[str, Any] = {}
            for found in tried.values():
                for key, value in found[0].items():
                    both[key] = {**both.get(key, {}), **value} if key == "slots" else value
            yield both

    def _slot_values(self, name: str) -> Iterator[Values]:
        slot = self._spec.slots[name]
        match slot.kind:
            case SlotKind.CHOICE:
                yield from ({"slots": {name: value}} for value in self._spec.entities.get(slot.of or "", ()))
            case SlotKind.NUMBER:
                yield from ({"slots": {name: str(value)}} for value in self._numbers(name))
            case SlotKind.MONEY:
                bounds = [int(float(guard.value or "0")) for guard in self._guards(name)]
                yield from ({"amount": str(n)} for n in dict.fromkeys((15000, *_around(bounds))) if n > 0)
            case SlotKind.DAY:
                yield {"due": self._facts.today + timedelta(days=3)}
            case SlotKind.TIME:
                yield {"time": "15:00"}
            case SlotKind.WORDS:
                yield {"slots": {name: "so be it"}}

    def _numbers(self, name: str) -> Iterator[int]:
        slot, bounds = self._spec.slots[name], [int(guard.value or "0") for guard in self._guards(name)]
        least, most = slot.least, slot.most
        if least is not None and most is not None and most - least < _MANY:
            yield from range(least, most + 1)
            return
        for number in dict.fromkeys(_around([*bounds, *(each for each in (least, most) if each is not None)] or [3])):
            if (least is None or number >= least) and (most is None or number <= most):
                yield number

    def _promise_values(self) -> Iterator[Values]:
        facts, debt = self._facts, self._facts.account.debt
        near, later = _working_day(facts.today, 3), _working_day(facts.today, 5)
        middle = replace(debt, minor=(facts.least_promise.minor + debt.minor) // 200 * 100)
        more = replace(debt, minor=(middle.minor + debt.minor) // 200 * 100)
        below = replace(debt, minor=facts.least_promise.minor - 100)
        above = replace(debt, minor=debt.minor + 100_000)
        yield _promise(middle, near)
        yield _promise(middle, None)
        yield _promise(None, near)
        yield _promise(more, later)
        yield _promise(debt, near)
        if below.minor > 0:
            yield _promise(below, near)
            yield _promise(below, None)
        yield _promise(above, near)
        yield _promise(middle, facts.today - timedelta(days=1))
        yield _promise(middle, facts.latest_day + timedelta(days=1))
        for n in _around([int(float(guard.value or "0")) for guard in self._guards("amount")]):
            yield _promise(replace(debt, minor=n * 100), near)
        for n in _around([int(guard.value or "0") for guard in self._guards("amount.share")]):
            yield _promise(replace(debt, minor=debt.minor * n // 100), near)
        for n in _around([int(guard.value or "0") for guard in self._guards("due.days")]):
            yield _promise(middle, facts.today + timedelta(days=n))

    def _callback_values(self) -> Iterator[Values]:
        day = _working_day(self._facts.today, 3)
        yield {"due": day, "time": "15:00"}
        yield {"due": day}
        yield {"time": "15:00"}
        yield {"due": day, "time": "23:00"}
        yield {"due": self._facts.today + timedelta(days=self._facts.hours.days_ahead + 1), "time": "15:00"}

    def _guards(self, subject: str) -> Iterator[Guard]:
        states = self._spec.states.values()
        lists = [way.when for way in self._spec.anytime]
        lists += [way.when for state in states for way in state.on]
        lists += [way.when for state in states for way in state.route]
        yield from (guard for when in lists for guard in when if guard.subject == subject and guard.value is not None)

    def _wished_languages(self, intent: str) -> Sequence[Language | None]:
        return self._spec.languages if intent == Intent.SWITCH_LANGUAGE else (None,)


def _asks(way: TransitionSpec, slots: tuple[str, ...], heard: frozenset[str]) -> bool:
    """Whether it matters to a transition what an answer holds."""
    return not {*way.take}.isdisjoint(slots) or any(guard.subject in heard for guard in way.when)


def _promise(amount: Money | None, due: date | None) -> Values:
    values: dict[str, Any] = {}
    if amount is not None:
        values["amount"] = machine_text(amount)
    if due is not None:
        values["due"] = due
    return values


def _working_day(today: date, ahead: int) -> date:
    day = today + timedelta(days=ahead)
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def _around(bounds: list[int]) -> list[int]:
    return list(dict.fromkeys(number + step for number in bounds for step in (-1, 0, 1)))
