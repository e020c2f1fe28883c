"""How the conditions and assignments of a scenario read and change what the proof remembers."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import product
from typing import Final

from dialogs.proofs.memory import ALL_NOTICES, FIRST_KNOWN, Memory, party
from dialogs.schema import (
    Assignment,
    Condition,
    Guard,
    Operator,
    Party,
    RouteSpec,
    ScenarioSpec,
    SlotName,
    TransitionSpec,
)

PROMISE: Final = ("amount", "due")
CALLBACK: Final = ("callback.day", "callback.time")
NOT_TOO_LITTLE: Final = "not amount.below_least"
NOT_PAST: Final = "not due.past"
NOT_TOO_LATE: Final = "not due.too_late"
CONFIRMED: Final = "confirmed"
"""The promise as it stands was read back, and the caller said yes."""

REST: Final = "promise.rest"
"""The sum is less than the debt."""

_ABOUT: Final = {"amount": (NOT_TOO_LITTLE, REST, CONFIRMED), "due": (NOT_PAST, NOT_TOO_LATE, CONFIRMED)}
"""What is no longer known when a slot changes."""

_CHECKED: Final = {
    "amount.below_least": ("amount", NOT_TOO_LITTLE),
    "due.past": ("due", NOT_PAST),
    "due.too_late": ("due", NOT_TOO_LATE),
}

OPTIONAL: Final = ("promised", "payday")
"""Facts that an account may lack: known only where a condition has asked for them."""

_COMPARED: Final = {"amount.share": "amount", "due.days": "due"}
"""Slots behind what is only compared."""

_WITHIN_MANDATE: Final = {
    ("amount", "debt"): (NOT_TOO_LITTLE,),
    ("amount", "least"): (NOT_TOO_LITTLE,),
    ("due", "today"): (NOT_PAST, NOT_TOO_LATE),
}
"""What is known when a scenario itself sets a slot to one of these facts."""

Either = tuple[Memory | None, Memory | None]
"""The memory where something holds, and where it does not; None where that cannot be."""


class Rules:
    """How conditions and assignments of one scenario read and change a memory.

    Args:
        tracked: names of slots and of facts that actions fill. Conditions on them are known, on all else they are not.
    """

    def __init__(self, tracked: Iterable[str]) -> None:
        names = dict.fromkeys(tracked)
        sure = dict.fromkeys((*OPTIONAL, *(each for name in names for each in _ABOUT.get(name, ()))))
        self._bits = {name: FIRST_KNOWN << i for i, name in enumerate((*names, *sure))}
        self.tracked = frozenset(names)
        self.assurances = ALL_NOTICES | sum(self._bits[each] for each in sure)
        """Bits that only ever allow: where one is missing, all can happen that can happen where it is there."""

    @staticmethod
    def all_of(spec: ScenarioSpec) -> frozenset[str]:
        """Return the names of all slots, and of all facts that actions fill."""
        results = {fact for action in spec.actions.values() for fact in action.result}
        return frozenset({*PROMISE, *CALLBACK, *spec.slots, *results})

    def tracks(self, name: str) -> bool:
        """Whether a slot, or what is known of it, is looked at."""
        return name in self._bits

    def knows(self, memory: Memory, name: str) -> bool:
        """Whether something is set or was checked; what is not tracked counts as known."""
        bit = self._bits.get(name)
        return bit is None or bool(memory & bit)

    def learned(self, memory: Memory, names: Iterable[str]) -> Memory:
        """Return the memory with these set."""
        for name in names:
            memory = Memory(memory | self._bits.get(name, 0))
        return memory

    def split(self, way: TransitionSpec | RouteSpec, memory: Memory) -> Either:
        """Return the memory where the conditions of a transition or a route hold, and where they do not."""
        taken: Memory | None = memory
        failing: list[Memory] = []
        for guard in way.when:
            assert taken is not None
            holds, fails = self._either(guard, taken, route=isinstance(way, RouteSpec))
            failing += [fails] if fails is not None else []
            taken = holds
            if taken is None:
                break
        if not failing:
            return taken, None
        return taken, failing[0] if len(failing) == 1 else memory

    def _either(self, guard: Guard, memory: Memory, *, route: bool) -> Either:
        if route and guard.subject.startswith("heard."):  # nothing is heard there
            return (memory, None) if guard.negated else (None, memory)
        holds, fails = self._plain(guard, memory)
        return (fails, holds) if guard.negated else (holds, fails)

    def _plain(self, guard: Guard, memory: Memory) -> Either:
        subject = guard.subject
        if subject == Condition.IDENTIFIED:
            return (memory, None) if party(memory) is Party.CONFIRMED else (None, memory)
        if subject in _CHECKED and _CHECKED[subject][0] in self.tracked:
            slot, passed = _CHECKED[subject]
            if not self.knows(memory, slot) or self.knows(memory, passed):
                return None, memory
            return memory, self.learned(memory, (passed,))
        if subject == Condition.AMOUNT_ABOVE_DEBT and not self.knows(memory, "amount"):
            return None, memory
        if subject == Condition.CALLBACK_OUTSIDE and not any(self.knows(memory, name) for name in CALLBACK):
            return None, memory
        if subject in OPTIONAL:
            known = self.learned(memory, (subject,))
            alone = guard.operator is None and self.knows(memory, subject)
            return (known, None) if alone else (known, memory)
        slot = _COMPARED.get(subject, subject)
        if slot in self.tracked:
            if not self.knows(memory, slot):  # what is not set is unlike everything
                return (memory, None) if guard.operator is Operator.UNEQUAL else (None, memory)
            if guard.operator is None:
                return memory, None
            return self.learned(memory, (REST,)) if _leaves_rest(guard) else memory, memory
        return memory, memory

    def filled(self, transition: TransitionSpec, memory: Memory) -> Iterator[Memory]:
        """Yield what may be remembered after an answer has filled the slots that a transition takes."""
        if not transition.take:
            yield memory
            return
        heard = {
            guard.subject.removeprefix("heard."): not guard.negated
            for guard in transition.when
            if guard.subject.startswith("heard.") and guard.operator is None
        }
        names = tuple(dict.fromkeys(transition.take))
        something = (heard.get("promise") or heard.get("change")) and set(PROMISE) <= set(names)
        for changes in product(*(self._ways(name, heard) for name in names)):
            slots = {slot for change in changes for slot in change}
            if not (something and slots.isdisjoint(PROMISE)):
                after = memory
                for slot in slots:
                    after = self._changed(after, slot)
                yield after

    def _ways(self, name: str, heard: dict[str, bool]) -> list[tuple[str, ...]]:
        """Return the slots that may be filled under a name in `take`, each way once."""
        if name == SlotName.CALLBACK:
            if heard.get("time"):
                return [CALLBACK]
            return [CALLBACK[:1], CALLBACK] if heard.get("day") else [(), CALLBACK[:1], CALLBACK]
        said = heard.get("day" if name == SlotName.DUE else name)
        if said is None:
            return [(), (name,)]
        return [(name,)] if said else [()]

    def assigned(self, settings: Iterable[Assignment], memory: Memory) -> Sequence[Memory]:
        """Return what may be remembered after a scenario's own settings."""
        found = [memory]
        for setting in settings:
            found = [after for each in found for after in self._set(setting, each)]
        return found

    def _set(self, setting: Assignment, memory: Memory) -> Iterator[Memory]:
        names = CALLBACK if setting.name == SlotName.CALLBACK else (setting.name,)
        lacking = setting.value in OPTIONAL and not self.knows(memory, setting.value)
        if setting.value == "none" or lacking:
            after = memory
            for name in names:
                after = self._cleared(after, name)
            yield after
        if setting.value != "none":
            after = memory
            for name in names:
                after = self._changed(after, name)
            yield self.learned(after, _WITHIN_MANDATE.get((setting.name, setting.value), ()))

    def _changed(self, memory: Memory, name: str) -> Memory:
        """Return the memory with a slot filled anew, so that it has passed no check yet."""
        return Memory(self._cleared(memory, name) | self._bits.get(name, 0))

    def _cleared(self, memory: Memory, name: str) -> Memory:
        return Memory(memory & ~self._masks.get(name, 0))

    @cached_property
    def _masks(self) -> dict[str, int]:
        bits = self._bits
        return {name: bits[name] | sum(bits[each] for each in _ABOUT.get(name, ())) for name in self.tracked}


def _leaves_rest(guard: Guard) -> bool:
    """Whether a condition holds only for a part of the debt."""
    less = guard.operator is Operator.LESS and guard.value in ("100", "100.0")
    return guard.subject == "amount.share" and (less or (guard.operator is Operator.AT_MOST and guard.value != "100"))


_NEEDED: Final = {
    "promise.amount": "amount",
    "promise.due": "due",
    "promise.on_weekday": "due",
    "callback.on_weekday": "callback.day",
    "promised.amount": "promised",
    "promised.due": "promised",
    "promised.on_weekday": "promised",
    "payday.day": "payday",
}


def needed(fact: str) -> str:
    """Return what must be set before a prompt can say a fact: a slot's name, or the fact's own."""
    return _NEEDED.get(fact) or fact.removesuffix(".on_weekday")
