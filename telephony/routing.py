"""Which trunks a call may take, in order: priorities, limits, and what is known of each trunk's health. No I/O.

Rules: a call takes a channel of its trunk from the dial to its end. Until it rings it also keeps one at each trunk that
it may fall back to, so that no limit is passed when a trunk fails and all its calls move on. The rate is a token bucket
of one second's dials, at least one; a call that falls back takes its token too, and may run a bucket into debt.

A trunk that did not answer a dial at all is left alone for a while, since every further call would wait for it.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from engine.errors import NoFreeChannel, TelephonyError
from telephony.trunks import Trunk

ALTERNATIVES = 3
"""Trunks that one call tries, at most: a callee's telephone should ring before the third has failed."""
SUSPENSION_S = 30.0
"""About the interval between two probes."""


@dataclass(frozen=True, slots=True)
class TrunkView:
    """A trunk at one moment.

    Args:
        name: of the settings.
        calls: that it has, those included that may fall back to it.
        channels: calls that it may have; None where there is no limit.
        fault: why it takes none, empty while it does.
    """

    name: str
    calls: int
    channels: int | None
    fault: str


@dataclass(slots=True)
class _State:
    trunk: Trunk
    tokens: float
    filled_s: float
    calls: set[str] = field(default_factory=set)
    fault: str = ""
    """Why it cannot be used, as its registration and probes say; empty while it can."""
    unresolved: bool = False
    suspended_until_s: float = -math.inf
    callers: int = 0

    def view(self, now_s: float) -> "TrunkView":
        """Return what is known of it."""
        fault = self.fault
        if self.unresolved:
            fault = "its host name cannot be resolved"
        elif not fault and now_s < self.suspended_until_s:
            fault = "it did not answer"
        return TrunkView(self.trunk.name, len(self.calls), self.trunk.channels, fault)

    def refusal(self, now_s: float) -> str:
        """Return why a call cannot go here now, an empty string if it can."""
        trunk = self.trunk
        if fault := self.view(now_s).fault:
            return f"trunk {trunk.name} is down: {fault}"
        if trunk.channels is not None and len(self.calls) >= trunk.channels:
            return f"all {trunk.channels} channels of trunk {trunk.name} are taken"
        if self._filled(now_s) < 1:
            return f"dials come faster than trunk {trunk.name} takes them ({trunk.max_per_second:g} a second)"
        return ""

    @property
    def load(self) -> tuple[float, int]:
        return len(self.calls) / (self.trunk.channels or math.inf), len(self.calls)

    def take_token(self, now_s: float) -> None:
        self.tokens, self.filled_s = self._filled(now_s) - 1, now_s

    def give_token_back(self) -> None:
        self.tokens += 1

    def _filled(self, now_s: float) -> float:
        rate = self.trunk.max_per_second
        if rate is None:
            return math.inf
        return min(max(1.0, rate), self.tokens + (now_s - self.filled_s) * rate)


class TrunkRouter:
    """The trunks of an engine. Used on the event loop only.

    Args:
        trunks: with unique names.
        monotonic_s: the clock.
    """

    def __init__(self, trunks: Iterable[Trunk], monotonic_s: Callable[[], float]) -> None:
        self._now_s = monotonic_s
        now_s = monotonic_s()
        self._states = {trunk.name: _State(trunk, max(1.0, trunk.max_per_second or 1), now_s) for trunk in trunks}

    def take(self, call_id: str, digits: str) -> tuple[Trunk, ...]:
        """Return the trunks that a call may try, best first, and count it at each of them; `end` takes that back.

        Raises:
            NoFreeChannel: those that take the number are full, too fast or down; the message says which and why.
            TelephonyError: no trunk takes numbers of that prefix.
        """
        now_s = self._now_s()
        fitting = [state for state in self._states.values() if state.trunk.takes(digits)]
        if not fitting:
            raise TelephonyError(
                f"no trunk takes the number ending in {digits[-2:]}; add its prefix to one of the tables [[trunks]]"
            )
        able = [state for state in fitting if not state.refusal(now_s)]
        if not able:
            raise NoFreeChannel("; ".join(state.refusal(now_s) for state in fitting))
        able.sort(key=lambda state: (state.trunk.priority, state.load))
        chosen = able[:ALTERNATIVES]
        chosen[0].take_token(now_s)
        for state in chosen:
            state.calls.add(call_id)
        return tuple(state.trunk for state in chosen)

    def give_back(self, call_id: str, trunk: str) -> None:
        """Forget a call that was never dialled."""
        self._states[trunk].give_token_back()
        self.end(call_id)

    def arrived(self, call_id: str, trunk: str) -> None:
        """Count an inbound call of a trunk."""
        if trunk in self._states:
            self._states[trunk].calls.add(call_id)

    def failed(self, call_id: str, trunk: str, *, silent: bool) -> None:
        """Note that a call did not get through a trunk; ``silent`` when nothing at all came back."""
        state = self._states.get(trunk)
        if state is not None:
            state.calls.discard(call_id)
            if silent:
                state.suspended_until_s = self._now_s() + SUSPENSION_S

    def moved(self, call_id: str, trunk: str) -> None:
        """Note that a call now tries this trunk."""
        if trunk in self._states:
            self._states[trunk].take_token(self._now_s())

    def settled(self, call_id: str, trunk: str) -> None:
        """Note that a call rings through this trunk, and so will try no other."""
        for name, state in self._states.items():
            if name != trunk:
                state.calls.discard(call_id)

    def end(self, call_id: str) -> None:
        """Note that a call is over."""
        for state in self._states.values():
            state.calls.discard(call_id)

    def heard(self, trunk: str, *, usable: bool, reason: str) -> bool:
        """Note what registration and probes say of a trunk; return whether that is a change."""
        state = self._states.get(trunk)
        if state is None:
            return False
        before = bool(state.fault)
        state.fault = "" if usable else reason or "it does not answer"
        if usable:
            state.suspended_until_s = -math.inf
        return before == usable

    def resolved(self, trunk: str, *, found: bool) -> None:
        """Note whether a trunk's host name is known to the name server."""
        if trunk in self._states:
            self._states[trunk].unresolved = not found

    def caller_id(self, trunk: str) -> str:
        """Return the next of a trunk's numbers, empty where it has none."""
        state = self._states[trunk]
        numbers = state.trunk.caller_ids
        state.callers += 1
        return numbers[(state.callers - 1) % len(numbers)] if numbers else ""

    @property
    def views(self) -> tuple[TrunkView, ...]:
        """What is known of each trunk."""
        return tuple(state.view(self._now_s()) for state in self._states.values())

    def calls(self, trunk: str) -> int:
        """Return how many calls a trunk has, those included that may fall back to it."""
        return len(self._states[trunk].calls)
