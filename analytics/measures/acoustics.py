"""How a voice sounds: its level and pitch, and how they change through a call."""

from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from analytics.measures.pitch import fundamentals_hz
from analytics.response import STEP_S, Span, levels_db, spans_of, voiced_frames
from engine.audio import SAMPLE_RATE_HZ, Samples

_FULL_SCALE_DB: Final = 20 * np.log10(32768)
_FEWEST_FRAMES: Final = 100
"""Voiced frames below which a voice says nothing of its level, and of each third of it."""

_LOUD_PERCENTILE: Final = 95
_SOFTEST_DB: Final = 25.0
"""Frames so far below the loud ones are the pauses within a stretch of speech."""

_WINDOW: Final = 50
_RAISED_DB: Final = 6.0
_PITCH_FRAMES: Final = 300
_FEWEST_PERIODIC: Final = 30
_PERIODIC_SHARE: Final = 0.3
_PITCH_SPREAD: Final = 0.4
_OCTAVE_ST: Final = 12


class Voice:
    """One side's channel of a call; all is in frames of `STEP_S`.

    Args:
        samples: int16, shape (n,), 8 kHz, from the contact's start.
    """

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._levels_db = levels_db(samples)
        self._voiced = voiced_frames(self._levels_db)

    def spans(self, pause_s: float) -> tuple[Span, ...]:
        """Return where it sounds; silences shorter than ``pause_s`` do not divide."""
        return spans_of(self._voiced, pause_s)

    def within(self, spans: tuple[Span, ...]) -> "Speech":
        """Return the voice in some spans only, disjoint ones: those that are speech."""
        inside = np.zeros(len(self._voiced) + 1, np.int32)
        edges = np.array([(span.start_s, span.end_s) for span in spans]).reshape(-1, 2)
        frames = np.clip(np.rint(edges / STEP_S).astype(int), 0, len(self._voiced))
        np.add.at(inside, frames[:, 0], 1)
        np.add.at(inside, frames[:, 1], -1)
        frames_inside = np.flatnonzero(inside.cumsum()[:-1])
        levels_db = self._levels_db[frames_inside]
        loud_db = float(np.percentile(levels_db, _LOUD_PERCENTILE)) if len(levels_db) else 0.0
        return Speech(self._samples, self._levels_db, frames_inside[levels_db > loud_db - _SOFTEST_DB])


class Speech:
    """The voiced frames of a side's speech.

    Args:
        samples: of the whole channel.
        levels_db: of all its frames, shape (frames,).
        frames: indices of the voiced ones, shape (n,).
    """

    def __init__(self, samples: Samples, levels_db: npt.NDArray[np.float32], frames: npt.NDArray[np.intp]) -> None:
        self._samples = samples
        self._levels_db = levels_db
        self._frames = frames

    @property
    def level_dbfs(self) -> float | None:
        """Median level; a full-scale square wave has 0."""
        if len(self._frames) < _FEWEST_FRAMES:
            return None
        return float(np.median(self._levels_db[self._frames]) - _FULL_SCALE_DB)

    @property
    def level_change_db(self) -> float | None:
        """Median level of the last third of the frames less that of the first."""
        third = len(self._frames) // 3
        if third < _FEWEST_FRAMES:
            return None
        levels_db = self._levels_db[self._frames]
        return float(np.median(levels_db[-third:]) - np.median(levels_db[:third]))

    def raised(self) -> tuple[tuple[Span, float], ...] | None:
        """Return stretches well above the voice's own level, each with its most decibels above it.

        The level is a mean over windows of 0.5 s, at least half of which is voiced.
        """
        if len(self._frames) < _FEWEST_FRAMES:
            return None
        count, total_db = np.zeros(len(self._levels_db) + 1), np.zeros(len(self._levels_db) + 1)
        count[self._frames + 1] = 1
        total_db[self._frames + 1] = self._levels_db[self._frames]
        count, total_db = count.cumsum(), total_db.cumsum()
        voiced = count[_WINDOW:] - count[:-_WINDOW]
        usable = np.flatnonzero(voiced >= _WINDOW / 2)
        if not len(usable):
            return None
        level_db = (total_db[_WINDOW:] - total_db[:-_WINDOW])[usable] / voiced[usable]
        above_db = level_db - np.median(level_db)
        high = np.flatnonzero(above_db >= _RAISED_DB)
        found = []
        for run in np.split(high, np.flatnonzero(np.diff(usable[high]) > _WINDOW) + 1):
            if len(run):
                span = Span(float(usable[run[0]] * STEP_S), float((usable[run[-1]] + _WINDOW) * STEP_S))
                found.append((span, float(above_db[run].max())))
        return tuple(found)

    @cached_property
    def _pitches_hz(self) -> npt.NDArray[np.float64]:
        """Fundamentals of frames spread evenly over the speech; NaN where a frame is not periodic."""
        chosen = np.unique(np.linspace(0, max(len(self._frames) - 1, 0), _PITCH_FRAMES).astype(int))
        starts = self._frames[chosen[: len(self._frames)]] * round(STEP_S * SAMPLE_RATE_HZ)
        return fundamentals_hz(self._samples, starts)

    @property
    def pitch_hz(self) -> float | None:
        """Median fundamental; None where few frames are periodic, or they scatter."""
        return _agreed(self._pitches_hz) if len(self._frames) >= _FEWEST_FRAMES else None

    @property
    def pitch_change_st(self) -> float | None:
        """Semitones from the first third's fundamental to the last's."""
        third = len(self._pitches_hz) // 3
        first, last = _agreed(self._pitches_hz[:third]), _agreed(self._pitches_hz[-third:] if third else np.zeros(0))
        if self.pitch_hz is None or first is None or last is None:
            return None
        return float(_OCTAVE_ST * np.log2(last / first))


def _agreed(pitches_hz: npt.NDArray[np.float64]) -> float | None:
    periodic = pitches_hz[~np.isnan(pitches_hz)]
    if len(periodic) < max(_FEWEST_PERIODIC, _PERIODIC_SHARE * len(pitches_hz)):
        return None
    low, middle, high = np.percentile(periodic, [25, 50, 75])
    return float(middle) if high - low <= _PITCH_SPREAD * middle else None
