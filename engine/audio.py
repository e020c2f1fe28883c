"""Telephone audio: 8 kHz mono int16 in frames of 20 ms, clips of it, and WAV files.

Positions in a call are *stream seconds*: the number of 20 ms bridge ticks since the call's media began, times 0.02.
Every event, turn and recording of a call is on that one clock.
"""

import wave
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.errors import AudioError

Samples: TypeAlias = npt.NDArray[np.int16]
"""int16, shape (n,), one channel."""

SAMPLE_RATE_HZ = 8000
FRAME_MS = 20
FRAME_SAMPLES = SAMPLE_RATE_HZ * FRAME_MS // 1000
FRAME_S = FRAME_MS / 1000


@dataclass(frozen=True, slots=True)
class AudioClip:
    """A finished piece of mono audio.

    Args:
        samples: int16, shape (n,).
        sample_rate_hz: samples a second.

    Raises:
        AudioError: samples are not one-dimensional int16, or the rate is not positive.
    """

    samples: Samples
    sample_rate_hz: int = SAMPLE_RATE_HZ

    def __post_init__(self) -> None:
        if self.samples.dtype != np.int16 or self.samples.ndim != 1:
            raise AudioError(f"a clip is int16 of shape (n,), not {self.samples.dtype} of shape {self.samples.shape}")
        if self.sample_rate_hz <= 0:
            raise AudioError(f"a clip has a positive sample rate, not {self.sample_rate_hz}")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class AudioBatch:
    """One 20 ms frame of every live call: what the caller said, and what the bot really sent in the same tick.

    Args:
        channels: int64, shape (n,), each at most once; a channel number is a live call's for its whole life.
        ticks: int64, shape (n,), index of the frame since that call's media began.
        heard: int16, shape (n, 160), the caller; silence where nothing arrived.
        spoken: int16, shape (n, 160), the bot as consumed by the bridge; silence where nothing was queued.
    """

    channels: npt.NDArray[np.int64]
    ticks: npt.NDArray[np.int64]
    heard: npt.NDArray[np.int16]
    spoken: npt.NDArray[np.int16]


def silence(duration_s: float, sample_rate_hz: int = SAMPLE_RATE_HZ) -> Samples:
    """Return zeros, int16, shape (duration,)."""
    return np.zeros(round(duration_s * sample_rate_hz), dtype=np.int16)


def read_wav(path: Path) -> tuple[npt.NDArray[np.int16], int]:
    """Read a 16-bit PCM WAV file.

    Returns:
        Samples, int16, shape (n, channels), and the sample rate in Hz.

    Raises:
        AudioError: the file is missing, truncated in its header, or not 16-bit PCM.
    """
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                raise AudioError(f"{path}: {8 * file.getsampwidth()}-bit samples; convert it to 16-bit PCM")
            channels, rate = file.getnchannels(), file.getframerate()
            raw = file.readframes(file.getnframes())
    except FileNotFoundError:
        raise AudioError(f"{path}: no such file") from None
    except (wave.Error, EOFError, OSError) as error:
        raise AudioError(f"{path}: not a readable 16-bit PCM WAV file ({error or 'it ends too early'})") from error
    whole = len(raw) - len(raw) % (2 * channels)
    return np.frombuffer(raw[:whole], dtype="<i2").reshape(-1, channels).astype(np.int16), rate


def write_wav(target: Path | BinaryIO, samples: npt.NDArray[np.int16], sample_rate_hz: int = SAMPLE_RATE_HZ) -> None:
    """Write samples, int16, shape (n,) or (n, channels), as a 16-bit PCM WAV file, to a path or an open file."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    with wave.open(str(target) if isinstance(target, Path) else target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(samples.astype("<i2").tobytes())
