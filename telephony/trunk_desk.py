"""The trunks as the engine sees them over all its workers: where calls may go, through which trunk each one goes."""

import logging
import time
from collections.abc import Iterable

from telephony import messages
from telephony.messages import Message, Route
from telephony.next_hops import NextHops
from telephony.routing import TrunkRouter, TrunkView
from telephony.trunks import Trunk

_log = logging.getLogger(__name__)


class TrunkDesk:
    """Counts calls at their trunks and keeps what workers say of trunks. Used on one event loop.

    Args:
        trunks: of the settings.
    """

    def __init__(self, trunks: Iterable[Trunk] = ()) -> None:
        self._trunks = {trunk.name: trunk for trunk in trunks}
        self._router = TrunkRouter(self._trunks.values(), time.monotonic)
        self._trunk_of: dict[str, str] = {}
        """By call, the trunk that it goes through or tries."""
        self.hops = NextHops(self._trunks.values(), self._router.resolved)

    @property
    def names(self) -> tuple[str, ...]:
        """The trunks' names."""
        return tuple(self._trunks)

    @property
    def views(self) -> tuple[TrunkView, ...]:
        """What is known of each trunk."""
        return self._router.views

    def take(self, call_id: str, digits: str) -> tuple[Trunk, ...]:
        """Count a call at the trunks that it may try, and return them; `end` takes that back.

        Raises:
            NoFreeChannel: those that take the number are full, too fast or down.
            TelephonyError: no trunk takes such numbers.
        """
        trunks = self._router.take(call_id, digits)
        self._trunk_of[call_id] = trunks[0].name
        return trunks

    def give_back(self, call_id: str) -> None:
        """Forget a call that was never dialled."""
        self._router.give_back(call_id, self._trunk_of.pop(call_id))

    def routes(self, trunks: Iterable[Trunk], digits: str) -> tuple[Route, ...]:
        """Return how to place a call through these trunks."""
        return tuple(Route(trunk.name, str(trunk.uri(digits)), self._router.caller_id(trunk.name)) for trunk in trunks)

    def arrived(self, call_id: str, trunk: str) -> None:
        """Count an inbound call."""
        self._trunk_of[call_id] = trunk
        self._router.arrived(call_id, trunk)

    def settled(self, call_id: str) -> None:
        """Note that a call rings, and so will try no other trunk."""
        self._router.settled(call_id, self._trunk_of.get(call_id, ""))

    def end(self, call_id: str) -> None:
        """Note that a call is over."""
        self._trunk_of.pop(call_id, None)
        self._router.end(call_id)

    def of_call(self, call_id: str) -> Trunk | None:
        """Return a call's trunk, None where it has none."""
        return self._trunks.get(self._trunk_of.get(call_id, ""))

    def take_note(self, news: Message) -> None:
        """Take what a worker says of a trunk, and log what people should know."""
        match news:
            case messages.RouteFailed(call_id, trunk, silent, status, reason):
                _log.warning("call %s: trunk %s did not take it (%d %s)", call_id, trunk, status, reason)
                self._router.failed(call_id, trunk, silent=silent)
            case messages.Rerouted(call_id, trunk):
                self._trunk_of[call_id] = trunk
                self._router.moved(call_id, trunk)
            case messages.TrunkState(name, usable, _, _, reason):
                if self._router.heard(name, usable=usable, reason=reason):
                    if usable:
                        _log.info("trunk %s is up again", name)
                    else:
                        _log.warning("trunk %s is down: %s", name, reason)
