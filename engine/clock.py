"""Clocks: the system's, and one that stands still until it is told to move."""

import time
from datetime import UTC, datetime, timedelta

from engine.ports import Clock

__all__ = ["Clock", "SystemClock", "VirtualClock"]


class SystemClock:
    """The machine's own time, in UTC."""

    def now(self) -> datetime:
        """Return the wall clock."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Return seconds that never jump, counted from an unspecified moment."""
        return time.monotonic()


class VirtualClock:
    """Time that passes only by `advance`, so that hours take no time in tests and simulations.

    Args:
        start: the wall clock at the beginning, with a time zone.

    Raises:
        ValueError: ``start`` has no time zone.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs a time zone: pass datetime(..., tzinfo=UTC)")
        self._now = start
        self._monotonic_s = 0.0

    def now(self) -> datetime:
        """Return the wall clock, in the zone that it was started in."""
        return self._now

    def monotonic_s(self) -> float:
        """Return seconds advanced so far."""
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks.

        Raises:
            ValueError: ``seconds`` is negative; use `set_wall` for a wall clock that was put back.
        """
        if seconds < 0:
            raise ValueError(f"time does not run backwards ({seconds} s)")
        # Through UTC, since adding to a zoned datetime moves its local time and would gain or lose an hour at a change.
        self._now = (self._now.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(self._now.tzinfo)
        self._monotonic_s += seconds

    def set_wall(self, now: datetime) -> None:
        """Put the wall clock to another time, as NTP or an administrator would; monotonic time stays.

        Raises:
            ValueError: ``now`` has no time zone.
        """
        if now.tzinfo is None:
            raise ValueError("a clock needs a time zone: pass datetime(..., tzinfo=UTC)")
        self._now = now
