"""Calls to people at a browser: a `CallLine` whose far end is a websocket, ticked in real time.

The line knows no websocket: whoever holds one gives it as a `Wire`, feeds what the browser sends, and tells when it is
gone. Everything else is the line in memory, with its queue, events and channels.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from engine.audio import FRAME_S, Samples
from engine.calls import CallRequest, Direction, EndCause
from engine.errors import TelephonyError
from telephony.jitter import JitterBuffer
from telephony.memory_line import MemoryLine, MemoryTelephone

SILENT_S: Final = 10.0
"""A browser sends audio all the time, muted or not; after so long without any it counts as lost."""

_BEHIND_S: Final = 0.5
"""A process that was held up for longer does not catch up: what nobody heard meanwhile is not heard all at once."""


class Wire(Protocol):
    """The way to a browser. No method blocks."""

    def connected(self, line: "BrowserLine") -> None:
        """Take the line to which the browser's audio, keys and end are told."""

    def send_audio(self, frame: Samples) -> None:
        """Send 20 ms that are played behind what was sent already; int16, shape (160,), 8 kHz."""

    def drop_audio(self) -> None:
        """Have the browser forget what it has not played yet."""

    def line_ended(self) -> None:
        """Take note that nothing follows."""


class BrowserLine(MemoryLine):
    """A `CallLine` to a browser. Frames of silence are not sent: the browser plays silence by itself.

    Args:
        request: of the call.
        channel: of its frames.
        wire: to the browser.
    """

    def __init__(self, request: CallRequest, channel: int, wire: Wire) -> None:
        super().__init__(request.call_id, channel, Direction.OUTBOUND, request.destination, request=request)
        self._wire = wire
        self._buffer = JitterBuffer()
        self._silent_ticks = 0
        wire.connected(self)

    @property
    def late_frames(self) -> int:
        """Frames of the browser's that came too late to be heard."""
        return self._buffer.dropped

    def remote_says(self, samples: Samples) -> None:
        """Take what the browser sent; int16, whole frames of 20 ms, 8 kHz, shape (n * 160,)."""
        self._silent_ticks = 0
        self._buffer.put(samples)

    def flush(self) -> None:
        """Drop everything that is queued, here and at the browser."""
        super().flush()
        self._wire.drop_audio()

    def end(self, cause: EndCause, sip_status: int = 0, reason: str = "", foreign_packets: int = 0) -> None:
        """Report the end, here and to the browser."""
        if not self.ended:
            super().end(cause, sip_status, reason, foreign_packets)
            self._wire.line_ended()

    def _hear(self) -> Samples:
        self._silent_ticks += 1
        if self._silent_ticks * FRAME_S > SILENT_S:
            self.end(EndCause.MEDIA_TIMEOUT, 0, "no audio from the browser")
        return self._buffer.take()

    def _send(self, frame: Samples, *, spoken: bool) -> None:
        if spoken:
            self._wire.send_audio(frame)


class BrowserTelephone(MemoryTelephone):
    """A `Telephone` that calls browsers, each of which waits for its call; its clock runs while it holds any.

    Args:
        channels: how many calls it holds at once.
        clock_s: seconds that never jump; the event loop's by default.
    """

    def __init__(self, channels: int = 4, clock_s: Callable[[], float] | None = None) -> None:
        super().__init__(channels)
        self._clock_s = clock_s
        self._waiting: dict[str, Wire] = {}
        self._pacing: asyncio.Task[None] | None = None

    def expect(self, call_id: str, wire: Wire) -> None:
        """Take note of the browser that waits for a call."""
        self._waiting[call_id] = wire

    def forget(self, call_id: str) -> None:
        """Take note that nobody waits any more."""
        self._waiting.pop(call_id, None)

    async def dial(self, request: CallRequest) -> BrowserLine:
        """Call the browser that waits, which answers at once.

        Raises:
            NoFreeChannel: all channels are taken, or no new calls are taken.
            TelephonyError: no browser waits for this call.
            WorkerGone: the telephone was not started.
        """
        line = await super().dial(request)
        assert isinstance(line, BrowserLine)
        line.remote_answers()
        if self._pacing is None or self._pacing.done():
            self._pacing = asyncio.get_running_loop().create_task(self._pace(), name="browser telephone")
        return line

    async def stop(self) -> None:
        """End all calls."""
        await super().stop()
        if self._pacing is not None:
            self._pacing.cancel()
            await asyncio.gather(self._pacing, return_exceptions=True)

    def _line_for(self, request: CallRequest, channel: int) -> BrowserLine:
        wire = self._waiting.pop(request.call_id, None)
        if wire is None:
            raise TelephonyError(f"no browser waits for call {request.call_id}")
        return BrowserLine(request, channel, wire)

    async def _pace(self) -> None:
        """Tick every 20 ms by the clock, not by the sum of what sleeping took."""
        now_s = self._clock_s or asyncio.get_running_loop().time
        due_s = now_s()
        while self.lines:
            due_s = max(due_s + FRAME_S, now_s() - _BEHIND_S)
            await asyncio.sleep(max(0.0, due_s - now_s()))
            self.tick()
