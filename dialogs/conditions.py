"""What ``when`` may ask: the subjects, their kinds, and whether a condition holds now.

A subject that is not known makes every comparison with it false, but for ``!=``, which is always the opposite of ``=``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from dialogs.answers import Answer
from dialogs.facts import FACTS, CallFacts, Slots, fact_value
from dialogs.filling import promised_amount
from dialogs.mends import suggest
from dialogs.schema import (
    Condition,
    Guard,
    MandateSpec,
    Operator,
    Party,
    ScenarioSpec,
    SegmentSpec,
    SlotKind,
    SlotSpec,
    ValueKind,
)
from dialogs.values import FORMS, SLOT_VALUES, Value, parse_value
from engine.accounts import Currency, Segment
from engine.speech import Language

HEARD: Final = "heard."
"""Before a slot's name: the answer tells it."""

TODAY: Final = "today"


class Scope(Enum):
    """When a subject can be asked about."""

    CALL = "call"
    """At any time: the account, and what else is known before a word is said."""
    DIALOG = "dialog"
    """Of what was said so far."""
    ANSWER = "answer"
    """Of the answer alone that a transition follows."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions are about.

    Args:
        facts: of the call.
        slots: what was told and looked up.
        language: spoken now.
        party: whom the bot speaks to.
        answer: that a transition follows.
    """

    facts: CallFacts
    slots: Slots
    language: Language
    party: Party = Party.UNKNOWN
    answer: Answer = Answer()


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that ``when`` may ask.

    Args:
        scope: when.
        read: returns it, None where it is not known; of a subject without a kind, whether it holds.
        kind: of value that it is compared as; None where it stands alone.
        alone: it may stand alone, for whether it holds or is known.
        choices: all its values, where they are a closed list.
    """

    scope: Scope
    read: Callable[[Situation], Value | Fraction | None]
    kind: ValueKind | None = None
    alone: bool = False
    choices: tuple[str, ...] = ()

    def holds(self, guard: Guard, now: Situation) -> bool:
        """Whether a condition on it holds."""
        value = self.read(now)
        if guard.operator is None or guard.value is None:
            held = value is not None and value is not False
        elif value is None:
            held = guard.operator is Operator.UNEQUAL
        else:
            compared = self.literal(guard.value, now.facts.account.debt.currency, now.facts.today)
            held = bool(_COMPARED[guard.operator](value, compared))
        return held != guard.negated

    def fault(self, guard: Guard) -> str | None:
        """Return what is wrong with a condition on it, with the mend; None where nothing is."""
        name, kind = guard.subject, self.kind
        if guard.operator is None or guard.value is None:
            example = f"{name} = {self.choices[0]}" if self.choices else _EXAMPLES.get(kind, "").format(name)
            return None if self.alone else f"`{name}` is compared with something; write for example `{example}`"
        if kind is None:
            return f"`{name}` stands alone; write `{name}` or `not {name}`"
        if kind in _UNORDERED and guard.operator not in (Operator.EQUAL, Operator.UNEQUAL):
            return f"`{name}` is a word, which is compared with `=` or `!=`, not with `{guard.operator}`"
        if self.choices and guard.value not in self.choices:
            return f"`{name}` is never `{guard.value}`; {suggest(guard.value, self.choices)}"
        try:
            self.literal(guard.value, Currency.TENGE, date.min)
        except ValueError:
            return f"`{name}` is compared with {FORMS[kind]}, not with `{guard.value}`"
        return None

    def literal(self, text: str, currency: Currency, today: date) -> Value:
        """Return what the subject is compared with.

        Raises:
            ValueError: it is of another kind.
        """
        if self.kind is ValueKind.DAY and text == TODAY:
            return today
        return parse_value(self.kind or ValueKind.TEXT, text, currency)


_COMPARED: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQUAL: eq,
    Operator.UNEQUAL: ne,
    Operator.LESS: lt,
    Operator.AT_MOST: le,
    Operator.MORE: gt,
    Operator.AT_LEAST: ge,
}

_UNORDERED: Final = frozenset({ValueKind.TEXT, ValueKind.DIGITS})

_EXAMPLES: Final[Mapping[ValueKind | None, str]] = {
    ValueKind.MONEY: "{} < 50000",
    ValueKind.DAY: "{} < today",
    ValueKind.ON_WEEKDAY: "{} < today",
    ValueKind.TIME: "{} >= 18:00",
    ValueKind.TEXT: "{} = word",
    ValueKind.DIGITS: "{} = 1234",
    ValueKind.NUMBER: "{} >= 30",
    ValueKind.DAYS: "{} >= 30",
    ValueKind.PERCENT: "{} >= 30",
}


class Conditions:
    """All that the conditions of one scenario may ask; immutable, shared by its calls.

    Args:
        spec: of the scenario.
    """

    def __init__(self, spec: ScenarioSpec) -> None:
        own = {name: _declared(name, declared.kind) for name, declared in spec.facts.items()}
        for name, slot in spec.slots.items():
            own[name] = _slot(name, slot, tuple(spec.entities.get(slot.of or "", ())))
            own[HEARD + name] = _heard(name)
        segments = {name: _segment(self, segment) for name, segment in spec.segments.items()}
        language = Subject(Scope.CALL, lambda now: str(now.language), ValueKind.TEXT, choices=tuple(spec.languages))
        self.subjects: Mapping[str, Subject] = {**own, **segments, **BUILT_IN, "language": language}
        self.segments = frozenset(segments)

    def hold(self, guards: Iterable[Guard], now: Situation) -> bool:
        """Whether all conditions hold."""
        return self.failing(guards, now) is None

    def failing(self, guards: Iterable[Guard], now: Situation) -> Guard | None:
        """Return the first condition that does not hold."""
        return next((guard for guard in guards if not self.subjects[guard.subject].holds(guard, now)), None)

    def fault(self, guard: Guard, scope: Scope, *, slots: Iterable[str] = (), segments: bool = True) -> str | None:
        """Return what is wrong with a condition, with the mend; None where nothing is.

        Args:
            guard: the condition.
            scope: what may be asked about where it stands.
            slots: that the question asks for, which ``heard.`` may name.
            segments: may be named.
        """
        subject = self.subjects.get(guard.subject)
        if subject is None:
            return f"unknown condition `{guard.subject}`; {suggest(guard.subject, self.subjects)}"
        if guard.subject in self.segments and not segments:
            return f"`{guard.subject}` is a segment; a segment is made of conditions on the account, so write them out"
        if list(Scope).index(subject.scope) > list(Scope).index(scope):
            return f"`{guard.subject}` {_OUT_OF_SCOPE[subject.scope]}"
        slot = guard.subject.removeprefix(HEARD)
        if subject.scope is Scope.ANSWER and guard.subject not in BUILT_IN and slot not in set(slots):
            return f"`{guard.subject}` holds only where the question asks for it; add `slots: {slot}` to the state"
        return subject.fault(guard)


_OUT_OF_SCOPE: Final = {
    Scope.DIALOG: "is told in the call, so it cannot decide here; ask about the account, as `days_past_due >= 30` does",
    Scope.ANSWER: "is about one answer, so it belongs to `when` in a question's `on`, or under `anytime`",
}


def choose_mandate(spec: ScenarioSpec, conditions: Conditions, now: Situation) -> MandateSpec | None:
    """Return the first mandate whose conditions hold."""
    return next((mandate for mandate in spec.mandate if conditions.hold(mandate.when, now)), None)


def choose_tone(spec: ScenarioSpec, conditions: Conditions, now: Situation) -> str:
    """Return the tone of the first entry whose conditions hold; empty for none."""
    return next((tone.use for tone in spec.tone if conditions.hold(tone.when, now)), "")


def taken_names() -> Iterator[str]:
    """Yield names that a scenario's own facts, slots and segments cannot have."""
    for name in (*BUILT_IN, *FACTS, "language", "callback", "heard", "anything", "none"):
        yield name.split(".")[0]


def _flag(scope: Scope, read: Callable[[Situation], bool]) -> Subject:
    return Subject(scope, lambda now: read(now) or None, alone=True)


def _account(
    kind: ValueKind,
    read: Callable[[CallFacts], Value | Fraction | None],
    *,
    alone: bool = False,
    choices: tuple[str, ...] = (),
) -> Subject:
    return Subject(Scope.CALL, lambda now: read(now.facts), kind, alone, choices)


def _declared(name: str, kind: ValueKind) -> Subject:
    compared = ValueKind.DAY if kind is ValueKind.ON_WEEKDAY else kind
    return Subject(Scope.CALL, lambda now: fact_value(now.facts, now.slots, name, now.language), compared, alone=True)


def _slot(name: str, slot: SlotSpec, choices: tuple[str, ...]) -> Subject:
    kind = None if slot.kind is SlotKind.WORDS else SLOT_VALUES[slot.kind]
    return Subject(Scope.DIALOG, lambda now: now.slots.own.get(name), kind, True, choices)


def _heard(name: str) -> Subject:
    return Subject(Scope.ANSWER, lambda now: now.answer.own.get(name), alone=True)


def _segment(conditions: Conditions, segment: SegmentSpec) -> Subject:
    def read(now: Situation) -> bool | None:
        some = not segment.any or any(conditions.hold([guard], now) for guard in segment.any)
        return (some and conditions.hold(segment.all, now)) or None

    return Subject(Scope.CALL, read, alone=True)


def _share(now: Situation) -> Fraction | None:
    amount, debt = now.slots.amount, now.facts.account.debt
    return Fraction(100 * amount.minor, debt.minor) if amount is not None and debt.minor else None


def _changed(now: Situation) -> bool:
    heard, slots = now.answer.slotted, now.slots
    amount = promised_amount(now.facts, heard)
    return amount not in (None, slots.amount) or bool(heard.days and slots.due not in heard.days)


def _less_than_least(now: Situation) -> bool:
    return now.slots.amount is not None and now.slots.amount < now.facts.least_promise


def _sum(now: Situation) -> bool:
    return now.answer.slotted.amount is not None or now.answer.slotted.share is not None


def _promised_day(now: Situation) -> date | None:
    return now.facts.account.promised_due


BUILT_IN: Final[Mapping[str, Subject]] = {
    "days_past_due": _account(ValueKind.NUMBER, lambda facts: facts.account.days_past_due),
    "days_until_due": _account(ValueKind.NUMBER, lambda facts: facts.days_until_due),
    "segment": _account(ValueKind.TEXT, lambda facts: str(facts.account.segment), choices=tuple(Segment)),
    "debt": _account(ValueKind.MONEY, lambda facts: facts.account.debt),
    "product": _account(ValueKind.TEXT, lambda facts: facts.account.product_code or None),
    "broken_promises": _account(ValueKind.NUMBER, lambda facts: facts.account.broken_promises),
    "earlier_contacts": _account(ValueKind.NUMBER, lambda facts: facts.account.earlier_contacts),
    "payday": _account(ValueKind.NUMBER, lambda facts: facts.account.payday, alone=True),
    "promised": _account(ValueKind.MONEY, lambda facts: facts.account.promised, alone=True),
    "promised.today": _flag(Scope.CALL, lambda now: _promised_day(now) == now.facts.today),
    "promised.past": _flag(Scope.CALL, lambda now: (_promised_day(now) or date.max) < now.facts.today),
    "person_on_hand": _flag(Scope.CALL, lambda now: now.facts.person_on_hand),
    "inbound": _flag(Scope.CALL, lambda now: now.facts.inbound),
    Condition.IDENTIFIED: _flag(Scope.DIALOG, lambda now: now.party is Party.CONFIRMED),
    Condition.AMOUNT: Subject(Scope.DIALOG, lambda now: now.slots.amount, ValueKind.MONEY, alone=True),
    "amount.share": Subject(Scope.DIALOG, _share, ValueKind.PERCENT),
    Condition.AMOUNT_BELOW_LEAST: _flag(Scope.DIALOG, _less_than_least),
    Condition.AMOUNT_ABOVE_DEBT: _flag(
        Scope.DIALOG, lambda now: now.slots.amount is not None and now.slots.amount > now.facts.account.debt
    ),
    Condition.DUE: Subject(Scope.DIALOG, lambda now: now.slots.due, ValueKind.DAY, alone=True),
    "due.days": Subject(
        Scope.DIALOG, lambda now: (now.slots.due - now.facts.today).days if now.slots.due else None, ValueKind.DAYS
    ),
    Condition.DUE_PAST: _flag(Scope.DIALOG, lambda now: (now.slots.due or date.max) < now.facts.today),
    Condition.DUE_TOO_LATE: _flag(Scope.DIALOG, lambda now: (now.slots.due or date.min) > now.facts.latest_day),
    Condition.CALLBACK_DAY: _flag(Scope.DIALOG, lambda now: now.slots.callback_day is not None),
    Condition.CALLBACK_TIME: _flag(Scope.DIALOG, lambda now: now.slots.callback_time is not None),
    Condition.CALLBACK_OUTSIDE: _flag(Scope.DIALOG, lambda now: not now.facts.callback_allowed(now.slots)),
    Condition.HEARD_AMOUNT: _flag(Scope.ANSWER, _sum),
    Condition.HEARD_DAY: _flag(Scope.ANSWER, lambda now: bool(now.answer.slotted.days)),
    Condition.HEARD_TIME: _flag(Scope.ANSWER, lambda now: bool(now.answer.slotted.times)),
    Condition.HEARD_PROMISE: _flag(Scope.ANSWER, lambda now: _sum(now) or bool(now.answer.slotted.days)),
    Condition.HEARD_CHANGE: _flag(Scope.ANSWER, _changed),
}
"""The subjects of every scenario, beside ``language``, whose values are the scenario's own."""
