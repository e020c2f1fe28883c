"""The fundamental frequency of a voice by autocorrelation, many frames at once.

Harmonics above 1 kHz are left out: they make peaks so narrow that they fall between two lags, and twice the period, by
chance nearer to one, would win. A telephone cuts the fundamental of low voices off; its period stays in the harmonics,
and so in the autocorrelation. That is divided by the window's own, so that long periods are not put at a disadvantage
(Boersma 1993).
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import fft

from engine.audio import SAMPLE_RATE_HZ, Samples

_FRAME: Final = 320
"""40 ms: two periods of the lowest voice and more."""

_FFT: Final = 512
_SHORTEST_LAG: Final = SAMPLE_RATE_HZ // 400
_LONGEST_LAG: Final = SAMPLE_RATE_HZ // 60
_PERIODIC: Final = 0.5
"""Least correlation of a frame with itself one period later."""

_OCTAVE_COST: Final = 0.02
"""What an octave lower must correlate better: every multiple of a period is a period, too."""


def fundamentals_hz(channel: Samples, starts: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Return the fundamental of frames of 40 ms; NaN where one is not periodic within 60 to 400 Hz.

    Args:
        channel: int16, shape (n,), 8 kHz.
        starts: first sample of each frame, shape (frames,); frames beyond the channel's end are left out.
    """
    starts = starts[starts + _FRAME <= len(channel)]
    if not len(starts):
        return np.zeros(0)
    frames = channel[starts[:, None] + np.arange(_FRAME)].astype(np.float32)
    frames -= frames.mean(axis=1, keepdims=True)
    window, window_correlation = _window()
    spectrum = fft.rfft(frames * window, _FFT)
    power = (spectrum.real**2 + spectrum.imag**2) * _low_pass()
    correlation = fft.irfft(power, _FFT)[:, : _LONGEST_LAG + 2]
    correlation /= np.maximum(correlation[:, :1], 1e-6)
    correlation /= window_correlation
    lags = np.arange(_SHORTEST_LAG, _LONGEST_LAG + 1)
    middle, before, after = correlation[:, lags], correlation[:, lags - 1], correlation[:, lags + 1]
    peaks = (middle > before) & (middle >= after) & (middle >= _PERIODIC)
    worth = np.where(peaks, middle - _OCTAVE_COST * np.log2(lags / _SHORTEST_LAG), -np.inf)
    best = worth.argmax(axis=1)
    rows = np.arange(len(frames))
    left, top, right = before[rows, best], middle[rows, best], after[rows, best]
    curve = left - 2 * top + right
    offset = np.where(curve < 0, 0.5 * (left - right) / np.where(curve < 0, curve, -1.0), 0.0)
    pitches = SAMPLE_RATE_HZ / (lags[best] + offset)
    return np.where(peaks.any(axis=1), pitches, np.nan).astype(np.float64)


@cache
def _low_pass() -> npt.NDArray[np.float32]:
    """Return what is left of the power at each frequency: all below 800 Hz, nothing above 1200."""
    hertz = fft.rfftfreq(_FFT, 1 / SAMPLE_RATE_HZ)
    return np.asarray(np.cos(np.pi / 2 * np.clip((hertz - 800) / 400, 0, 1)) ** 2, np.float32)


@cache
def _window() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return a Hann window and its own autocorrelation over the lags that are looked at, 1 at none."""
    window = np.hanning(_FRAME).astype(np.float32)
    correlation = np.correlate(window, window, "full")[_FRAME - 1 : _FRAME + _LONGEST_LAG + 1]
    return window, (correlation / correlation[0]).astype(np.float32)
