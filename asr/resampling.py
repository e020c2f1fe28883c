"""Sample rates and forms of recognisers that do not take the telephone's 8 kHz and 16 bits."""

import numpy as np
import numpy.typing as npt
import soxr

from engine.audio import SAMPLE_RATE_HZ, Samples


class Upsampler:
    """Turns a stream of 8 kHz audio into another rate; without effect where the rate is 8 kHz.

    Args:
        target_hz: samples a second that come out.
    """

    def __init__(self, target_hz: int) -> None:
        self._target_hz = target_hz
        self._stream = self._new()

    def next(self, samples: Samples, *, last: bool = False) -> Samples:
        """Return what is ready of the stream.

        Args:
            samples: int16, shape (n,), 8 kHz.
            last: whether to give out all that is held back; the next audio begins a new stream.
        """
        if self._stream is None:
            return samples
        out: Samples = self._stream.resample_chunk(samples, last=last)
        if last:
            self._stream = self._new()
        return out

    def _new(self) -> soxr.ResampleStream | None:
        if self._target_hz == SAMPLE_RATE_HZ:
            return None
        return soxr.ResampleStream(SAMPLE_RATE_HZ, self._target_hz, 1, dtype="int16")


def to_rate(samples: npt.NDArray[np.int16], from_hz: int, to_hz: int) -> npt.NDArray[np.int16]:
    """Resample a whole recording.

    Args:
        samples: int16, shape (n,) or (n, channels).
        from_hz: its rate.
        to_hz: the rate that comes out.
    """
    if from_hz == to_hz:
        return samples
    resampled: npt.NDArray[np.int16] = soxr.resample(samples, from_hz, to_hz)
    return resampled


def to_floats(samples: Samples, rate_hz: int = SAMPLE_RATE_HZ) -> npt.NDArray[np.float32]:
    """Return telephone audio as neural networks take it: float32 within ±1, shape (n,).

    Args:
        samples: int16, shape (n,), 8 kHz.
        rate_hz: the rate that comes out.
    """
    return to_rate(samples, SAMPLE_RATE_HZ, rate_hz).astype(np.float32) / np.float32(32768)
