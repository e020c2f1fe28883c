"""The calls of one media worker, from its coming up to its end: orders out, events and audio in."""

import asyncio
import contextlib
import logging
import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.calls import Answered, DigitPressed, Direction, EndCause, Held, Resumed, Ringing
from engine.errors import NoFreeChannel, TelephonyError, WorkerGone
from engine.ports import AudioSink, CallLine
from telephony import messages
from telephony.messages import Message, Route
from telephony.pump import pump
from telephony.rings import EngineEnd
from telephony.sip_line import SipLine
from telephony.trunk_desk import TrunkDesk
from telephony.worker_link import WorkerLink

_log = logging.getLogger(__name__)

_DIAL_TIMEOUT_S = 5.0

_TICKS_AT_ONCE = 10
"""Between these an engine that has more to do than it can shows signs of life, or its worker would take it for dead."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A message of a call some of whose audio before it may be unread.

    Args:
        message: of the worker.
        slot: of the call.
        ticks: of it that had been written when the message came.
    """

    message: Message
    slot: int
    ticks: int

    def heard(self, rings: EngineEnd) -> bool:
        """Whether all before it has been read."""
        return rings.read(self.slot) >= self.ticks


class WorkerCalls:
    """All calls of a worker. Used on one event loop.

    Args:
        link: to the worker.
        first_channel: what is added to a ring slot's number to make it the number of a channel.
        queue_frames: how many frames to keep queued at the bridge.
        on_inbound: is called for every inbound call that was let in.
        sinks: get every `AudioBatch`.
        trunks: is told of what happens at trunks.
    """

    def __init__(
        self,
        link: WorkerLink,
        *,
        trunks: TrunkDesk,
        first_channel: int,
        queue_frames: int,
        on_inbound: Callable[[CallLine], None],
        sinks: Sequence[AudioSink],
    ) -> None:
        self.link = link
        self._first_channel, self._queue_frames = first_channel, queue_frames
        self._on_inbound, self._sinks = on_inbound, sinks
        self._trunks = trunks
        self._lines: dict[str, SipLine] = {}
        self._slots: dict[int, SipLine] = {}
        self._dialling: dict[str, tuple[asyncio.Future[SipLine], str]] = {}
        self._waiting: deque[_Waiting] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self.to_take = self.taking = False
        """Whether the worker is to take calls from outside, and whether it does."""
        self._obeyed = asyncio.Event()
        self._obeyed.set()

    @property
    def lines(self) -> tuple[SipLine, ...]:
        """The live lines."""
        return tuple(self._lines.values())

    @property
    def count(self) -> int:
        """How many calls there are, those included that are just being dialled."""
        return len(self._lines) + len(self._dialling)

    def __contains__(self, call_id: object) -> bool:
        """Whether a call of that id is live, or just being dialled."""
        return call_id in self._lines or call_id in self._dialling

    def attend(self) -> None:
        """Take events and audio from now on, and tell the worker where the trunks are."""
        self.link.attend(self._on_message, lambda: self._pump(_TICKS_AT_ONCE))
        for hop in self._trunks.hops.known:
            self.tell(hop)

    def tell(self, hop: messages.NextHop) -> None:
        """Tell the worker where a trunk is."""
        with contextlib.suppress(WorkerGone):  # its supervision will notice too
            self.link.send(hop)

    def take_calls(self, taking: bool) -> None:
        """Tell the worker to take calls from outside, or no more.

        Raises:
            WorkerGone: it is gone.
        """
        self.to_take = taking
        self._obeyed.clear()
        self.link.send(messages.TakeCalls(taking))

    async def obeyed(self) -> None:
        """Return when the worker does as it was last told, or is gone; what it let in before is known by then."""
        await self._obeyed.wait()

    async def dial(self, call_id: str, routes: tuple[Route, ...], remote: str, ring_s: float) -> SipLine:
        """Send an INVITE and return the call's line at once, while it still rings.

        Args:
            call_id: ours.
            routes: ways to place it, the next one for when one fails; the host of a direct one an address.
            remote: whom, for the line.
            ring_s: how long it may ring.

        Raises:
            NoFreeChannel: the worker has none.
            WorkerGone: the worker is gone, or did not take the order in time.
            TelephonyError: the library refused the address.
        """
        dialled: asyncio.Future[SipLine] = asyncio.get_running_loop().create_future()
        self._dialling[call_id] = dialled, remote
        self._idle.clear()
        try:
            self.link.send(messages.Dial(call_id, routes, ring_s))
            async with asyncio.timeout(_DIAL_TIMEOUT_S):
                return await dialled
        except TimeoutError:
            raise WorkerGone("the media worker did not take the call in time") from None
        finally:
            self._dialling.pop(call_id, None)
            self._note_idle()

    async def wait_idle(self) -> None:
        """Return when there is no call."""
        await self._idle.wait()

    def abandon(self, cause: EndCause, reason: str) -> None:
        """Take what a worker that is gone still left behind, then end its lines."""
        self.link.read_last_messages()
        self._pump()
        for line in self.lines:
            self._end(line, cause, 0, reason)
        for dialled, _ in self._dialling.values():
            if not dialled.done():
                dialled.set_exception(WorkerGone("the media worker died"))
        self._obeyed.set()

    def _pump(self, most: int = sys.maxsize) -> None:
        """Pass new ticks on, oldest first, and account for them; then the messages that waited for these."""
        pump(self.link.engine_end, self._slots, self._sinks, self._first_channel, most=most)
        while self._waiting and self._waiting[0].heard(self.link.engine_end):
            self._handle(self._waiting.popleft().message)

    def _on_message(self, message: Message) -> None:
        line = self._lines.get(getattr(message, "call_id", ""))
        if line is None:
            self._handle(message)
            return
        # What happened before the message is in the rings, so that a call's events stay in order. An engine that is
        # late goes on tick by tick, since it must not be held up by all that it has not read.
        up_to_date = not self._waiting
        self._waiting.append(_Waiting(message, line.slot, self.link.engine_end.written(line.slot)))
        if up_to_date:
            self._pump(_TICKS_AT_ONCE)

    def _handle(self, message: Message) -> None:
        match message:
            case messages.Taking(taking):
                self.taking = taking
                if taking == self.to_take:
                    self._obeyed.set()
            case messages.RouteFailed() | messages.Rerouted() | messages.TrunkState():
                self._trunks.take_note(message)
                if isinstance(message, messages.Rerouted) and message.call_id in self._lines:
                    self._lines[message.call_id].trunk = self._trunks.of_call(message.call_id)
            case messages.Inbound(call_id, slot, epoch, remote, called, trunk):
                self._trunks.arrived(call_id, trunk)
                self._ring(self._add(call_id, slot, epoch, Direction.INBOUND, remote, called))
            case messages.Dialled(call_id, slot, epoch):
                self._dialled(call_id, slot, epoch)
            case messages.DialFailed(call_id, full, reason) if call_id in self._dialling:
                dialled, _ = self._dialling[call_id]
                if not dialled.done():
                    dialled.set_exception(NoFreeChannel(reason) if full else TelephonyError(f"cannot dial: {reason}"))
            case messages.Rang(call_id, early_media) if call_id in self._lines:
                self._trunks.settled(call_id)
                self._lines[call_id].report(Ringing(early_media))
            case messages.Up(call_id) if call_id in self._lines:
                self._trunks.settled(call_id)
                self._lines[call_id].report(Answered())
            case messages.Hold(call_id, held, at_s) if call_id in self._lines:
                self._lines[call_id].report(Held(at_s) if held else Resumed(at_s))
            case messages.Digit(call_id, digit, at_s) if call_id in self._lines:
                self._lines[call_id].report(DigitPressed(digit, at_s))
            case messages.DigitsSent(call_id) if call_id in self._lines:
                self._lines[call_id].digits_sent(message)
            case messages.Referred(call_id) if call_id in self._lines:
                self._lines[call_id].referred(message)
            case messages.Ended(call_id, cause, status, reason, foreign) if call_id in self._lines:
                self._end(self._lines[call_id], cause, status, reason, foreign)

    def _ring(self, line: SipLine) -> None:
        try:
            self._on_inbound(line)
        except Exception:
            _log.exception("call %s: nobody took it", line.call_id)
            self._discard(line)

    def _dialled(self, call_id: str, slot: int, epoch: int) -> None:
        dialled, remote = self._dialling.pop(call_id, (None, ""))
        line = self._add(call_id, slot, epoch, Direction.OUTBOUND, remote)
        if dialled is None or dialled.done():
            self._discard(line)  # whoever dialled has given up by now
        else:
            dialled.set_result(line)

    def _add(self, call_id: str, slot: int, epoch: int, direction: Direction, remote: str, called: str = "") -> SipLine:
        line = SipLine(
            *(call_id, slot, epoch, direction, remote, called),
            first_channel=self._first_channel,
            link=self.link,
            queue_frames=self._queue_frames,
        )
        line.trunk = self._trunks.of_call(call_id)
        self._lines[call_id] = self._slots[slot] = line
        self._idle.clear()
        return line

    def _discard(self, line: SipLine) -> None:
        try:
            self.link.send(messages.HangUp(line.call_id))
        except WorkerGone:
            _log.info("call %s: its worker is gone already", line.call_id)

    def _end(self, line: SipLine, cause: EndCause, status: int, reason: str, foreign_packets: int = 0) -> None:
        del self._lines[line.call_id]
        del self._slots[line.slot]
        self.link.engine_end.detach(line.slot)
        self._trunks.end(line.call_id)
        line.end(cause, status, reason, foreign_packets)
        self._note_idle()
        try:
            self.link.send(messages.Release(line.slot, line.epoch))
        except WorkerGone:
            _log.debug("call %s: nobody is left to reuse its channel", line.call_id)

    def _note_idle(self) -> None:
        if not self.count:
            self._idle.set()
