"""All calls of a worker: what the engine orders and what the library signals, turned into each other.

Everything here runs on the control thread.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pjsua2 as pj

from engine.calls import EndCause
from telephony.library import SipLibrary
from telephony.messages import Message
from telephony.settings import SipSettings
from telephony.worker.bridge import Bridge
from telephony.worker.dialler import Dialler
from telephony.worker.door import InboundDoor
from telephony.worker.events import CallEvents
from telephony.worker.gatekeeper import Gatekeeper
from telephony.worker.live_call import LiveCall
from telephony.worker.orders import Orders
from telephony.worker.pace import InvitePace
from telephony.worker.roster import Roster
from telephony.worker.stack import SipStack
from telephony.worker.trunk_accounts import TrunkAccounts

_log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.5


class Switchboard:
    """The worker's calls.

    Args:
        stack: of SIP.
        bridge: where audio goes.
        keeper: of the gate.
        settings: of SIP.
        send: passes a message to the engine.
        library: what it can hold.
    """

    def __init__(
        self,
        stack: SipStack,
        bridge: Bridge,
        keeper: Gatekeeper,
        settings: SipSettings,
        send: Callable[[Message], None],
        library: SipLibrary,
    ) -> None:
        self._keeper, self._settings = keeper, settings
        self._roster = Roster(bridge, settings.channels, library.max_calls)
        pace = InvitePace(library.invites_at_once)
        self._door = InboundDoor(settings, bridge, self._roster, pace, send)
        self._accounts = self._door.accounts = TrunkAccounts(stack, keeper, settings, send, self._door.on_invite)
        self._dialler = Dialler(self._accounts, bridge, self._roster, pace, send)
        self._orders = Orders(self._door, self._dialler, self._accounts, bridge, self._roster, send)
        self._events = CallEvents(settings, self._dialler, bridge, keeper, self._roster, send)
        self._next_look_s = 0.0

    @property
    def busy(self) -> bool:
        """Whether there is any call, be it one whose hang-up the far end has not confirmed yet."""
        return self._roster.busy

    def handle(self, message: Message) -> None:
        """Carry out an order of the engine's."""
        self._orders.carry_out(message)

    def work(self) -> None:
        """Carry out what was signalled, and look at the clock."""
        self._door.work()
        for call, signal in self._roster.signals():
            with _guarded(call):
                self._events.on_signal(call, signal)
        self._roster.forget()
        now = time.monotonic()
        self._keeper.work(now, takes_calls=self._door.takes_calls)
        if now >= self._next_look_s:
            self._next_look_s = now + _LOOK_EVERY_S
            for call in self._roster:
                with _guarded(call):
                    self._look_at(call, now)
            self._door.report(now)
            self._accounts.work(now)

    def refuse_new(self) -> None:
        """Answer every further INVITE with 503, and end what has not been answered."""
        self._door.open = False
        for call in self._roster:
            if not call.up:
                call.hang_up(EndCause.LOCAL_HANGUP)

    def hang_up_all(self) -> None:
        """End every call."""
        self._door.open = False
        for call in self._roster:
            call.hang_up(EndCause.LOCAL_HANGUP)

    def close(self) -> None:
        """Give up the accounts."""
        self._door.close()
        self._roster.clear()
        self._accounts.close()

    def _look_at(self, call: LiveCall, now: float) -> None:
        settings = self._settings
        if call.cause is not None:
            return
        if not call.up:
            if now - call.began_s > call.ring_s:
                call.hang_up(EndCause.NO_ANSWER)
            else:
                self._dialler.look_after(call, now)
        elif call.held and now - call.held_s > settings.hold_timeout_s:
            _log.warning("call %s: on hold for %g s", call.call_id, settings.hold_timeout_s)
            call.hang_up(EndCause.MEDIA_TIMEOUT)
        elif not call.held and call.silent_s(now) > settings.media_timeout_s:
            _log.warning("call %s: no RTP for %g s", call.call_id, settings.media_timeout_s)
            call.hang_up(EndCause.MEDIA_TIMEOUT)


@contextmanager
def _guarded(call: LiveCall) -> Iterator[None]:
    """Do something about a call, whose fault must not cost the others."""
    try:
        yield
    except pj.Error as error:
        _log.warning("call %s: %s", call.call_id, error.reason)
    except Exception:
        _log.exception("call %s: could not be seen to", call.call_id)
        call.hang_up(EndCause.FAILED)
