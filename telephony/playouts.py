"""The queue of a line's playouts and the account of what of them was really sent. No I/O.

Every playout is a run of 20 ms frames. Frames are numbered over the whole call in the order in which they are handed
on, from 0; a number is never used twice, so that a consumed number says exactly which frame of which playout was sent.
A flush drops what was not handed on yet and bars all numbers below a bound: what is queued after it may follow at once.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from engine.calls import PlayoutCut, PlayoutFinished, PlayoutStarted
from engine.errors import AudioError, TelephonyError

MAX_QUEUED_S = 600.0
"""Longest audio that may wait on one line: 20 MB, and longer than any call may last."""

NEVER = 2**62
"""In place of a frame's number: none."""

Frames = npt.NDArray[np.int16]
"""int16, shape (n, 160)."""


@dataclass(slots=True)
class _Playout:
    playout_id: int
    samples: int
    frames: Frames
    first: int
    """Number of its first frame."""
    started: bool = False
    cut: bool = False
    """Its frames are not all there any more."""

    @property
    def end(self) -> int:
        return self.first + len(self.frames)

    def heard_s(self, sent: int) -> float:
        """Return how much of it was heard once all frames below a number were sent."""
        frames = min(max(0, sent - self.first), len(self.frames))
        return min(frames * FRAME_SAMPLES, self.samples) / SAMPLE_RATE_HZ


class PlayQueue:
    """What a line still has to play, and what became of it."""

    def __init__(self) -> None:
        self._playouts: deque[_Playout] = deque()
        self._next_id = 1
        self._end = 0
        self._taken = 0
        self._sent = 0
        self._flush_bound = 0

    @property
    def next_number(self) -> int:
        """Number of the next frame that `take` returns."""
        return self._taken

    @property
    def waiting(self) -> int:
        """Frames that were added and neither taken nor dropped."""
        return self._end - self._taken

    @property
    def next_event(self) -> int:
        """Number of the frame with which `consumed` has something to tell, or `NEVER`."""
        if not self._playouts:
            return NEVER
        playout = self._playouts[0]
        if not playout.started and len(playout.frames):
            return playout.first
        return NEVER if playout.cut else playout.end - 1

    @property
    def next_cut(self) -> int:
        """Bound with which `flushed` has something to tell, or `NEVER`."""
        if not self._playouts or self._playouts[0].end > self._flush_bound:
            return NEVER
        return self._playouts[0].end

    def add(self, samples: Samples) -> int:
        """Queue audio behind what is queued already, and return its playout id.

        Args:
            samples: int16, shape (n,), 8 kHz; an incomplete last frame is filled with silence, nothing at all becomes
                one silent frame, so that every playout starts and ends.

        Raises:
            AudioError: not one-dimensional int16.
            TelephonyError: more than `MAX_QUEUED_S` would wait.
        """
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise AudioError(f"play takes int16 of shape (n,), not {samples.dtype} of shape {samples.shape}")
        count = max(1, -(-len(samples) // FRAME_SAMPLES))
        if (self.waiting + count) * FRAME_S > MAX_QUEUED_S:
            raise TelephonyError(f"more than {MAX_QUEUED_S:g} s of audio would wait to be played on one line")
        frames = np.zeros((count, FRAME_SAMPLES), dtype=np.int16)
        frames.reshape(-1)[: len(samples)] = samples
        playout = _Playout(self._next_id, len(samples), frames, self._end)
        self._playouts.append(playout)
        self._next_id += 1
        self._end = playout.end
        return playout.playout_id

    def take(self, most: int) -> Frames:
        """Return the next frames, int16, shape (at most ``most``, 160); their numbers begin at `next_number`."""
        parts: list[Frames] = []
        for playout in self._playouts:
            if most <= 0:
                break
            if playout.end <= self._taken:
                continue
            start = self._taken - playout.first
            part = playout.frames[start : start + most]
            parts.append(part)
            self._taken += len(part)
            most -= len(part)
        if not parts:
            return np.empty((0, FRAME_SAMPLES), dtype=np.int16)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def flush(self) -> int:
        """Drop all that was not taken, and return the bound: numbers below it must not be sent any more."""
        for playout in self._playouts:
            if playout.end > self._taken:
                playout.cut = True
                playout.first = min(playout.first, self._taken)
                playout.frames = playout.frames[: self._taken - playout.first]
        self._end = self._flush_bound = self._taken
        return self._taken

    def sent_below(self, number: int) -> None:
        """Note that all frames below a number were sent, or flushed; for one who does not account for every frame."""
        self._sent = max(self._sent, number)

    def consumed(self, number: int, tick: int) -> list[PlayoutStarted | PlayoutFinished]:
        """Account for one sent frame, and for those before it that nobody told of.

        Args:
            number: of the frame.
            tick: index of the bridge tick that took it, from the beginning of the call's media.
        """
        self.sent_below(number + 1)
        events: list[PlayoutStarted | PlayoutFinished] = []
        while number >= self.next_event:
            playout = self._playouts[0]
            if not playout.started:
                playout.started = True
                events.append(PlayoutStarted(playout.playout_id, tick * FRAME_S))
            else:
                events.append(PlayoutFinished(playout.playout_id, (tick + 1) * FRAME_S))
                self._playouts.popleft()
        return events

    def flushed(self, bound: int, tick: int) -> list[PlayoutCut]:
        """Account for a flush that took effect: from this tick on no number below the bound is sent."""
        events: list[PlayoutCut] = []
        while bound >= self.next_cut:
            cut = self._playouts.popleft()
            events.append(PlayoutCut(cut.playout_id, cut.heard_s(self._sent), tick * FRAME_S))
        return events

    def abandon(self, tick: int) -> list[PlayoutCut]:
        """Account for the end of the call: whatever has not finished is cut."""
        self.flush()
        return self.flushed(self._taken, tick)
