"""A call over SIP as the session sees it: a `CallLine` over the rings and the control channel."""

import asyncio
import contextlib
import logging

from engine.calls import Direction, EndCause
from engine.errors import ReferRefused, TelephonyError, WorkerGone
from engine.ports import CallLine
from telephony import messages
from telephony.line import QueuedLine, check_digits
from telephony.playouts import NEVER
from telephony.rings import TxWriter
from telephony.trunks import Trunk
from telephony.uris import SipUri, parse_sip_uri
from telephony.watch import AwaitedTick
from telephony.worker_link import WorkerLink

_log = logging.getLogger(__name__)

_REFER_TIMEOUT_S = 15.0
"""For the answer to the REFER itself; a dead far end would take 32 s (RFC 3261, timer F)."""

_KEYS_TIMEOUT_S = 5.0
_RAN_OUT = 408
_ACCEPTED_ALONE = 202
"""Stands for the end of a call whose far end had accepted the REFER and told nothing since."""

_BURST_FRAMES = 10
"""Frames that are queued at once beyond those that must always be there: a line is seen to 5 times a second."""


class SipLine(QueuedLine):
    """One call of a media worker.

    Args:
        call_id: ours.
        slot: of the rings.
        epoch: of the call in that slot.
        direction: who called.
        remote: user part of the far end.
        called: user part that it dialled, of an inbound call.
        first_channel: what makes the number of a slot that of a channel.
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
        first_channel: int = 0,
        link: WorkerLink,
        queue_frames: int,
    ) -> None:
        super().__init__(call_id, first_channel + slot, direction, remote, called)
        self.slot, self.epoch = slot, epoch
        self._link = link
        self._queue_frames = queue_frames
        self._writer: TxWriter = link.engine_end.attach(slot, epoch)
        self._watch = link.engine_end.watch
        self._referral: asyncio.Queue[messages.Referred | None] | None = None
        """News of a transfer under way; None is the end of the call."""
        self.trunk: Trunk | None = None
        """That the call goes through; None where it has none."""
        self._digits: asyncio.Future[messages.DigitsSent] | None = None

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

    async def send_digits(self, digits: str) -> None:
        """Press keys towards the far end, and return when they are on their way.

        Args:
            digits: of ``0123456789*#ABCD``, at most 32.

        Raises:
            TelephonyError: not digits, or the call is not up, or no way to send them was agreed on.
        """
        check_digits(digits)
        if self.ended or self._digits is not None:
            raise TelephonyError(f"call {self.call_id} has ended, or keys are being pressed in it already")
        self._digits = asyncio.get_running_loop().create_future()
        try:
            self._link.send(messages.SendDigits(self.call_id, digits))
            async with asyncio.timeout(_KEYS_TIMEOUT_S):
                answer = await self._digits
        except TimeoutError:
            raise WorkerGone(f"call {self.call_id}: the media worker did not press the keys in time") from None
        finally:
            self._digits = None
        if not answer.sent:
            raise TelephonyError(f"call {self.call_id}: no keys can be pressed: {answer.reason}")

    def digits_sent(self, answer: messages.DigitsSent) -> None:
        """Take the answer to pressed keys."""
        if self._digits is not None and not self._digits.done():
            self._digits.set_result(answer)

    async def transfer(self, target: str, within_s: float) -> int:
        """Refer the far end to another address (SIP REFER), and return how the call that it places there ends.

        Args:
            target: a plain ``sip:`` URI, or a number's digits, at the call's own trunk.
            within_s: how long that call may take to be answered.

        Returns:
            The SIP status that the far end reported (RFC 3515): 200 where it is connected; 202 where it had accepted
            and then ended this call without a word; 408 where nothing final came in time.

        Raises:
            ReferRefused: it takes no REFER, or did not answer it; or the target is a number, and there is no trunk.
            TelephonyError: the call has ended, or the target is neither.
        """
        uri = str(self._refer_to(target))
        if self.ended or self._referral is not None:
            raise TelephonyError(f"call {self.call_id} has ended or is being transferred already")
        reports: asyncio.Queue[messages.Referred | None] = asyncio.Queue()
        self._referral = reports
        try:
            self._link.send(messages.Refer(self.call_id, uri))
            status = await self._answer_to_refer(reports)
            async with asyncio.timeout(within_s):
                while status < 200:
                    report = await reports.get()
                    status = _ACCEPTED_ALONE if report is None else report.status
            return status
        except TimeoutError:
            return _RAN_OUT
        finally:
            self._referral = None

    def _refer_to(self, target: str) -> SipUri:
        if self.trunk is not None and not self.trunk.refer:
            raise ReferRefused(f"call {self.call_id}: its trunk takes no REFER, as its settings say")
        if not target.isdecimal():
            return parse_sip_uri(target)
        if self.trunk is None:
            raise ReferRefused(f"call {self.call_id}: has no trunk at which a number could be referred to")
        return self.trunk.uri(target)

    async def _answer_to_refer(self, reports: "asyncio.Queue[messages.Referred | None]") -> int:
        status = _RAN_OUT
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REFER_TIMEOUT_S):
                answer = await reports.get()
            if answer is None:
                raise TelephonyError(f"call {self.call_id} ended before the transfer was accepted")
            status = answer.status
        if status >= 300:
            raise ReferRefused(f"call {self.call_id}: the far end refused the transfer ({status})")
        return status

    def referred(self, report: messages.Referred) -> None:
        """Take news of the transfer."""
        if self._referral is not None:
            self._referral.put_nowait(report)

    def join(self, other: CallLine) -> None:
        """Let both far ends hear each other, wherever nothing of ours is queued for them.

        Raises:
            TelephonyError: the other is no other call of the same worker, or one of them has ended.
        """
        if (
            not isinstance(other, SipLine)
            or other is self
            or other._link is not self._link
            or self.ended
            or other.ended
        ):
            raise TelephonyError(f"calls {self.call_id} and {other.call_id} cannot be joined")
        self._link.send(messages.Join(self.call_id, other.call_id))

    def part(self) -> None:
        """End a join; without effect where there is none."""
        if not self.ended:
            with contextlib.suppress(WorkerGone):
                self._link.send(messages.Part(self.call_id))

    def end(self, cause: EndCause, sip_status: int = 0, reason: str = "", foreign_packets: int = 0) -> None:
        """Report the end, also to a transfer that waits for news."""
        if self._referral is not None:
            self._referral.put_nowait(None)
        if self._digits is not None and not self._digits.done():
            self._digits.set_exception(TelephonyError(f"call {self.call_id} ended before the keys were pressed"))
        super().end(cause, sip_status, reason, foreign_packets)

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
        self._watch.await_room(self.slot, self._queue.next_number - self._queue_frames if more else NEVER)

    def _watch_queue(self) -> None:
        self._watch.await_tick(self.slot, number=self._queue.next_event, bound=self._queue.next_cut)

    def _catch_up(self) -> None:
        if not self.ended:
            self._ticks, sent = self._watch.position(self.slot)
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
