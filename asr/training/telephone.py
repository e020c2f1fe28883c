"""A telephone line for tests: noise, G.711 A-law and lost packets, done to audio."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from engine.audio import FRAME_SAMPLES, Samples

_A = 87.6
_MOST = 32768.0


def with_noise(audio: Samples, signal_to_noise_db: float, rng: Generator) -> Samples:
    """Add the noise of a room.

    Args:
        audio: speech.
        signal_to_noise_db: power of the speech, as `speech_power` has it, over that of the noise.
        rng: of the noise.
    """
    noise = room_noise(len(audio), rng) * np.sqrt(speech_power(audio) / 10 ** (signal_to_noise_db / 10))
    return _int16(audio + noise)


def speech_power(audio: Samples) -> float:
    """Return the mean power of the loudest half of 20 ms frames."""
    frames = audio[: len(audio) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES).astype(np.float64)
    powers = (frames**2).mean(axis=1)
    return float(powers[powers >= np.median(powers)].mean())


def room_noise(samples: int, rng: Generator) -> npt.NDArray[np.float64]:
    """Return noise of power 1 with the spectrum of a room, falling 6 dB an octave above 300 Hz: shape (samples,)."""
    spectrum = np.fft.rfft(rng.standard_normal(samples))
    spectrum /= np.maximum(1, np.fft.rfftfreq(samples, 1 / 8000) / 300)
    noise: npt.NDArray[np.float64] = np.fft.irfft(spectrum, samples)
    noise /= np.sqrt((noise**2).mean())
    return noise


def through_a_law(audio: Samples) -> Samples:
    """Return what G.711 A-law leaves of audio: 256 steps on its logarithmic curve."""
    value = audio / _MOST
    small = 1 + np.log(_A)
    size = np.abs(value)
    curve = np.where(size < 1 / _A, _A * size, 1 + np.log(np.maximum(_A * size, 1))) / small
    steps = (np.floor(np.minimum(curve, 1 - 1e-9) * 128) + 0.5) / 128
    back = np.where(steps < 1 / small, steps * small / _A, np.exp(steps * small - 1) / _A)
    return _int16(np.sign(value + 1e-12) * back * _MOST)


def with_lost_packets(audio: Samples, share: float, rng: Generator) -> Samples:
    """Lose packets of 20 ms; the last good one is repeated in their place, weaker each time, as jitter buffers do."""
    audio = audio.copy()
    weight = 1.0
    for begin in range(FRAME_SAMPLES, len(audio) - FRAME_SAMPLES, FRAME_SAMPLES):
        if rng.random() < share:
            weight *= 0.6
            audio[begin : begin + FRAME_SAMPLES] = (audio[begin - FRAME_SAMPLES : begin] * weight).astype(np.int16)
        else:
            weight = 1.0
    return audio


def _int16(audio: npt.NDArray[np.float64]) -> Samples:
    return np.clip(np.round(audio), -32768, 32767).astype(np.int16)


CLEAN: Final = "clean"

LINES: Final[dict[str, Callable[[Samples, Generator], Samples]]] = {
    CLEAN: lambda audio, _: audio,
    "20dB": lambda audio, rng: with_noise(audio, 20, rng),
    "10dB": lambda audio, rng: with_noise(audio, 10, rng),
    "5dB": lambda audio, rng: with_noise(audio, 5, rng),
    "loss1": lambda audio, rng: with_lost_packets(through_a_law(audio), 0.01, rng),
    "loss3": lambda audio, rng: with_lost_packets(through_a_law(audio), 0.03, rng),
}
"""What is done to audio, by name: noise so many decibels below speech, or A-law with so many packets in 100 lost."""
