"""The lines that debtors call over: clean, with a noise that never stops, or with lost packets."""

import re
from dataclasses import dataclass

import numpy as np

from asr.training.telephone import room_noise, speech_power
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.calls import Answered, LineEvent, PlayoutStarted
from engine.ports import CallLine

SPEECH_RMS = 2500
"""Level of every debtor's loud frames, so that a signal to noise ratio means the same for all: -22 dBov."""

_NOISE_S = 10
_PIECE = SAMPLE_RATE_HZ // 2


@dataclass(frozen=True, slots=True)
class Condition:
    """What a debtor's line is like.

    Args:
        name: as on the command line.
        noise_db: signal to noise ratio; None for no noise.
        loss_percent: of the debtor's RTP packets.

    Raises:
        ValueError: the name means no line.
    """

    name: str
    noise_db: float | None = None
    loss_percent: int = 0

    @classmethod
    def of(cls, name: str) -> "Condition":
        """Read ``clean``, ``10dB`` or ``3%``."""
        if name == "clean":
            return cls(name)
        if noisy := re.fullmatch(r"(-?\d{1,2})dB", name):
            return cls(name, noise_db=float(noisy[1]))
        if lossy := re.fullmatch(r"(\d{1,2})%", name):
            return cls(name, loss_percent=int(lossy[1]))
        raise ValueError(f"{name!r} is no line; write clean, 10dB (signal to noise) or 3% (packets lost)")


def levelled(samples: Samples) -> Samples:
    """Return speech at `SPEECH_RMS`."""
    return _int16(samples * (SPEECH_RMS / np.sqrt(max(1.0, speech_power(samples)))))


class NoisyLine:
    """The part of a `CallLine` that a debtor uses, with noise in and between their words.

    Args:
        line: behind it.
        noise_db: ratio of `SPEECH_RMS` to the noise.
        seed: of the noise.
    """

    def __init__(self, line: CallLine, noise_db: float, seed: int) -> None:
        self._line = line
        noise = room_noise(_NOISE_S * SAMPLE_RATE_HZ, np.random.default_rng(seed))
        self._noise = noise * (SPEECH_RMS / 10 ** (noise_db / 20))
        self._at = 0
        self._last = -1

    @property
    def channel(self) -> int:
        """As `CallLine.channel`."""
        return self._line.channel

    async def answer(self) -> None:
        """As `CallLine.answer`."""
        await self._line.answer()

    async def hang_up(self) -> None:
        """As `CallLine.hang_up`."""
        await self._line.hang_up()

    async def next_event(self) -> LineEvent:
        """As `CallLine.next_event`; the noise goes on by it."""
        event = await self._line.next_event()
        if isinstance(event, Answered) or (isinstance(event, PlayoutStarted) and event.playout_id == self._last):
            self._last = self._line.play(self._next(_PIECE))
        return event

    def play(self, samples: Samples) -> int:
        """As `CallLine.play`, at once: what waits is nothing but noise."""
        self._line.flush()
        playout_id = self._line.play(self._next(len(samples), samples))
        self._last = self._line.play(self._next(_PIECE))
        return playout_id

    def _next(self, count: int, speech: Samples | int = 0) -> Samples:
        noise = np.take(self._noise, np.arange(self._at, self._at + count), mode="wrap")
        self._at = (self._at + count) % len(self._noise)
        return _int16(noise + speech)


def _int16(samples: np.ndarray) -> Samples:
    return np.clip(np.round(samples), -32768, 32767).astype(np.int16)
