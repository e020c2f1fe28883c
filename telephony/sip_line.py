"""A call over SIP as the session sees it: a `CallLine` over the rings and the control channel."""

import asyncio
import logging

from engine.calls import Direction, EndCause
from engine.errors import TelephonyError, WorkerGone
from telephony import messages
from telephony.line import QueuedLine
from telephony.playouts import NEVER
from telephony.rings import TxWriter
from telephony.uris import parse_sip_uri
from telephony.watch import AwaitedTick
from telephony.worker_link import WorkerLink

_log = logging.getLogger(__name__)

_REFER_TIMEOUT_S = 15.0

_BURST_FRAMES = 10
"""Frames that are queued at once beyond those that must always be there: a line is seen to 5 times a second."""


class SipLine(QueuedLine):
    """One call of a media worker.

    Args:
        call_id: ours.
        slot: of the rings; also the channel.
        epoch: of the call in that slot.
        direction: who called.
        remote: user part of the far end.
        called: user part that it dialled, of an inbound call.
        link: to the worker.
        queue_frames: how many frames to keep queued at the bridge at least.
    """

    def __init__(
        self,
        call_id: str,
        slot: int,
        epoch: int,
        direction: Direction,
        remote: str,
        called: str = "",
        *,
        link: WorkerLink,
        queue_frames: int,
    ) -> None:
        super().__init__(call_id, slot, direction, remote, called)
        self.epoch = epoch
        self._link = link
        self._queue_frames = queue_frames
        self._writer: TxWriter = link.engine_end.attach(slot, epoch)
        self._watch = link.engine_end.watch
        self._transfer: asyncio.Future[messages.Referred] | None = None

    @property
    def underruns(self) -> int:
        """Ticks in which the caller heard a gap because the engine was late."""
        return self._writer.underruns

    async def hang_up(self) -> None:
        """End the call, or refuse one that is not answered yet. Without effect when it has ended."""
        if self.ended:
            return
        try:
            self._link.send(messages.HangUp(self.call_id))
        except WorkerGone:
            _log.info("call %s: its worker is gone already", self.call_id)

    async def transfer(self, target: str) -> None:
        """Refer the far end to another address (SIP REFER) and return when it accepted.

        Args:
            target: a plain ``sip:`` URI.

        Raises:
            TelephonyError: refused, or no answer in time, or the target is no such URI.
        """
        uri = str(parse_sip_uri(target))
        if self.ended or self._transfer is not None:
            raise TelephonyError(f"call {self.call_id} has ended or is being transferred already")
        self._transfer = asyncio.get_running_loop().create_future()
        try:
            self._link.send(messages.Refer(self.call_id, uri))
            async with asyncio.timeout(_REFER_TIMEOUT_S):
                answer = await self._transfer
        except TimeoutError:
            raise TelephonyError(f"call {self.call_id}: no answer to the transfer") from None
        finally:
            self._transfer = None
        if answer.status >= 300:
            raise TelephonyError(f"call {self.call_id}: the far end refused the transfer ({answer.status})")

    def referred(self, answer: messages.Referred) -> None:
        """Take the answer to the transfer."""
        if self._transfer is not None and not self._transfer.done():
            self._transfer.set_result(answer)

    def end(self, cause: EndCause, sip_status: int = 0, reason: str = "") -> None:
        """Report the end, and end a transfer that waits for its answer."""
        if self._transfer is not None and not self._transfer.done():
            self._transfer.set_exception(TelephonyError(f"call {self.call_id} ended before the transfer was accepted"))
        super().end(cause, sip_status, reason)

    def advance(self, awaited: AwaitedTick) -> None:
        """Account for a bridge tick that this line waited for."""
        self._queue.sent_below(awaited.sent)
        self._advance(awaited.tick, awaited.number, awaited.bound)
        self._watch_queue()

    def top_up(self) -> None:
        """Queue what the bridge has made room for, several frames at a time."""
        room = self._queue_frames + _BURST_FRAMES - self._writer.queued
        if room > 0 and self._queue.waiting:
            first = self._queue.next_number
            frames = self._queue.take(room)
            self._writer.write(frames, first, last=not self._queue.waiting)
        more = self._queue.waiting > 0
        self._watch.await_room(self.channel, self._queue.next_number - self._queue_frames if more else NEVER)

    def _watch_queue(self) -> None:
        self._watch.await_tick(self.channel, number=self._queue.next_event, bound=self._queue.next_cut)

    def _catch_up(self) -> None:
        if not self.ended:
            self._ticks, sent = self._watch.position(self.channel)
            self._queue.sent_below(sent)

    def _queue_grew(self) -> None:
        self.top_up()
        self._watch_queue()

    def _queue_flushed(self, bound: int) -> None:
        self._writer.flush(bound)
        self.top_up()
        self._watch_queue()

    async def _accept(self) -> None:
        self._link.send(messages.Answer(self.call_id))
