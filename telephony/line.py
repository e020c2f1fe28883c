"""What every call line shares: its events in order, its play queue, its position on the stream clock."""

import asyncio
import re
from abc import ABC, abstractmethod

from engine.audio import FRAME_S, Samples
from engine.calls import Direction, EndCause, LineEnded, LineEvent
from engine.errors import TelephonyError
from telephony.playouts import PlayQueue

MAX_WAITING_EVENTS = 1024
"""Events that may wait for the session. Only a flood of key presses reaches it; the rest is dropped and counted."""

_KEYS = re.compile(r"[0-9*#A-D]{1,32}")


def check_digits(digits: str) -> None:
    """Raise where these are no keys of a telephone, or more than a line takes at once.

    Raises:
        TelephonyError: as said.
    """
    if not _KEYS.fullmatch(digits):
        raise TelephonyError("keys to press are 1 to 32 of 0123456789*#ABCD")


class QueuedLine(ABC):
    """The half of `engine.ports.CallLine` that does not depend on where the audio goes.

    A playout that the end of the call interrupts is reported as `PlayoutCut` before `LineEnded`, so that what was heard
    of it is known. While the far end holds us the queue stands still.
    """

    def __init__(self, call_id: str, channel: int, direction: Direction, remote: str, called: str = "") -> None:
        self._call_id = call_id
        self._channel = channel
        self._direction = direction
        self._remote = remote
        self._called = called
        self._queue = PlayQueue()
        self._events: asyncio.Queue[LineEvent] = asyncio.Queue()
        self._ticks = 0
        self._ended = asyncio.Event()
        self.dropped_events = 0

    @property
    def call_id(self) -> str:
        """Our id of the call."""
        return self._call_id

    @property
    def channel(self) -> int:
        """The number under which the call's frames appear in an `AudioBatch`."""
        return self._channel

    @property
    def direction(self) -> Direction:
        """Who called."""
        return self._direction

    @property
    def remote(self) -> str:
        """Number or user part of the far end."""
        return self._remote

    @property
    def called(self) -> str:
        """Number or user part that was dialled, of an inbound call."""
        return self._called

    @property
    def position_s(self) -> float:
        """Stream seconds now."""
        self._catch_up()
        return self._ticks * FRAME_S

    @property
    def ended(self) -> bool:
        """Whether `LineEnded` was reported."""
        return self._ended.is_set()

    async def wait_ended(self) -> None:
        """Return when the line has ended, whether or not anyone reads its events."""
        await self._ended.wait()

    async def next_event(self) -> LineEvent:
        """Wait for the next event."""
        return await self._events.get()

    def play(self, samples: Samples) -> int:
        """Queue 8 kHz audio behind what is queued already, and return its playout id; after the end, to no effect.

        Args:
            samples: int16, shape (n,), 8 kHz.

        Raises:
            AudioError: not one-dimensional int16.
            TelephonyError: far too much waits already.
        """
        playout_id = self._queue.add(samples)
        if self.ended:
            self._queue.abandon(self._ticks)
        else:
            self._queue_grew()
        return playout_id

    def flush(self) -> None:
        """Drop everything that is queued within one frame."""
        bound = self._queue.flush()
        if not self.ended:
            self._queue_flushed(bound)

    async def answer(self) -> None:
        """Answer an inbound call; without effect on an outbound one.

        Raises:
            TelephonyError: the call is gone already.
        """
        if self.ended:
            raise TelephonyError(f"call {self._call_id} has ended and cannot be answered")
        if self._direction is Direction.INBOUND:
            await self._accept()

    def report(self, event: LineEvent) -> None:
        """Pass an event on to the session; after the end, to no effect."""
        if self.ended:
            return
        if self._events.qsize() >= MAX_WAITING_EVENTS and not isinstance(event, LineEnded):
            self.dropped_events += 1
            return
        self._events.put_nowait(event)

    def end(self, cause: EndCause, sip_status: int = 0, reason: str = "", foreign_packets: int = 0) -> None:
        """Report the end, once, after what became of the playouts."""
        if self.ended:
            return
        self._catch_up()
        for cut in self._queue.abandon(self._ticks):
            self.report(cut)
        self.report(LineEnded(cause, sip_status, reason, self.position_s, foreign_packets))
        self._ended.set()

    def _advance(self, tick: int, number: int, bound: int) -> None:
        """Account for one bridge tick.

        Args:
            tick: its index in the call.
            number: of the frame that was sent in it, negative when it was silence.
            bound: of the last flush that had taken effect by then.
        """
        self._ticks = tick + 1
        for cut in self._queue.flushed(bound, tick):
            self.report(cut)
        if number >= 0:
            for event in self._queue.consumed(number, tick):
                self.report(event)

    @abstractmethod
    def _catch_up(self) -> None:
        """Bring the account up to now, where `_advance` is not called in every tick."""

    @abstractmethod
    def _queue_grew(self) -> None:
        """Something was added to the queue."""

    @abstractmethod
    def _queue_flushed(self, bound: int) -> None:
        """Frames with numbers below the bound must not be sent any more."""

    @abstractmethod
    async def _accept(self) -> None:
        """Answer an inbound call that has not ended."""
