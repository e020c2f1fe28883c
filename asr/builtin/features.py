"""From 8 kHz audio to what the network takes: 15 mel bands each 10 ms, less each channel's own running mean.

The bands are those of the human training speech: pre-emphasis 0.97, 25.6 ms Hamming window each 10 ms, power spectrum
in bins of 31.25 Hz, 15 mel filters of unit area from 200 to 3500 Hz with edges on bins, natural logarithm. A constant
noise is added to the power, so that digital silence, the steps of a telephone codec and a suppressed background look
alike.

All channels advance in one call. What a channel carries from chunk to chunk is one row of numbers, so that a caller
keeps the rows of many channels in one array. Frames look back only: chunks of any whole number of frames give what the
whole gives.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.audio import SAMPLE_RATE_HZ
from engine.errors import AudioError

Floats = npt.NDArray[np.float32]

BANDS = 15
HOP_SAMPLES = SAMPLE_RATE_HZ // 100
"""Samples a frame moves on: 10 ms."""

WINDOW_SAMPLES = 205
"""25.6 ms."""

FLOOR = 4.0
"""Natural logarithm of the power added to each band: hiss of about 5 of 32768 steps."""

_FFT_POINTS = 256
_LOWEST_HZ, _HIGHEST_HZ = 200.0, 3500.0
_PRE_EMPHASIS = 0.97
_TAIL_SAMPLES = WINDOW_SAMPLES - HOP_SAMPLES + 1  # one more for the pre-emphasis of the first
_TAIL, _MEAN = slice(0, _TAIL_SAMPLES), slice(_TAIL_SAMPLES, _TAIL_SAMPLES + BANDS)
_HEARD, _PEAK = _MEAN.stop, _MEAN.stop + 1

STATE_SIZE = _PEAK + 1
"""Numbers that a channel carries: end of its audio, mean, frames of speech in the mean, recent peak."""


@dataclass(frozen=True, slots=True)
class Normalisation:
    """How the running mean of a channel starts and moves.

    Only frames near the channel's recent peak count, so that pauses do not pull the mean down; as the peak rises, what
    was heard before counts for less. The level, common to all bands, is learnt faster than the colour of the line.

    Args:
        mean: of speech over all training channels, one natural logarithm a band; where a channel starts.
        level_frames: frames of speech that this start is worth for the level.
        colour_frames: frames of speech that it is worth for each band's difference from the level.
        most_frames: frames of speech that the mean remembers at most.
        reach: a frame counts when its level is less than this below the peak, natural logarithm.
        peak_fall: how far the peak falls each frame.
    """

    mean: tuple[float, ...]
    level_frames: float = 12.0
    colour_frames: float = 100.0
    most_frames: float = 500.0
    reach: float = 4.0
    peak_fall: float = 0.004


class FrontEnd:
    """Computes normalised log-mel frames for many channels at once; the channels' states are the caller's.

    Args:
        normalisation: start and pace of the running mean.
    """

    def __init__(self, normalisation: Normalisation) -> None:
        self._normalisation = normalisation

    def initial(self, channels: int) -> Floats:
        """Return states of channels that were silent so far: float32, shape (channels, STATE_SIZE)."""
        state = np.zeros((channels, STATE_SIZE), np.float32)
        state[:, _MEAN] = self._normalisation.mean
        state[:, _PEAK] = np.mean(self._normalisation.mean) - self._normalisation.reach / 2
        return state

    def carried(self, state: Floats) -> Floats:
        """Return states for a later utterance of the same channels: the mean kept, the audio forgotten."""
        state = state.copy()
        state[:, _TAIL] = 0
        return state

    def advance(self, samples: npt.NDArray[np.int16], state: Floats) -> tuple[Floats, Floats]:
        """Take each channel's next audio.

        Args:
            samples: int16, shape (channels, frames * HOP_SAMPLES).
            state: float32, shape (channels, STATE_SIZE).

        Returns:
            Normalised frames, float32, shape (channels, frames, BANDS), and the new states. Frame t looks at audio up
            to its end, 10 ms * (t + 1).

        Raises:
            AudioError: the shapes do not fit.
        """
        if samples.ndim != 2 or samples.shape[1] % HOP_SAMPLES or state.shape != (len(samples), STATE_SIZE):
            wanted = f"samples of shape (n, k * {HOP_SAMPLES}) with a state of shape (n, {STATE_SIZE})"
            raise AudioError(f"the front end takes {wanted}, not {samples.shape} with {state.shape}")
        audio = np.concatenate([state[:, _TAIL], samples.astype(np.float32)], axis=1)
        state = state.copy()
        state[:, _TAIL] = audio[:, -_TAIL_SAMPLES:]
        return self.normalise(log_mel(audio), state)

    def normalise(self, bands: Floats, state: Floats) -> tuple[Floats, Floats]:
        """Take the running mean of each channel off its frames, this frame included.

        Args:
            bands: log-mel frames, float32, shape (channels, frames, BANDS).
            state: float32, shape (channels, STATE_SIZE).
        """
        how = self._normalisation
        state = state.copy()
        mean, heard, peak = state[:, _MEAN], state[:, _HEARD], state[:, _PEAK]
        levels = bands.mean(axis=2)
        out = np.empty_like(bands)
        for at in range(bands.shape[1]):
            heard *= np.exp(np.minimum(peak - levels[:, at], 0))
            np.maximum(peak - np.float32(how.peak_fall), levels[:, at], out=peak)
            counts = (levels[:, at] > peak - how.reach).astype(np.float32)
            np.minimum(heard + counts, how.most_frames, out=heard)
            off = bands[:, at] - mean
            level = off.mean(axis=1)
            colour_share = counts / (heard + how.colour_frames)
            mean += (counts / (heard + how.level_frames) - colour_share)[:, None] * level[:, None]
            mean += colour_share[:, None] * off
            out[:, at] = bands[:, at] - mean
        return out, state


def log_mel(audio: Floats) -> Floats:
    """Return the log-mel frames of audio that begins with the `WINDOW_SAMPLES - HOP_SAMPLES + 1` samples before them.

    Args:
        audio: in int16 units, shape (channels, samples).

    Returns:
        float32, shape (channels, frames, BANDS).
    """
    emphasised = audio[:, 1:] - np.float32(_PRE_EMPHASIS) * audio[:, :-1]
    windows = np.lib.stride_tricks.sliding_window_view(emphasised, WINDOW_SAMPLES, axis=1)[:, ::HOP_SAMPLES]
    spectrum = np.fft.rfft(windows * _WINDOW, _FFT_POINTS, axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    bands: Floats = np.log(power @ _FILTERS + np.float32(np.exp(FLOOR)))
    return bands


def _filters() -> Floats:
    mels = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), BANDS + 2)
    bin_hz = SAMPLE_RATE_HZ / _FFT_POINTS
    edges_hz = np.round(700 * (10 ** (mels / 2595) - 1) / bin_hz) * bin_hz
    low, middle, high = edges_hz[:-2], edges_hz[1:-1], edges_hz[2:]
    hz = np.arange(_FFT_POINTS // 2 + 1)[:, None] * bin_hz
    rise, fall = (hz - low) / (middle - low), (high - hz) / (high - middle)
    filters: Floats = (np.maximum(np.minimum(rise, fall), 0) * 2 / (high - low)).astype(np.float32)
    return filters


def _mel(hz: float) -> float:
    return float(2595 * np.log10(1 + hz / 700))


_WINDOW: Floats = np.hamming(WINDOW_SAMPLES).astype(np.float32)
_FILTERS: Floats = _filters()
