"""Probabilities of speech become spans."""

import numpy as np
import numpy.typing as npt
import pytest

from asr.spans import Span, find_speech, merged

WINDOW = 256


class ScriptedDetector:
    """A detector that reads its probabilities from the audio itself: a window's first sample, in thousandths."""

    window_samples = WINDOW

    def __init__(self) -> None:
        self.resets: list[int] = []

    def reset(self, channel: int) -> None:
        self.resets.append(channel)

    def probabilities(self, channels: npt.NDArray[np.int64], windows: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        return windows[:, 0].astype(np.float32) / 1000


def audio(*parts: tuple[float, int]) -> npt.NDArray[np.int16]:
    """Make audio of (probability, windows) parts."""
    levels = [round(1000 * probability) for probability, windows in parts for _ in range(windows)]
    return np.repeat(np.array(levels, dtype=np.int16), WINDOW)


def spans(samples: npt.NDArray[np.int16]) -> list[tuple[float, float]]:
    found = find_speech(samples, ScriptedDetector(), margin_s=0.0)
    return [(round(span.start_s, 3), round(span.end_s, 3)) for span in found]


def test_speech_is_found_between_silences() -> None:
    """A run of sure windows is one span with the run's own edges."""
    assert spans(audio((0.1, 10), (0.9, 20), (0.1, 30))) == [(0.32, 0.96)]


def test_a_dip_does_not_end_speech_and_a_pause_does() -> None:
    """Between the two thresholds speech goes on; a silence as long as the pause ends it."""
    assert spans(audio((0.9, 10), (0.4, 30), (0.9, 10))) == [(0.0, 1.6)]
    assert spans(audio((0.9, 10), (0.1, 10), (0.9, 10))) == [(0.0, 0.96)]
    assert spans(audio((0.9, 10), (0.1, 19), (0.9, 10))) == [(0.0, 0.32), (0.928, 1.248)]


def test_clicks_are_no_speech() -> None:
    """What is shorter than the least span is dropped, and doubtful sound begins none."""
    assert spans(audio((0.1, 5), (0.9, 3), (0.1, 30), (0.45, 30))) == []


def test_margins_stay_in_the_recording_and_the_channel_is_left_clean() -> None:
    """The margin is cut at the edges, and the detector's channel is reset before and after."""
    detector = ScriptedDetector()
    found = find_speech(audio((0.9, 10)), detector, channel=7, margin_s=0.25)
    assert found == [Span(0.0, 0.32)]
    assert detector.resets == [7, 7]


@pytest.mark.parametrize(
    ("longest_s", "expected"), [(10.0, [Span(0, 4), Span(9, 10)]), (3.0, [Span(0, 1), Span(2, 4), Span(9, 10)])]
)
def test_neighbours_merge_up_to_the_longest(longest_s: float, expected: list[Span]) -> None:
    """Spans join over short gaps unless the whole would become too long."""
    assert merged([Span(0, 1), Span(2, 4), Span(9, 10)], gap_s=1.0, longest_s=longest_s) == expected


def test_no_audio_has_no_speech() -> None:
    """An empty recording gives no span."""
    assert find_speech(np.zeros(0, dtype=np.int16), ScriptedDetector()) == []
