"""Evens out audio that comes in bursts: a little is kept back, so that a gap is not heard at once. No I/O.

What comes late is dropped rather than played late: a conversation's delay never grows.
"""

from collections import deque

import numpy as np

from engine.audio import FRAME_SAMPLES, Samples

_SILENCE = np.zeros(FRAME_SAMPLES, dtype=np.int16)


class JitterBuffer:
    """Takes audio as it comes and gives one frame of it at every tick.

    Args:
        kept_frames: how many are gathered before the first is given, at the beginning and after each gap.
        most_frames: how many may wait; beyond it the oldest are dropped, down to ``kept_frames``.
    """

    def __init__(self, kept_frames: int = 3, most_frames: int = 15) -> None:
        self._kept, self._most = kept_frames, most_frames
        self._frames: deque[Samples] = deque()
        self._gathering = True
        self._waited = 0
        self.dropped = 0
        """Frames that came too late, or too many at once."""

    @property
    def waiting(self) -> int:
        """Frames that can be given."""
        return len(self._frames)

    def put(self, samples: Samples) -> None:
        """Take audio: int16, whole frames of 20 ms, 8 kHz, shape (n * 160,).

        Raises:
            ValueError: not whole frames.
        """
        self._frames.extend(samples.reshape(-1, FRAME_SAMPLES))
        if len(self._frames) > self._most:
            late = len(self._frames) - self._kept
            for _ in range(late):
                self._frames.popleft()
            self.dropped += late

    def take(self) -> Samples:
        """Return the next frame: silence while nothing is there, or too little was gathered."""
        if self._gathering and self._frames:
            self._waited += 1  # the end of what is said must not wait for what never comes
            self._gathering = len(self._frames) < self._kept and self._waited <= self._kept
        if self._gathering or not self._frames:
            self._gathering = True
            self._waited = self._waited if self._frames else 0
            return _SILENCE
        self._waited = 0
        return self._frames.popleft()
