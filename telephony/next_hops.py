"""Where trunks are: their names looked up here, since the library would do so on the worker's only thread."""

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Callable, Iterable
from typing import Protocol

from telephony.messages import NextHop
from telephony.trunks import Transport, Trunk

_log = logging.getLogger(__name__)

LOOK_UP_EVERY_S = 60.0
_RESOLVE_TIMEOUT_S = 5.0


class LookUpNews(Protocol):
    """Is told, after each look-up, whether a trunk's name is known."""

    def __call__(self, trunk: str, *, found: bool) -> None:
        """Take note of it."""


class NextHops:
    """The next hops of all trunks, followed where they move. Used on one event loop.

    A trunk over TLS keeps its name, which its certificate must bear; it is looked up all the same, so that a name that
    nobody knows never reaches the worker.

    Args:
        trunks: of the settings.
        on_look_up: see `LookUpNews`.
    """

    def __init__(self, trunks: Iterable[Trunk], on_look_up: LookUpNews) -> None:
        self._trunks = tuple(trunks)
        self._on_look_up = on_look_up
        self._known: dict[str, NextHop] = {}

    @property
    def known(self) -> tuple[NextHop, ...]:
        """What is known so far."""
        return tuple(self._known.values())

    async def follow(self, tell: Callable[[NextHop], None]) -> None:
        """Look the names up again and again, and tell each change."""
        while any(not _is_address(trunk.hop[0]) for trunk in self._trunks):
            await asyncio.sleep(LOOK_UP_EVERY_S)
            for hop in await self.look_up():
                tell(hop)

    async def look_up(self) -> tuple[NextHop, ...]:
        """Look all names up, and return the hops that are new."""
        found = await asyncio.gather(*(_next_hop(trunk) for trunk in self._trunks))
        changed = []
        for trunk, hop in zip(self._trunks, found, strict=True):
            self._on_look_up(trunk.name, found=hop is not None or trunk.name in self._known)
            if hop is None:
                _log.warning("trunk %s: the host name %s cannot be resolved", trunk.name, trunk.hop[0])
            elif self._known.get(trunk.name) != hop:
                self._known[trunk.name] = hop
                changed.append(hop)
        return tuple(changed)


async def _next_hop(trunk: Trunk) -> NextHop | None:
    host, port = trunk.hop
    if _is_address(host):
        return NextHop(trunk.name, host, port)
    try:
        async with asyncio.timeout(_RESOLVE_TIMEOUT_S):
            found = await asyncio.get_running_loop().getaddrinfo(
                host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM
            )
    except (OSError, TimeoutError):
        return None
    return NextHop(trunk.name, host if trunk.transport is Transport.TLS else str(found[0][4][0]), port)


def _is_address(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True
