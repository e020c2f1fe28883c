"""The clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.clock import Clock, SystemClock, VirtualClock


def test_system_clock_carries_a_zone_and_moves_forward() -> None:
    """The system's wall clock is in UTC and between two readings of the machine's own."""
    clock: Clock = SystemClock()
    before = datetime.now(UTC)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.monotonic_s() <= clock.monotonic_s()


def test_virtual_clock_stands_still_until_it_is_advanced() -> None:
    """Only `advance` moves the virtual clock, and it moves both readings alike."""
    clock = VirtualClock(datetime(2026, 5, 4, 9, tzinfo=UTC))
    assert (clock.now(), clock.monotonic_s()) == (clock.now(), 0.0)
    clock.advance(90.5)
    assert clock.now() == datetime(2026, 5, 4, 9, 1, 30, 500_000, tzinfo=UTC)
    assert clock.monotonic_s() == 90.5


def test_virtual_clock_passes_a_change_of_summer_time_in_elapsed_seconds() -> None:
    """Two hours over a spring change are two elapsed hours, three on the wall."""
    clock = VirtualClock(datetime(2026, 3, 29, 1, tzinfo=ZoneInfo("Europe/Berlin")))
    clock.advance(7200)
    assert clock.now() == datetime(2026, 3, 29, 4, tzinfo=ZoneInfo("Europe/Berlin"))
    assert clock.now().hour == 4


def test_setting_the_wall_clock_leaves_monotonic_time_alone() -> None:
    """A wall clock that is put back does not turn monotonic time back."""
    clock = VirtualClock(datetime(2026, 5, 4, 9, tzinfo=UTC))
    clock.advance(10)
    clock.set_wall(datetime(2026, 5, 4, 8, tzinfo=UTC))
    assert clock.now() == datetime(2026, 5, 4, 8, tzinfo=UTC)
    assert clock.monotonic_s() == 10


def test_virtual_clock_refuses_what_no_clock_does() -> None:
    """Running backwards and times without a zone are refused."""
    clock = VirtualClock()
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="time zone"):
        VirtualClock(datetime(2026, 5, 4))
    with pytest.raises(ValueError, match="time zone"):
        clock.set_wall(datetime(2026, 5, 4))
