"""Where an answer's time goes."""

import pytest

from engine.latency import LatencyMarks

MARKS = LatencyMarks(
    caller_end_s=10.0, decided_s=10.32, heard_s=10.34, answered_s=10.34, voiced_s=10.4, started_s=10.44
)


def test_the_response_runs_from_the_callers_last_sound_to_the_bots_first() -> None:
    """Not from any later station, which the caller does not hear."""
    assert MARKS.response_ms == pytest.approx(440)


def test_the_stations_are_named_in_order_and_add_up_to_the_response() -> None:
    """Nothing between the two sounds is left out or counted twice."""
    assert str(MARKS) == "endpointing 320, reading 20, dialog 0, voice 60, line 40 ms"
