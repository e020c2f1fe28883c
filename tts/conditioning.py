"""From an engine's own audio to what goes on the line: 8 kHz, trimmed, of one loudness, without clicks.

Every step is deterministic. `RULES` is part of each voice's fingerprint, so a change here renders cached prompts anew.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import soxr

from engine.audio import SAMPLE_RATE_HZ, AudioClip
from engine.errors import SynthesisError

Waveform: TypeAlias = npt.NDArray[np.float32]
"""float32, shape (n,), full scale ±1."""

RULES = "8k-1"

LEAD_S = 0.02
"""Kept before the first sound: speech starts within 30 ms of the clip's start."""
TAIL_S = 0.12
"""Kept after the last sound, so that a final consonant dies away and lines in a row keep a breath between them."""
SENTENCE_PAUSE_S = 0.25
"""Silence between the sentences of one text."""
FADE_S = 0.005
SPEECH_LEVEL_DBFS = -20.0
"""Mean power of the speech itself; leaves 17 dB for peaks."""
PEAK_DBFS = -1.5

_FRAME_S = 0.005
_SOUND_BELOW_LOUDEST_DB = 45.0
_LEAST_LEVEL_DBFS = -65.0
_ACTIVE_BELOW_LOUD_DB = 25.0


def telephone_clip(parts: Sequence[Waveform], sample_rate_hz: int) -> AudioClip:
    """Join the sentences of a text and make them fit for the line.

    Args:
        parts: one waveform a sentence.
        sample_rate_hz: theirs.

    Raises:
        SynthesisError: there is no sound in any of them.
    """
    sounding = [trimmed for part in parts if len(trimmed := trim(part, sample_rate_hz))]
    if not sounding:
        raise SynthesisError("the voice returned silence")
    # Each part still has its lead and tail, which count towards the pause.
    gap = np.zeros(round((SENTENCE_PAUSE_S - LEAD_S - TAIL_S) * sample_rate_hz), np.float32)
    joined = np.concatenate([piece for part in sounding for piece in (gap, part)][1:])
    narrow = trim(to_telephone_rate(joined, sample_rate_hz), SAMPLE_RATE_HZ)
    levelled = fade(level(narrow, SAMPLE_RATE_HZ), SAMPLE_RATE_HZ)
    return AudioClip(np.round(levelled * 32767).astype(np.int16))


def to_telephone_rate(samples: Waveform, sample_rate_hz: int) -> Waveform:
    """Resample to 8 kHz; libsoxr's low-pass keeps up to 3.65 kHz and leaves nothing of what lies above 4 kHz."""
    if sample_rate_hz == SAMPLE_RATE_HZ:
        return samples
    resampled: Waveform = soxr.resample(samples, sample_rate_hz, SAMPLE_RATE_HZ, quality="HQ").astype(np.float32)
    return resampled


def trim(samples: Waveform, sample_rate_hz: int) -> Waveform:
    """Cut silence at both ends to `LEAD_S` and `TAIL_S`, filling up where there is less; empty when all is silence."""
    levels = _frame_levels_db(samples, sample_rate_hz)
    floor = max(levels.max(initial=-200.0) - _SOUND_BELOW_LOUDEST_DB, _LEAST_LEVEL_DBFS)
    sounding = np.flatnonzero(levels > floor)
    if not len(sounding):
        return np.zeros(0, np.float32)
    frame = round(_FRAME_S * sample_rate_hz)
    start = int(sounding[0]) * frame - round(LEAD_S * sample_rate_hz)
    end = (int(sounding[-1]) + 1) * frame + round(TAIL_S * sample_rate_hz)
    return np.pad(samples[max(start, 0) : end], (max(-start, 0), max(end - len(samples), 0)))


def level(samples: Waveform, sample_rate_hz: int) -> Waveform:
    """Bring the speech to `SPEECH_LEVEL_DBFS`, or as near as its peaks allow below `PEAK_DBFS`."""
    samples = samples - np.float32(samples.mean())
    peak = float(np.abs(samples).max())
    gain_db = min(SPEECH_LEVEL_DBFS - speech_level_dbfs(samples, sample_rate_hz), PEAK_DBFS - 20 * np.log10(peak))
    return (samples * np.float32(10 ** (gain_db / 20))).astype(np.float32)


def speech_level_dbfs(samples: Waveform, sample_rate_hz: int) -> float:
    """Return the mean power of the frames that hold speech, those within 25 dB of the loud ones (as in ITU-T P.56)."""
    levels = _frame_levels_db(samples, sample_rate_hz)
    active = levels[levels > np.percentile(levels, 95) - _ACTIVE_BELOW_LOUD_DB]
    return float(10 * np.log10(np.mean(10 ** (active / 10))))


def fade(samples: Waveform, sample_rate_hz: int) -> Waveform:
    """Fade both ends over 5 ms, so that a clip never starts or ends with a click."""
    count = min(round(FADE_S * sample_rate_hz), len(samples) // 2)
    ramp = np.linspace(0, 1, count, dtype=np.float32)
    faded = samples.copy()
    faded[:count] *= ramp
    faded[len(faded) - count :] *= ramp[::-1]
    return faded


def _frame_levels_db(samples: Waveform, sample_rate_hz: int) -> npt.NDArray[np.float64]:
    """Return the level of each whole or last partial 5 ms frame in dBFS, float64, shape (frames,)."""
    frame = round(_FRAME_S * sample_rate_hz)
    padded = np.pad(samples.astype(np.float64), (0, -len(samples) % frame)).reshape(-1, frame)
    power: npt.NDArray[np.float64] = np.mean(padded**2, axis=1)
    return 10 * np.log10(power + 1e-20)
