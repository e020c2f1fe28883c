"""From an engine's audio to the line's."""

from collections.abc import Callable

import numpy as np
import pytest

from engine.errors import SynthesisError
from tts.conditioning import (
    LEAD_S,
    PEAK_DBFS,
    SENTENCE_PAUSE_S,
    SPEECH_LEVEL_DBFS,
    TAIL_S,
    Waveform,
    speech_level_dbfs,
    telephone_clip,
    to_telephone_rate,
    trim,
)

Tone = Callable[..., Waveform]


@pytest.mark.parametrize("rate", [10000, 16000, 22050, 44100])
@pytest.mark.parametrize("frequency", [4100, 4500, 4900])
def test_what_lies_above_4_khz_does_not_alias(tone: Tone, rate: int, frequency: float) -> None:
    """A tone that 8 kHz cannot carry is gone, 80 dB down, instead of turning up mirrored."""
    result = to_telephone_rate(tone(frequency, 0.5, rate), rate)
    assert 20 * np.log10(np.abs(result[400:-400]).max() / 0.5) < -80


@pytest.mark.parametrize("frequency", [300, 1000, 3400])
def test_the_telephone_band_passes_unchanged(tone: Tone, frequency: float) -> None:
    """Tones from 300 to 3400 Hz keep their level within 0.1 dB."""
    result = to_telephone_rate(tone(frequency, 0.5, 22050), 22050)
    assert 20 * np.log10(np.abs(result[400:-400]).max() / 0.5) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("silence_s", [0.0, 0.01, 0.5])
def test_ends_are_trimmed_or_filled_to_the_same_margins(tone: Tone, silence_s: float) -> None:
    """However much silence an engine leaves, a clip has the same lead and tail."""
    quiet = np.zeros(round(silence_s * 8000), np.float32)
    trimmed = trim(np.concatenate([quiet, tone(500, 0.4, 8000), quiet]), 8000)
    assert len(trimmed) / 8000 == pytest.approx(LEAD_S + 0.4 + TAIL_S, abs=0.011)
    assert np.flatnonzero(np.abs(trimmed) > 0.01)[0] / 8000 <= 0.03


def test_a_weak_first_consonant_is_kept(tone: Tone) -> None:
    """A sound 40 dB below the vowel after it is speech, not silence."""
    weak, strong = tone(2500, 0.1, 8000, 0.005), tone(500, 0.4, 8000, 0.5)
    assert len(trim(np.concatenate([np.zeros(800, np.float32), weak, strong]), 8000)) / 8000 > 0.6


@pytest.mark.parametrize("peak", [0.001, 0.05, 1.0])
def test_every_voice_comes_out_equally_loud(tone: Tone, peak: float) -> None:
    """Whatever level an engine speaks at, the speech in the clip is at the telephone level."""
    clip = telephone_clip([tone(500, 1.0, 16000, peak)], 16000)
    samples = (clip.samples / 32768).astype(np.float32)
    assert speech_level_dbfs(samples, 8000) == pytest.approx(SPEECH_LEVEL_DBFS, abs=0.5)


def test_pauses_do_not_make_speech_louder(tone: Tone) -> None:
    """The level is that of the speech, not of the pauses in it."""
    word = tone(500, 0.3, 8000)
    spaced = np.concatenate([word, np.zeros(4000, np.float32), word])
    assert speech_level_dbfs(spaced, 8000) == pytest.approx(speech_level_dbfs(word, 8000), abs=0.2)


def test_peaks_stay_below_the_limit(tone: Tone) -> None:
    """A voice of sharp peaks is made as loud as they allow, and is never clipped."""
    clicks = tone(300, 1.0, 8000, 0.01)
    clicks[::800] = 0.9
    clip = telephone_clip([clicks], 8000)
    assert 20 * np.log10(np.abs(clip.samples).max() / 32767) <= PEAK_DBFS + 0.01


def test_a_clip_begins_and_ends_at_zero(tone: Tone) -> None:
    """Fades leave no step at either end."""
    clip = telephone_clip([tone(500, 0.3, 8000)], 8000)
    assert abs(int(clip.samples[0])) <= 1
    assert abs(int(clip.samples[-1])) <= 1


def test_sentences_are_joined_with_one_pause(tone: Tone) -> None:
    """Between two sentences there is the pause, whatever silence each brings along."""
    silent = np.zeros(8000, np.float32)
    part = np.concatenate([silent, tone(500, 0.3, 8000), silent])
    clip = telephone_clip([part, silent, part], 8000)
    assert clip.duration_s == pytest.approx(LEAD_S + 0.3 + SENTENCE_PAUSE_S + 0.3 + TAIL_S, abs=0.02)


@pytest.mark.parametrize("parts", [[], [np.zeros(0, np.float32)], [np.zeros(8000, np.float32)]])
def test_silence_is_no_speech(parts: list[Waveform]) -> None:
    """An engine that returns nothing audible has failed."""
    with pytest.raises(SynthesisError, match="silence"):
        telephone_clip(parts, 16000)
