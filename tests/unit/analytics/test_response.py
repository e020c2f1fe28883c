"""Response times are measured right from recordings whose times are known."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.response import barge_ins, percentile, responses, voiced_spans
from analytics.waveform import draw_call
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.calls import Speaker, Turn
from engine.errors import AudioError


def channel(duration_s: float, *sounds: tuple[float, float], noise: float = 0.0) -> Samples:
    """Return a channel with a loud tone in each (start, end)."""
    rng = np.random.default_rng(7)
    samples = rng.normal(0, noise or 1e-3, round(duration_s * SAMPLE_RATE_HZ))
    for start_s, end_s in sounds:
        first, last = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
        samples[first:last] += 6000 * np.sin(np.arange(last - first) * 0.3)
    return samples.astype(np.int16)


@pytest.mark.parametrize("noise", [0.0, 60.0])
@given(delay_ms=st.integers(60, 2500))
def test_a_known_delay_is_measured_within_one_frame(noise: float, delay_ms: int) -> None:
    """Whatever the delay and with line noise."""
    answer_s = 4.0 + delay_ms / 1000
    bot = channel(10.0, (0.5, 2.0), (answer_s, answer_s + 1.0), noise=noise)
    caller = channel(10.0, (3.0, 4.0), noise=noise)
    (response,) = responses(bot, caller)
    assert response.delay_ms == pytest.approx(delay_ms, abs=11)


def test_a_reprompt_after_silence_is_no_response() -> None:
    """The bot that speaks again without an answer answered nobody."""
    assert responses(channel(10.0, (0.5, 2.0), (6.0, 7.0)), channel(10.0)) == ()


def test_pauses_inside_a_callers_turn_do_not_count() -> None:
    """Only the last sound before the answer does."""
    bot = channel(10.0, (0.5, 1.0), (6.0, 7.0))
    caller = channel(10.0, (2.0, 3.0), (4.0, 5.5))
    assert [round(one.delay_ms, -1) for one in responses(bot, caller)] == [500]


def test_a_barge_in_is_measured_from_first_sound_to_silence() -> None:
    """300 ms here."""
    times = barge_ins(channel(6.0, (0.5, 2.3)), channel(6.0, (2.0, 4.0)))
    assert times == (pytest.approx(300, abs=11),)


def test_silence_has_no_spans_and_nothing_no_percentile() -> None:
    """Not even a recording of zero length breaks the measurement."""
    assert voiced_spans(channel(1.0), 0.2) == ()
    assert voiced_spans(np.zeros(0, np.int16), 0.2) == ()
    assert percentile((), 0.5) is None
    assert percentile((1.0, 3.0), 0.5) == 2.0


def test_a_call_is_drawn(tmp_path: Path) -> None:
    """The picture is a PNG that grows with the call, whatever the texts hold."""
    sizes = []
    for duration_s in (5.0, 40.0):
        stereo = np.stack([channel(duration_s, (0.5, 2.0)), channel(duration_s, (3.0, 4.0))], axis=1)
        turns = (
            Turn("c", 0, Speaker.BOT, "costs $5 and _more_ ^than^ $6", "", 0.5, 2.0, "s"),
            Turn("c", 1, Speaker.CALLER, "да, «конечно»", "", 3.0, 4.0, "s", response_ms=412.0),
        )
        draw_call(stereo, turns, tmp_path / "call.png", "a call")
        data = (tmp_path / "call.png").read_bytes()
        assert data.startswith(b"\x89PNG")
        sizes.append(int.from_bytes(data[16:20]))
    assert sizes[0] < sizes[1]


def test_a_mono_sound_is_no_call(tmp_path: Path) -> None:
    """A picture of a call has two sides."""
    with pytest.raises(AudioError, match="stereo"):
        draw_call(channel(1.0), (), tmp_path / "mono.png", "mono")
