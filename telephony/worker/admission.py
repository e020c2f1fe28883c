"""Which inbound calls are let in. No I/O."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Verdict(IntEnum):
    """What an INVITE gets, as its SIP status."""

    ADMITTED = 180
    FORBIDDEN = 403
    """From an address that is in no allowed network."""
    NOT_ACCEPTABLE = 488
    """Its SDP names a host instead of an address, or more media than the library has room for."""
    UNAVAILABLE = 503
    """No channel is free, or no new calls are taken; goes with Retry-After (RFC 3261 section 21.5.4)."""


@dataclass(frozen=True, slots=True)
class Admission:
    """The rules.

    Args:
        networks: addresses that may call.
    """

    networks: tuple[ipaddress.IPv4Network, ...]

    @classmethod
    def of(cls, cidrs: Iterable[str]) -> "Admission":
        """Read networks in CIDR notation."""
        return cls(tuple(ipaddress.IPv4Network(cidr) for cidr in cidrs))

    def verdict(self, source: str, *, free_channels: int, taking: bool) -> Verdict:
        """Judge an INVITE.

        Args:
            source: ``address:port`` that the packet came from.
            free_channels: how many more calls can be held.
            taking: whether new calls are taken.
        """
        if not self.knows(source):
            return Verdict.FORBIDDEN
        return Verdict.ADMITTED if free_channels > 0 and taking else Verdict.UNAVAILABLE

    def knows(self, source: str) -> bool:
        """Whether the address is in an allowed network; what is no IPv4 address is not."""
        try:
            address = ipaddress.IPv4Address(source.rpartition(":")[0])
        except ValueError:
            return False
        return any(address in network for network in self.networks)
