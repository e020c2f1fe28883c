"""Stretches of speech in full windows, and words back in the recording's seconds."""

import numpy as np
import pytest

from asr.spans import Span
from asr.whisper_windows import FULL_S, windows
from engine.audio import SAMPLE_RATE_HZ
from engine.speech import Word

SOUND = np.arange(200 * SAMPLE_RATE_HZ, dtype=np.int32).astype(np.int16)


def test_windows_hold_all_speech_and_are_as_full_as_may_be() -> None:
    spans = [Span(start_s, start_s + 10.0) for start_s in (5.0, 30.0, 50.0, 70.0, 90.0)]

    packed = windows(SOUND, spans)

    assert [window.spans for window in packed] == [tuple(spans[:2]), tuple(spans[2:4]), tuple(spans[4:])]
    samples = packed[0].samples(SOUND)
    assert len(samples) == 20 * SAMPLE_RATE_HZ
    np.testing.assert_array_equal(samples[10 * SAMPLE_RATE_HZ :], SOUND[30 * SAMPLE_RATE_HZ : 40 * SAMPLE_RATE_HZ])


def test_words_go_back_to_their_stretches() -> None:
    """One on the edge belongs where its middle is, and ends with its stretch; a stretch without words is left out."""
    (window,) = windows(SOUND, [Span(5.0, 7.0), Span(20.0, 21.0), Span(60.0, 64.0)])
    words = [Word("a", 0.5, 1.0, 0.9), Word("b", 1.5, 2.2, 0.8), Word("c", 3.0, 3.5, 0.7)]

    first, last = window.told(words)

    assert first == (Span(5.0, 7.0), (Word("a", 5.5, 6.0, 0.9), Word("b", 6.5, 7.0, 0.8)))
    assert last == (Span(60.0, 64.0), (Word("c", 60.0, 60.5, 0.7),))


def test_what_is_too_long_is_cut_where_it_is_quiet() -> None:
    noise = np.random.default_rng(0).normal(0, 900, 60 * SAMPLE_RATE_HZ).astype(np.int16)
    noise[25 * SAMPLE_RATE_HZ : 25 * SAMPLE_RATE_HZ + 1600] = 0

    packed = windows(noise, [Span(0.0, 60.0)])

    assert packed[0].spans[0].end_s == pytest.approx(25.1, abs=0.06)
    assert all(window.duration_s <= FULL_S for window in packed)
    assert sum(window.duration_s for window in packed) == pytest.approx(60.0)
