"""The telephony side of the engine over real SIP: a fleet of media workers, kept alive, and their calls' lines."""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.calls import CallRequest
from engine.errors import NoFreeChannel, TelephonyError, WorkerGone
from engine.ports import AudioSink, CallLine, DialPermission
from telephony.fleet import attendance, shares, takers
from telephony.messages import NextHop, Route
from telephony.routing import TrunkView
from telephony.salvage import in_use, leftovers
from telephony.seat import Seat, SeatState, SeatView
from telephony.settings import FleetSettings, SipSettings, WorkerSettings
from telephony.sip_line import SipLine
from telephony.trunk_desk import TrunkDesk
from telephony.trunks import Trunk
from telephony.uris import SipUri, parse_sip_uri

_log = logging.getLogger(__name__)

_RESOLVE_TIMEOUT_S = 5.0
_NOBODY = "no media worker is up at the moment"
_KEPT_RUNS = 2
"""Runs that died whose rings are kept; at least 8 files, in case one worker dies over and over."""


class SipTelephone:
    """A `Telephone` over SIP. Used on one event loop.

    Args:
        sip: SIP and RTP settings of all workers together.
        permission: asked before every INVITE.
        run_directory: for rings and control sockets, best on tmpfs; made with mode 0700. Its path must be short enough
            for a socket (about 70 characters). Rings of an engine that died are found there by `telephony.salvage`.
        worker: settings of a worker and its supervision.
        fleet: how many workers there are.

    Raises:
        SettingsError: there are too few ports for so many workers.
    """

    def __init__(
        self,
        sip: SipSettings,
        permission: DialPermission,
        run_directory: Path,
        worker: WorkerSettings | None = None,
        fleet: FleetSettings | None = None,
    ) -> None:
        self._permission, self._run_directory = permission, run_directory
        self._fleet = fleet or FleetSettings()
        self._trunks = TrunkDesk(sip.trunks)
        self._hop_follower: asyncio.Task[None] | None = None
        worker = worker or WorkerSettings()
        self._seats = tuple(
            Seat(number, share, worker, run_directory, self._trunks, self._muster)
            for number, share in enumerate(shares(sip, self._fleet))
        )
        self._ring_s = sip.answer_timeout_s
        self._resolving: set[str] = set()
        """Calls for which a channel is kept free until their address is known."""
        self._mustered = self._draining = self._renewing = False
        self._taking: frozenset[int] = frozenset()

    @property
    def channels(self) -> int:
        """How many calls can be held at once."""
        return self._fleet.workers * self._seats[0].view.channels

    @property
    def seats(self) -> tuple[SeatView, ...]:
        """The media workers' places, and what each is doing."""
        return tuple(seat.view for seat in self._seats)

    @property
    def trunks(self) -> tuple[TrunkView, ...]:
        """What is known of each trunk."""
        return self._trunks.views

    @property
    def lines(self) -> tuple[SipLine, ...]:
        """The live lines."""
        return tuple(line for seat in self._seats for line in seat.lines)

    @property
    def restarts(self) -> int:
        """How many workers had to be followed by another."""
        return sum(seat.restarts for seat in self._seats)

    @property
    def lost_ticks(self) -> int:
        """Ticks of calls that the engine was too late to read."""
        return sum(seat.lost_ticks for seat in self._seats)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port on which the first worker that takes calls listens.

        Raises:
            WorkerGone: no worker is up at the moment.
        """
        address = self._first_up().address
        assert address is not None
        return address

    @property
    def tls_address(self) -> tuple[str, int]:
        """Host and port on which the first worker that takes calls listens for TLS; port 0 without TLS.

        Raises:
            WorkerGone: no worker is up at the moment.
        """
        return self.address[0], self._first_up().tls_port

    @property
    def worker_pid(self) -> int:
        """Process id of the first worker that takes calls.

        Raises:
            WorkerGone: no worker is up at the moment.
        """
        pid = self._first_up().pid
        assert pid is not None
        return pid

    async def start(self, on_inbound: Callable[[CallLine], None], sinks: Sequence[AudioSink]) -> None:
        """Bring all media workers up, the spare one too: one that cannot come up now would not when it is needed.

        Raises:
            WorkerGone: one of them did not come up; the others are ended.
        """
        self._run_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in leftovers(self._run_directory)[: -max(8, _KEPT_RUNS * len(self._seats))]:
            old.unlink(missing_ok=True)
        await self._trunks.hops.look_up()
        predecessors = in_use(self._run_directory)
        starting = [asyncio.create_task(seat.start(on_inbound, sinks, predecessors)) for seat in self._seats]
        try:
            await asyncio.gather(*starting)
        except BaseException:
            await asyncio.gather(*starting, return_exceptions=True)
            await self.stop()
            raise
        self._hop_follower = asyncio.create_task(self._trunks.hops.follow(self._tell), name="next hops of trunks")
        self._mustered = True
        self._muster()
        await asyncio.gather(*(seat.obeyed() for seat in self._seats))

    async def dial(self, request: CallRequest) -> CallLine:
        """Place a call with the worker that has the most free channels; return its line at once, while it still rings.

        Raises:
            DialRefused: our rules forbid it.
            NoFreeChannel: all channels are taken, or no new calls are taken.
            WorkerGone: no worker is up at the moment.
            TelephonyError: the number or the address behind it cannot be called.
        """
        self._check_room(request.call_id, [seat for seat in self._seats if seat.standing.taking])
        dialled, trunks = self._allowed(request)
        try:
            if trunks:
                routes, remote = self._trunks.routes(trunks, dialled), dialled
            else:
                routes, remote = await self._direct(request.call_id, dialled)
            return await self._place(request.call_id, routes, remote)
        finally:
            if not any(request.call_id in seat for seat in self._seats):
                self._trunks.end(request.call_id)

    def _allowed(self, request: CallRequest) -> tuple[str, tuple[Trunk, ...]]:
        """Return the digits to dial and the trunks for them, or a URI to dial directly and none.

        The trunks come first: a dial that they have no room for must not count against the number's gap.
        """
        wanted = request.destination
        through = bool(self._trunks.names) and wanted[:3].lower() != "sip"
        trunks = self._trunks.take(request.call_id, wanted.removeprefix("+")) if through else ()
        dialled = ""
        try:
            dialled = self._permission.allow(wanted, request.account.debtor.time_zone)
        finally:
            if trunks and not dialled.isdecimal():
                self._trunks.give_back(request.call_id)
                trunks = ()
        return dialled, trunks

    async def _place(self, call_id: str, routes: tuple[Route, ...], remote: str) -> SipLine:
        refusal: TelephonyError = WorkerGone(_NOBODY)
        taking = [seat for seat in self._seats if seat.standing.taking]
        for seat in sorted(taking, key=lambda seat: seat.free, reverse=True):
            try:
                return await seat.dial(call_id, routes, remote, self._ring_s)
            except NoFreeChannel as error:  # calls from outside were first
                refusal = error
        raise refusal

    async def consult(self, target: str, *, beside: CallLine, call_id: str, ring_s: float) -> CallLine:
        """Call a person to whom a caller may be joined, and return the line at once, while it still rings.

        The caller's own worker places the call, since only calls of one worker can be joined; also while it is being
        left.

        Raises:
            NoFreeChannel: all channels are taken, or no new calls are taken.
            WorkerGone: the caller's worker has just gone.
            TelephonyError: the caller's call is not up, the address cannot be called, or no trunk takes the number.
        """
        seat = next((seat for seat in self._seats if beside.call_id in seat), None)
        if seat is None:
            raise TelephonyError(f"call {beside.call_id} is not up, so nobody is called for it")
        self._check_room(call_id, [seat])
        try:
            if target.isdecimal():
                routes, remote = self._trunks.routes(self._trunks.take(call_id, target), target), target
            else:
                routes, remote = await self._direct(call_id, target)
            return await seat.dial(call_id, routes, remote, ring_s)
        finally:
            if call_id not in seat:
                self._trunks.end(call_id)

    async def drain(self, timeout_s: float) -> None:
        """Take no new calls (503) and wait until the live ones ended, at most so long."""
        self._draining = True
        self._muster()
        ending = [asyncio.create_task(seat.wait_idle()) for seat in self._seats]
        _, late = await asyncio.wait(ending, timeout=timeout_s)
        for task in late:
            task.cancel()

    async def renew(self, within_s: float) -> None:
        """Replace the workers by new ones, one after another, while live calls go on to their own end.

        The spare comes first, so that a library which does not start is known before a worker with calls is given up.
        Without a spare there are fewer channels meanwhile.

        Args:
            within_s: what the calls of each worker get to end.

        Raises:
            TelephonyError: it is being done already, or nobody is there to take the calls meanwhile.
            WorkerGone: a new worker did not come up; the remaining ones are left as they are.
        """
        if self._renewing:
            raise TelephonyError("the media workers are being renewed already")
        if len(self._seats) == 1:
            raise TelephonyError("nobody could take calls while the only media worker is renewed: set sip.spare")
        self._renewing = True
        try:
            for seat in sorted(self._seats, key=lambda seat: (seat.standing.taking, seat.number)):
                if not any(other.standing.up for other in self._seats if other is not seat):
                    raise TelephonyError(f"nobody could take calls while media worker {seat.number} is renewed")
                _log.info("media worker %d is to be renewed; its %d calls go on", seat.number, seat.view.calls)
                await seat.renew(within_s)
                _log.info("media worker %d is renewed", seat.number)
        finally:
            self._renewing = False

    async def stop(self) -> None:
        """End all calls and the workers."""
        self._draining = True
        if self._hop_follower is not None:
            self._hop_follower.cancel()
            await asyncio.gather(self._hop_follower, return_exceptions=True)
        await asyncio.gather(*(seat.stop() for seat in self._seats))

    def _first_up(self) -> SeatView:
        up = [seat for seat in self.seats if seat.state is not SeatState.DOWN]
        if not up:
            raise WorkerGone(_NOBODY)
        return min(up, key=lambda seat: seat.state is not SeatState.TAKING)

    def _check_room(self, call_id: str, seats: Sequence[Seat]) -> None:
        if self._draining:
            raise NoFreeChannel("no new calls are taken")
        if not seats:
            raise WorkerGone(_NOBODY)
        if sum(seat.free for seat in seats) <= len(self._resolving):
            raise NoFreeChannel(f"all {sum(seat.view.channels for seat in seats)} channels are taken")
        if call_id in self._resolving or any(call_id in seat for seat in self._seats):
            raise TelephonyError(f"call {call_id} is up already")

    async def _direct(self, call_id: str, target: str) -> tuple[tuple[Route, ...], str]:
        """Return the way to a URI, its host looked up with a channel kept free for the call meanwhile, and its user."""
        uri = parse_sip_uri(target)
        self._resolving.add(call_id)
        try:
            return (Route("", str(await _resolved(uri))),), uri.user or uri.host
        finally:
            self._resolving.discard(call_id)

    def _tell(self, hop: NextHop) -> None:
        for seat in self._seats:
            seat.tell(hop)

    def _muster(self) -> None:
        """Say to each seat whether it takes calls and to which trunks it attends; whenever a worker comes or goes."""
        if not self._mustered:
            return
        taking = takers([seat.standing for seat in self._seats], 0 if self._draining else self._fleet.workers)
        attended = attendance(self._trunks.names, taking, {seat.number: seat.view.trunks for seat in self._seats})
        # Who begins comes before who ends, so that somebody takes calls at any moment.
        for seat in sorted(self._seats, key=lambda seat: seat.number not in taking):
            seat.take_calls(seat.number in taking)
            seat.attend(attended.get(seat.number, ()))
        if taking != self._taking:
            self._taking = taking
            _log.info("calls are taken by media workers: %s", ", ".join(map(str, sorted(taking))) or "none")


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
