"""A place for one media worker: its ports, its channels, and whichever worker sits there, started anew when it ends."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from engine.calls import EndCause
from engine.errors import WorkerGone
from engine.ports import AudioSink, CallLine
from telephony import messages
from telephony.fleet import Standing
from telephony.messages import Route
from telephony.salvage import in_use
from telephony.settings import SipSettings, WorkerSettings
from telephony.sip_line import SipLine
from telephony.trunk_desk import TrunkDesk
from telephony.worker_calls import WorkerCalls
from telephony.worker_link import WorkerLink, ring_slots

_log = logging.getLogger(__name__)

_STEADY_S = 10.0
"""A worker that was up for so long did not die of its start: the next one is started without an extra wait."""
_FAREWELL_S = 15.0
"""A worker whose engine died has ended by then: 3 s until it notices, 8 s for the longest apology, 2 s of hang-up."""
_FAREWELL_LOOK_S = 0.1


class SeatState(StrEnum):
    """What a seat is doing."""

    DOWN = "down"
    """No worker is up; one will be."""
    TAKING = "taking"
    """Calls are taken."""
    SPARE = "spare"
    """Its worker is up and takes no calls."""
    LEAVING = "leaving"
    """Its worker takes no calls and ends when the live ones have."""


@dataclass(frozen=True, slots=True)
class SeatView:
    """A seat at one moment.

    Args:
        seat: its number.
        state: what it is doing.
        address: on which SIP listens; None while it is down.
        pid: process id of its worker; None while it is down.
        calls: live ones, those included that are being dialled.
        channels: calls that it can hold.
        restarts: how often a worker had to be followed by another.
        trunks: that it attends to, by name.
        tls_port: on which TLS listens; 0 without it, or while it is down.
    """

    seat: int
    state: SeatState
    address: tuple[str, int] | None
    pid: int | None
    calls: int
    channels: int
    restarts: int
    trunks: tuple[str, ...]
    tls_port: int = 0

    @property
    def free(self) -> int:
        """Calls that it can still take."""
        return self.channels - self.calls if self.state is SeatState.TAKING else 0


class Seat:
    """A seat with its worker. Used on one event loop.

    Args:
        number: of the seat, from 0 on.
        sip: its share of ports and channels.
        worker: settings of the worker and its supervision.
        run_directory: for rings and control socket.
        trunk_desk: is told of what happens at trunks.
        on_change: is called when a worker came up or went, or is to be left.
    """

    def __init__(
        self,
        number: int,
        sip: SipSettings,
        worker: WorkerSettings,
        run_directory: Path,
        trunk_desk: TrunkDesk,
        on_change: Callable[[], None],
    ) -> None:
        self.number = number
        self._sip, self._worker = sip, worker
        self._run_directory = run_directory
        self._trunk_desk = trunk_desk
        self._on_change = on_change
        self._on_inbound: Callable[[CallLine], None] = lambda line: None
        self._sinks: Sequence[AudioSink] = ()
        self._calls: WorkerCalls | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._following: asyncio.Future[WorkerGone | None] | None = None
        """Of whoever waits for the next worker: None, or why it did not come up."""
        self._leaving = self._stopping = self._ending = False
        self._trunks: tuple[str, ...] = ()
        self._lost_ticks = 0
        self.restarts = 0

    @property
    def view(self) -> SeatView:
        """What it is doing now."""
        calls = self._calls
        if calls is None:
            return SeatView(self.number, SeatState.DOWN, None, None, 0, self._sip.channels, self.restarts, ())
        idle = SeatState.LEAVING if self._leaving else SeatState.SPARE
        return SeatView(
            self.number,
            SeatState.TAKING if calls.taking else idle,
            calls.link.address,
            calls.link.pid,
            calls.count,
            self._sip.channels,
            self.restarts,
            self._trunks,
            calls.link.tls_port,
        )

    @property
    def standing(self) -> Standing:
        """What it could do."""
        calls = self._calls
        return Standing(up=calls is not None, taking=calls is not None and calls.to_take, leaving=self._leaving)

    @property
    def free(self) -> int:
        """Channels that are free, whether or not calls are taken."""
        return 0 if self._calls is None else self._sip.channels - self._calls.count

    @property
    def lines(self) -> tuple[SipLine, ...]:
        """The live lines."""
        return () if self._calls is None else self._calls.lines

    @property
    def lost_ticks(self) -> int:
        """Ticks of all calls so far that the engine was too late to read."""
        return self._lost_ticks + (self._calls.link.engine_end.lost_ticks if self._calls else 0)

    def __contains__(self, call_id: object) -> bool:
        """Whether a call of that id is live here, or just being dialled."""
        return self._calls is not None and call_id in self._calls

    async def start(
        self, on_inbound: Callable[[CallLine], None], sinks: Sequence[AudioSink], predecessors: frozenset[Path]
    ) -> None:
        """Bring the first worker up.

        Args:
            on_inbound: is called for every inbound call that was let in.
            sinks: get every `AudioBatch`.
            predecessors: rings of workers whose engine has died, and which may still speak their apology on our port:
                where the port is taken, their end is waited for.

        Raises:
            WorkerGone: it did not come up.
        """
        self._on_inbound, self._sinks = on_inbound, sinks
        calls = await self._first(predecessors)
        self._supervisor = asyncio.create_task(self._supervise(calls), name=f"supervise worker {self.number}")
        self._supervisor.add_done_callback(_complain)

    def take_calls(self, taking: bool) -> None:
        """Take calls from outside, or no more; live ones go on either way."""
        if self._calls is None or taking == self._calls.to_take:
            return
        try:
            self._calls.take_calls(taking)
        except WorkerGone as error:  # its supervision will notice too
            _log.info("media worker %d: %s", self.number, error)

    async def obeyed(self) -> None:
        """Return when the worker takes calls or does not, as it was last told, or is gone."""
        if self._calls is not None:
            await self._calls.obeyed()

    def attend(self, trunks: tuple[str, ...]) -> None:
        """Register at these trunks and probe them, and no others."""
        if trunks == self._trunks or self._calls is None:
            return
        self._trunks = trunks
        try:
            self._calls.link.send(messages.Attend(trunks))
        except WorkerGone as error:  # as above
            _log.info("media worker %d: %s", self.number, error)

    def tell(self, hop: messages.NextHop) -> None:
        """Tell the worker where a trunk is; the next worker will know it from the start."""
        if self._calls is not None:
            self._calls.tell(hop)

    async def dial(self, call_id: str, routes: tuple[Route, ...], remote: str, ring_s: float) -> SipLine:
        """Send an INVITE and return the call's line at once, while it still rings; see `WorkerCalls.dial`."""
        if self._calls is None:
            raise WorkerGone("no media worker is up at the moment")
        return await self._calls.dial(call_id, routes, remote, ring_s)

    async def wait_idle(self) -> None:
        """Return when there is no call."""
        if self._calls is not None:
            await self._calls.wait_idle()

    async def renew(self, within_s: float) -> None:
        """Let the live calls end while others take the new ones, then replace the worker.

        Args:
            within_s: what the calls get to end; those that are still up then are hung up.

        Raises:
            WorkerGone: the next worker did not come up; it will be tried again and again.
        """
        old = self._calls
        following = self._following = asyncio.get_running_loop().create_future()
        self._leaving = True
        self._on_change()
        try:
            if old is not None:
                await self._left(old, within_s)
            if old is not None and self._calls is old:
                self._ending = True
                await old.link.stop()
            fault = await following
        finally:
            self._leaving, self._following = False, None
            self._on_change()
        if fault is not None:
            raise fault

    async def stop(self) -> None:
        """End all calls and the worker."""
        self._stopping = True
        calls = self._calls
        if calls is not None:
            await calls.link.stop()
        if self._supervisor is not None:
            if calls is None:
                self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
            self._supervisor = None
        self._followed(WorkerGone("the media workers were stopped"))

    async def _left(self, calls: WorkerCalls, within_s: float) -> None:
        """Wait until a worker that is to be replaced has no calls, or is gone."""
        await calls.obeyed()
        try:
            async with asyncio.timeout(within_s):
                await calls.wait_idle()
        except TimeoutError:
            _log.warning("media worker %d: %d calls did not end in %g s", self.number, calls.count, within_s)

    async def _first(self, predecessors: frozenset[Path]) -> WorkerCalls:
        try:
            return await self._launch()
        except WorkerGone as error:
            if not predecessors:
                raise
            _log.info("%s; another worker is still at it, and may be ending its last calls", error)
        deadline_s = time.monotonic() + _FAREWELL_S
        # Polled: the lock that tells of it is another process's.
        while predecessors & in_use(self._run_directory) and time.monotonic() < deadline_s:  # noqa: ASYNC110
            await asyncio.sleep(_FAREWELL_LOOK_S)
        return await self._launch()

    async def _launch(self) -> WorkerCalls:
        link = await WorkerLink.launch(self._sip, self._worker, self._run_directory)
        # The next worker must listen where peers know this one, also where the settings left the port open.
        tls = replace(self._sip.tls, port=link.tls_port) if self._sip.tls else None
        self._sip = replace(self._sip, sip_port=link.address[1], tls=tls)
        calls = self._calls = WorkerCalls(
            link,
            first_channel=self.number * ring_slots(self._sip.channels),
            queue_frames=self._worker.tx_queue_frames,
            on_inbound=self._on_inbound,
            sinks=self._sinks,
            trunks=self._trunk_desk,
        )
        calls.attend()
        _log.info("media worker %d is up on %s:%d, process %d", self.number, *link.address, link.pid)
        self._on_change()
        return calls

    async def _supervise(self, calls: WorkerCalls) -> None:
        delay_s = self._worker.restart_delay_s
        while True:
            since_s = time.monotonic()
            try:
                self._lose(calls, await calls.link.wait_gone())
            finally:
                await calls.link.close()
            if self._stopping:
                return
            planned, self._ending = self._ending, False
            if planned or time.monotonic() - since_s > _STEADY_S:
                delay_s = self._worker.restart_delay_s
            waits = not planned
            while True:
                if waits:
                    await asyncio.sleep(delay_s)
                    delay_s = min(2 * delay_s, self._worker.restart_delay_max_s)
                waits = True
                try:
                    calls = await self._launch()
                    break
                except WorkerGone as error:
                    _log.error("media worker %d: %s", self.number, error)
                    self._followed(error)
            self.restarts += not planned
            self._followed(None)

    def _lose(self, calls: WorkerCalls, reason: str) -> None:
        """Let others stand in for a worker that is gone, then end its lines."""
        self._calls = None
        self._trunks = ()
        wanted = self._stopping or self._ending
        if not wanted:
            _log.error("media worker %d is gone: %s", self.number, reason)
        self._on_change()
        if wanted:
            calls.abandon(EndCause.LOCAL_HANGUP, "")
        else:
            calls.abandon(EndCause.WORKER_DIED, reason)
        self._lost_ticks += calls.link.engine_end.lost_ticks

    def _followed(self, fault: WorkerGone | None) -> None:
        if self._following is not None and not self._following.done():
            self._following.set_result(fault)


def _complain(supervisor: asyncio.Task[None]) -> None:
    if not supervisor.cancelled() and supervisor.exception() is not None:
        _log.critical("nobody looks after a media worker any more", exc_info=supervisor.exception())
