"""Fax machines known by their tones, on all channels in one pass: a called one sends CED, a calling one CNG.

Rules: a frame has a tone when most of its energy lies at the tone's frequency (Goertzel's sum over 20 ms, which holds
whole cycles of both). CED is 2100 ± 15 Hz for 2.6 to 4 s (ITU-T T.30), believed after one second. CNG is 1100 ± 38 Hz,
half a second long, every 3.5 s: two such bursts, so far apart, are believed, since one alone may be the beep of an
answering machine. One frame without the tone is forgiven: modems turn the phase of CED every 450 ms (V.8).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioBatch
from engine.hearing import FaxHeard, FaxTone

LISTEN_S = 60.0
"""From the answer on; a machine has begun by then."""

_CNG_HZ = (1075.0, 1100.0, 1125.0)  # 20 ms see 12 Hz beside each of them with no less than four fifths of the power
_CED_HZ = (2100.0,)
_PURE = 0.6
"""Share of the energy at the frequency: 0.74 for CED at the edge of its tolerance, far less for any voice."""
_LEAST_RMS = 60.0
"""About -48 dBm0; T.30 asks for -43."""
_CED_FRAMES = 50
_BURST_FRAMES = range(20, 37)
_PAUSE_FRAMES = range(125, 186)
_FORGIVEN = 1
_NEVER = -(10**6)
_CHANNELS = 64
"""To begin with."""


def _basis(frequencies_hz: tuple[float, ...]) -> npt.NDArray[np.float32]:
    phase = 2j * np.pi * np.outer(np.arange(FRAME_SAMPLES), frequencies_hz) / SAMPLE_RATE_HZ
    wave = np.exp(phase)
    return np.concatenate([wave.real, wave.imag], axis=1).astype(np.float32)


_BASIS = np.ascontiguousarray(_basis(_CNG_HZ + _CED_HZ))
_TONES = len(_CNG_HZ) + len(_CED_HZ)


@dataclass(frozen=True, slots=True)
class FaxEar:
    """A call's place in the detector."""

    channel: int
    serial: int


class FaxDetector:
    """An `engine.ports.AudioSink` that finds fax machines. Used on the event loop only."""

    def __init__(self) -> None:
        self._ears: dict[int, tuple[FaxEar, Callable[[FaxHeard], None]]] = {}
        self._serial = 0
        self._open: npt.NDArray[np.bool_] = np.zeros(_CHANNELS, dtype=np.bool_)
        self._frames, self._burst_end = (np.zeros(_CHANNELS, dtype=np.int64) for _ in range(2))
        self._run, self._missed = (np.zeros((2, _CHANNELS), dtype=np.int64) for _ in range(2))

    def open(self, channel: int, tell: Callable[[FaxHeard], None]) -> FaxEar:
        """Listen to a channel for the next minute, and tell of a fax machine once."""
        self._grow(channel)
        self._serial += 1
        ear = FaxEar(channel, self._serial)
        self._ears[channel] = ear, tell
        self._open[channel] = True
        self._frames[channel] = 0
        self._run[:, channel] = self._missed[:, channel] = 0
        self._burst_end[channel] = _NEVER
        return ear

    def close(self, ear: FaxEar) -> None:
        """Listen no more; without effect where the channel is another call's by now."""
        if self._ears.get(ear.channel, (None,))[0] == ear:
            del self._ears[ear.channel]
            self._open[ear.channel] = False

    def accept(self, batch: AudioBatch) -> None:
        """Take one tick."""
        if not self._ears or not batch.channels.size:
            return
        self._grow(int(batch.channels.max()))  # calls that nobody listens to have frames as well
        rows = np.flatnonzero(self._open[batch.channels])
        if not len(rows):
            return
        channels = batch.channels[rows]
        self._frames[channels] += 1
        if (over := channels[self._frames[channels] * FRAME_S > LISTEN_S]).size:
            for channel in over.tolist():
                self.close(self._ears[channel][0])
        hits = _hits(batch.heard[rows])
        if hits.any() or self._run[:, channels].any():
            self._follow(channels, hits, batch.ticks[rows])

    def _follow(
        self, channels: npt.NDArray[np.int64], hits: npt.NDArray[np.bool_], ticks: npt.NDArray[np.int64]
    ) -> None:
        """Advance the runs of both tones and tell what they have become; rows are CNG and CED."""
        run, missed = self._run[:, channels], self._missed[:, channels]
        missed = np.where(hits, 0, missed + (run > 0))
        ended = missed > _FORGIVEN
        length = np.where(ended, run - _FORGIVEN, 0)
        run = np.where(ended, 0, run + (hits | (run > 0)))
        self._run[:, channels], self._missed[:, channels] = run, np.where(ended, 0, missed)
        for row in np.flatnonzero(hits[1] & (run[1] == _CED_FRAMES)).tolist():
            self._tell(int(channels[row]), FaxTone.CED, int(ticks[row]))
        for row in np.flatnonzero(ended[0]).tolist():
            self._burst(int(channels[row]), int(length[0, row]), int(ticks[row]) - _FORGIVEN)

    def _burst(self, channel: int, length: int, end: int) -> None:
        if length not in _BURST_FRAMES:
            return
        pause = end - length - int(self._burst_end[channel])
        self._burst_end[channel] = end
        if pause in _PAUSE_FRAMES:
            self._tell(channel, FaxTone.CNG, end)

    def _tell(self, channel: int, tone: FaxTone, tick: int) -> None:
        if channel in self._ears:
            ear, tell = self._ears[channel]
            self.close(ear)
            tell(FaxHeard(tone, tick * FRAME_S))

    def _grow(self, channel: int) -> None:
        """Make room for a channel."""
        if channel < len(self._open):
            return
        more = 2 * channel - len(self._open)
        self._open = np.pad(self._open, (0, more))
        self._frames, self._burst_end = (np.pad(one, (0, more)) for one in (self._frames, self._burst_end))
        self._run, self._missed = (np.pad(one, ((0, 0), (0, more))) for one in (self._run, self._missed))


def _hits(heard: npt.NDArray[np.int16]) -> npt.NDArray[np.bool_]:
    """Return which frames have CNG and which CED: bool, shape (2, n)."""
    samples = heard.astype(np.float32)
    energy = np.einsum("ij,ij->i", samples, samples)
    sums = samples @ _BASIS
    power = sums[:, :_TONES] ** 2 + sums[:, _TONES:] ** 2
    wanted = np.maximum(energy, FRAME_SAMPLES * _LEAST_RMS**2) * (_PURE * FRAME_SAMPLES / 2)
    tones = len(_CNG_HZ)
    return np.stack([power[:, :tones].max(axis=1) > wanted, power[:, tones:].max(axis=1) > wanted])
