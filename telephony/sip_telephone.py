"""The telephony side of the engine over real SIP: a media worker, kept alive, and the lines of its calls."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from engine.calls import (
    Answered,
    CallRequest,
    DigitPressed,
    Direction,
    EndCause,
    Held,
    Resumed,
    Ringing,
)
from engine.errors import NoFreeChannel, TelephonyError, WorkerGone
from engine.ports import AudioSink, CallLine, DialPermission
from telephony import messages
from telephony.messages import Message
from telephony.pump import pump
from telephony.salvage import in_use, leftovers
from telephony.settings import SipSettings, WorkerSettings
from telephony.sip_line import SipLine
from telephony.uris import SipUri, parse_sip_uri
from telephony.worker_link import WorkerLink

_log = logging.getLogger(__name__)

_DIAL_TIMEOUT_S = 5.0
_RESOLVE_TIMEOUT_S = 5.0
_STEADY_S = 10.0
"""A worker that was up for so long did not die of its start: the next one is started without an extra wait."""
_KEPT_LEFTOVERS = 8
_FAREWELL_S = 15.0
"""A worker whose engine died has ended by then: 3 s until it notices, 8 s for the longest apology, 2 s of hang-up."""
_FAREWELL_LOOK_S = 0.1


class SipTelephone:
    """A `Telephone` over SIP. Used on one event loop.

    Args:
        sip: SIP and RTP settings.
        permission: asked before every INVITE.
        run_directory: for rings and control socket, best on tmpfs; made with mode 0700. Its path must be short enough
            for a socket (about 70 characters). Rings of an engine that died are found there by `telephony.salvage`.
        worker: settings of the worker and its supervision.
    """

    def __init__(
        self,
        sip: SipSettings,
        permission: DialPermission,
        run_directory: Path,
        worker: WorkerSettings | None = None,
    ) -> None:
        self._sip, self._permission = sip, permission
        self._run_directory = run_directory
        self._worker = worker or WorkerSettings()
        self._on_inbound: Callable[[CallLine], None] = lambda line: None
        self._sinks: Sequence[AudioSink] = ()
        self._link: WorkerLink | None = None
        self._lines: dict[str, SipLine] = {}
        self._channels: dict[int, SipLine] = {}
        self._dialling: dict[str, tuple[asyncio.Future[SipLine], str]] = {}
        self._draining = False
        self._supervisor: asyncio.Task[None] | None = None
        self._stopping = False
        self.restarts = 0
        self.lost_ticks = 0

    @property
    def channels(self) -> int:
        """How many calls can be held at once."""
        return self._sip.channels

    @property
    def lines(self) -> tuple[SipLine, ...]:
        """The live lines."""
        return tuple(self._lines.values())

    @property
    def address(self) -> tuple[str, int]:
        """Host and port on which SIP really listens.

        Raises:
            WorkerGone: no worker is up at the moment.
        """
        return self._up().address

    @property
    def worker_pid(self) -> int:
        """Process id of the media worker.

        Raises:
            WorkerGone: no worker is up at the moment.
        """
        return self._up().pid

    async def start(self, on_inbound: Callable[[CallLine], None], sinks: Sequence[AudioSink]) -> None:
        """Bring the media worker up.

        Raises:
            WorkerGone: it did not come up.
        """
        self._on_inbound, self._sinks = on_inbound, sinks
        self._run_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in leftovers(self._run_directory)[:-_KEPT_LEFTOVERS]:
            old.unlink(missing_ok=True)
        link = await self._first()
        self._supervisor = asyncio.create_task(self._supervise(link), name="media worker supervision")
        self._supervisor.add_done_callback(_complain)

    async def dial(self, request: CallRequest) -> CallLine:
        """Place a call and return its line at once, while it still rings.

        Raises:
            DialRefused: our rules forbid it.
            NoFreeChannel: all channels are taken, or no new calls are taken.
            WorkerGone: no worker is up at the moment.
            TelephonyError: the number or the address behind it cannot be called.
        """
        self._check_room(request.call_id)
        uri = parse_sip_uri(self._permission.allow(request.destination, request.account.debtor.time_zone))
        return await self._place(request.call_id, uri, self._sip.answer_timeout_s)

    async def consult(self, target: str, *, beside: CallLine, call_id: str, ring_s: float) -> CallLine:
        """Call a person to whom a caller may be joined, and return the line at once, while it still rings.

        Raises:
            NoFreeChannel: all channels are taken, or no new calls are taken.
            WorkerGone: no worker is up at the moment.
            TelephonyError: the caller's call is not up, or the address cannot be called.
        """
        self._check_room(call_id)
        if beside.call_id not in self._lines:
            raise TelephonyError(f"call {beside.call_id} is not up, so nobody is called for it")
        return await self._place(call_id, parse_sip_uri(target), ring_s)

    def _check_room(self, call_id: str) -> None:
        self._up()
        if self._draining:
            raise NoFreeChannel("no new calls are taken")
        if len(self._lines) + len(self._dialling) >= self.channels:
            raise NoFreeChannel(f"all {self.channels} channels are taken")
        if call_id in self._lines or call_id in self._dialling:
            raise TelephonyError(f"call {call_id} is up already")

    async def _place(self, call_id: str, uri: SipUri, ring_s: float) -> SipLine:
        dialled: asyncio.Future[SipLine] = asyncio.get_running_loop().create_future()
        self._dialling[call_id] = dialled, uri.user or uri.host
        try:
            address = await _resolved(uri)
            self._up().send(messages.Dial(call_id, str(address), ring_s))
            async with asyncio.timeout(_DIAL_TIMEOUT_S):
                return await dialled
        except TimeoutError:
            raise WorkerGone("the media worker did not take the call in time") from None
        finally:
            self._dialling.pop(call_id, None)

    async def drain(self, timeout_s: float) -> None:
        """Take no new calls (503) and wait until the live ones ended, at most so long."""
        self._draining = True
        if self._link is not None:
            try:
                self._link.send(messages.Drain())
            except WorkerGone:
                _log.info("draining without a media worker")
        waiting = [asyncio.create_task(line.wait_ended()) for line in self.lines]
        if not waiting:
            return
        _, late = await asyncio.wait(waiting, timeout=timeout_s)
        for task in late:
            task.cancel()

    async def stop(self) -> None:
        """End all calls and the worker."""
        self._stopping = True
        link, self._link = self._link, None
        if link is not None:
            await link.stop()
        if self._supervisor is not None:
            if link is None:
                self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
            self._supervisor = None

    def _up(self) -> WorkerLink:
        if self._link is None:
            raise WorkerGone("no media worker is up at the moment")
        return self._link

    async def _first(self) -> WorkerLink:
        """Launch; where the worker of an engine that died still speaks its apology on our port, wait for its end."""
        accompanied = in_use(self._run_directory)
        try:
            return await self._launch()
        except WorkerGone as error:
            if not accompanied:
                raise
            _log.info("%s; another worker is still at it, and may be ending its last calls", error)
        deadline_s = time.monotonic() + _FAREWELL_S
        # Polled: the lock that tells of it is another process's.
        while in_use(self._run_directory) and time.monotonic() < deadline_s:  # noqa: ASYNC110
            await asyncio.sleep(_FAREWELL_LOOK_S)
        return await self._launch()

    async def _launch(self) -> WorkerLink:
        link = await WorkerLink.launch(self._sip, self._worker, self._run_directory)
        self._link = link
        # The next worker must listen where peers know this one, also where the settings left the port open.
        self._sip = replace(self._sip, sip_port=link.address[1])
        link.attend(lambda message: self._on_message(link, message), lambda: self._pump(link))
        if self._draining:
            with contextlib.suppress(WorkerGone):  # its supervisor will notice too
                link.send(messages.Drain())
        _log.info("media worker %d is up on %s:%d", link.pid, *link.address)
        return link

    async def _supervise(self, link: WorkerLink) -> None:
        delay_s = self._worker.restart_delay_s
        while True:
            since_s = time.monotonic()
            try:
                reason = await link.wait_gone()
                self._abandon(link, reason)
            finally:
                await link.close()
            if self._stopping:
                return
            _log.error("the media worker is gone: %s", reason)
            if time.monotonic() - since_s > _STEADY_S:
                delay_s = self._worker.restart_delay_s
            while True:
                await asyncio.sleep(delay_s)
                delay_s = min(2 * delay_s, self._worker.restart_delay_max_s)
                try:
                    link = await self._launch()
                    break
                except WorkerGone as error:
                    _log.error("%s", error)
            self.restarts += 1

    def _abandon(self, link: WorkerLink, reason: str) -> None:
        """Take what the worker still left behind, then end its lines."""
        link.read_last_messages()
        self._pump(link)
        if self._link is link:
            self._link = None
        cause = EndCause.LOCAL_HANGUP if self._stopping else EndCause.WORKER_DIED
        for line in self.lines:
            self._end(link, line, cause, 0, "" if self._stopping else reason)
        for dialled, _ in self._dialling.values():
            if not dialled.done():
                dialled.set_exception(WorkerGone("the media worker died"))

    def _pump(self, link: WorkerLink) -> None:
        """Pass every new tick on, oldest first, and account for it."""
        pump(link.engine_end, self._channels, self._sinks)
        self.lost_ticks = link.engine_end.lost_ticks

    def _on_message(self, link: WorkerLink, message: Message) -> None:
        # What happened before the message is in the rings, so that events stay in order.
        self._pump(link)
        match message:
            case messages.Inbound(call_id, slot, epoch, remote, called):
                self._ring(self._add(link, call_id, slot, epoch, Direction.INBOUND, remote, called))
            case messages.Dialled(call_id, slot, epoch):
                self._dialled(link, call_id, slot, epoch)
            case messages.DialFailed(call_id, full, reason) if call_id in self._dialling:
                dialled, _ = self._dialling[call_id]
                if not dialled.done():
                    dialled.set_exception(NoFreeChannel(reason) if full else TelephonyError(f"cannot dial: {reason}"))
            case messages.Rang(call_id, early_media) if call_id in self._lines:
                self._lines[call_id].report(Ringing(early_media))
            case messages.Up(call_id) if call_id in self._lines:
                self._lines[call_id].report(Answered())
            case messages.Hold(call_id, held, at_s) if call_id in self._lines:
                self._lines[call_id].report(Held(at_s) if held else Resumed(at_s))
            case messages.Digit(call_id, digit, at_s) if call_id in self._lines:
                self._lines[call_id].report(DigitPressed(digit, at_s))
            case messages.Referred(call_id) if call_id in self._lines:
                self._lines[call_id].referred(message)
            case messages.Ended(call_id, cause, status, reason) if call_id in self._lines:
                self._end(link, self._lines[call_id], cause, status, reason)

    def _ring(self, line: SipLine) -> None:
        try:
            self._on_inbound(line)
        except Exception:
            _log.exception("call %s: nobody took it", line.call_id)
            self._discard(line)

    def _dialled(self, link: WorkerLink, call_id: str, slot: int, epoch: int) -> None:
        dialled, remote = self._dialling.get(call_id, (None, ""))
        line = self._add(link, call_id, slot, epoch, Direction.OUTBOUND, remote)
        if dialled is None or dialled.done():
            self._discard(line)  # whoever dialled has given up by now
        else:
            dialled.set_result(line)

    def _add(
        self,
        link: WorkerLink,
        call_id: str,
        slot: int,
        epoch: int,
        direction: Direction,
        remote: str,
        called: str = "",
    ) -> SipLine:
        line = SipLine(
            call_id, slot, epoch, direction, remote, called, link=link, queue_frames=self._worker.tx_queue_frames
        )
        self._lines[call_id] = self._channels[slot] = line
        return line

    def _discard(self, line: SipLine) -> None:
        try:
            self._up().send(messages.HangUp(line.call_id))
        except WorkerGone:
            _log.info("call %s: its worker is gone already", line.call_id)

    def _end(self, link: WorkerLink, line: SipLine, cause: EndCause, status: int, reason: str) -> None:
        del self._lines[line.call_id]
        del self._channels[line.channel]
        link.engine_end.detach(line.channel)
        line.end(cause, status, reason)
        try:
            link.send(messages.Release(line.channel, line.epoch))
        except WorkerGone:
            _log.debug("call %s: nobody is left to reuse its channel", line.call_id)


def _complain(supervisor: asyncio.Task[None]) -> None:
    if not supervisor.cancelled() and supervisor.exception() is not None:
        _log.critical("nobody looks after the media worker any more", exc_info=supervisor.exception())


async def _resolved(uri: SipUri) -> SipUri:
    """Return the URI at an IPv4 address, since the library would look a name up on its only thread.

    Raises:
        TelephonyError: the name is not known.
    """
    try:
        async with asyncio.timeout(_RESOLVE_TIMEOUT_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                uri.host, uri.port or None, family=socket.AF_INET, type=socket.SOCK_DGRAM
            )
    except (OSError, TimeoutError) as error:
        raise TelephonyError("the host of the SIP URI cannot be resolved; check the trunk's address") from error
    return uri.at(str(found[0][4][0]))
