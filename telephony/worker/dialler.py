"""Dials: each call goes through the first of its trunks that takes it.

A trunk has not taken a call while it fails it before anything rings, or says nothing at all.
"""

import time
from collections import deque
from collections.abc import Callable

import pjsua2 as pj

from engine.calls import Direction
from telephony import messages
from telephony.messages import Message, Route
from telephony.worker.bridge import Bridge
from telephony.worker.calls import LibraryCall
from telephony.worker.live_call import LiveCall
from telephony.worker.pace import InvitePace
from telephony.worker.replies import reply
from telephony.worker.roster import Roster
from telephony.worker.trunk_accounts import TrunkAccounts

_SILENCE_S = 4.0
"""Without so much as 100 Trying for so long, the next trunk is tried: over UDP, an INVITE was sent four times."""


class Dialler:
    """Places calls. Used on the control thread alone.

    Args:
        accounts: of the trunks.
        bridge: where audio goes.
        roster: gets the calls.
        pace: of INVITEs.
        send: passes a message to the engine.
    """

    def __init__(
        self,
        accounts: TrunkAccounts,
        bridge: Bridge,
        roster: Roster,
        pace: InvitePace,
        send: Callable[[Message], None],
    ) -> None:
        self._accounts, self._bridge, self._roster, self._pace, self._send = accounts, bridge, roster, pace, send

    def dial(self, order: messages.Dial) -> None:
        """Send an INVITE, and say so, or why not.

        Raises:
            TelephonyError: the rings take no call of that id.
        """
        slot = self._bridge.free_slot()
        if slot is None or self._roster.free_channels <= 0:
            self._send(messages.DialFailed(order.call_id, True, "no channel is free"))
            return
        epoch = self._bridge.open(slot, order.call_id)
        routes = deque(order.routes)
        reason = ""
        while routes:
            route = routes.popleft()
            try:
                library = self._invite(order.call_id, route)
            except (pj.Error, KeyError) as error:
                reason = self._not_invited(order.call_id, route, error)
                continue
            call = LiveCall(library, slot, epoch, Direction.OUTBOUND, time.monotonic(), order.ring_s)
            self._roster.add(call)
            self._follow(call, route, routes)
            self._send(messages.Dialled(order.call_id, slot, epoch))
            if route != order.routes[0]:
                self._send(messages.Rerouted(order.call_id, route.trunk))
            return
        self._bridge.end(slot)
        self._bridge.release(slot, epoch)
        self._send(messages.DialFailed(order.call_id, False, reason))

    def retry(self, call: LiveCall, status: int, reason: str) -> bool:
        """Place a call that its trunk did not take through the next one; return whether there was any."""
        if call.trunk is not None:
            self._send(messages.RouteFailed(call.call_id, call.trunk.name, not call.heard, status, reason))
        while call.routes:
            route = call.routes.popleft()
            try:
                library = self._invite(call.call_id, route)
            except (pj.Error, KeyError) as error:
                self._not_invited(call.call_id, route, error)
                continue
            self._roster.leave(call.library)
            call.library = library
            self._follow(call, route, call.routes)
            self._send(messages.Rerouted(call.call_id, route.trunk))
            return True
        return False

    def look_after(self, call: LiveCall, now: float) -> None:
        """Leave a trunk that says nothing for the next one.

        Without room in the library for two INVITEs at once, it goes on until the library itself gives up.

        Raises:
            pj.Error: the silent trunk's INVITE cannot be given up; the call goes on at the next one.
        """
        silent = call.library
        waits = call.routes and not call.heard and call.cause is None and now - call.tried_s > _SILENCE_S
        if waits and self._roster.room > 0 and self.retry(call, 408, "no answer"):
            silent.hangup(reply(0))

    def _invite(self, call_id: str, route: Route) -> LibraryCall:
        self._pace.note()
        return self._accounts.place(call_id, route, self._roster.post)

    def _follow(self, call: LiveCall, route: Route, others: deque[Route]) -> None:
        call.trunk, call.routes = self._accounts.trunk(route.trunk), others
        call.tried_s, call.heard, call.state = time.monotonic(), False, pj.PJSIP_INV_STATE_NULL

    def _not_invited(self, call_id: str, route: Route, error: pj.Error | KeyError) -> str:
        reason = "it is not known where the trunk is" if isinstance(error, KeyError) else str(error.reason)
        self._send(messages.RouteFailed(call_id, route.trunk, False, 0, reason))
        return reason
