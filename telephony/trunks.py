"""Trunks: what a bank's or an operator's SIP trunk wants of us, and what it grants."""

import ipaddress
import math
import re
from dataclasses import dataclass, field
from enum import StrEnum

from engine.errors import SettingsError
from telephony.uris import DISPLAY_NAME, HOST, USER, SipUri

TRUNK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PREFIX = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", re.ASCII)
_LONGEST_NUMBER = "9" * 15


class Transport(StrEnum):
    """How SIP travels."""

    UDP = "udp"
    TLS = "tls"


class Srtp(StrEnum):
    """Whether media is encrypted, with keys from SDP (RFC 4568)."""

    OFF = "off"
    OPTIONAL = "optional"
    """Offered and taken, but a plain call is held as well."""
    REQUIRED = "required"
    """A plain offer gets 488."""


class KeyTones(StrEnum):
    """How keys that we press are sent."""

    AUTO = "auto"
    """As events in RTP where both ends agreed on them, else as INFO."""
    RFC4733 = "rfc4733"
    INFO = "info"
    """SIP INFO with ``application/dtmf-relay``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """One trunk.

    Args:
        name: ours for it, in logs, refusals and the variable with its password.
        host: host name or IPv4 address; the host of each Request-URI.
        port: 0 stands for the transport's own, 5060 or 5061.
        number_format: user part to dial; ``{number}`` stands for the E.164 digits.
        priority: lower ones are tried first; among equals the one with the most room.
        transport: UDP or TLS.
        srtp: see `Srtp`.
        srtp_in_clear: admits SRTP over UDP, whose keys everyone on the way can read.
        outbound_proxy: ``host`` or ``host:port`` to which everything for this trunk is sent instead of its host.
        registration: whether we register there.
        registrar: domain to register at; empty: the host. The REGISTER takes the way of the calls.
        expires_s: how long a registration is asked for.
        user: for digest authentication, and the user that is registered.
        password: for it.
        realm: the only one in which we answer a challenge; ``*`` for whatever the trunk names.
        caller_ids: our numbers, taken in turn; none: the one of `SipSettings`.
        display_name: our name in From; empty: the one of `SipSettings`.
        from_domain: host part of From; empty: as in `SipSettings`.
        asserted_identity: whether the number goes into P-Asserted-Identity as well (RFC 3325).
        anonymous: whether From hides the number, which then is in P-Asserted-Identity alone (RFC 3323).
        channels: calls at once, both ways, at most; None: only the limit of all.
        max_per_second: dials a second, at most; None: only the limit of all.
        prefixes: E.164 prefixes that it takes; none: all numbers.
        probe_s: seconds between two OPTIONS; 0 for none.
        latch: RTP may come from another address than SDP says, which is latched to once (NAT).
        peers: networks whose inbound calls belong to this trunk, as CIDR.
        refer: whether it takes REFER; otherwise transfers are bridged.
        key_tones: see `KeyTones`.

    Raises:
        SettingsError: a value cannot be used; the message names it and the mend.
    """

    name: str
    host: str
    port: int = 0
    number_format: str = "{number}"
    priority: int = 10
    transport: Transport = Transport.UDP
    srtp: Srtp = Srtp.OFF
    srtp_in_clear: bool = False
    outbound_proxy: str = ""
    registration: bool = False
    registrar: str = ""
    expires_s: int = 300
    user: str = ""
    password: str = field(default="", repr=False)
    realm: str = "*"
    caller_ids: tuple[str, ...] = ()
    display_name: str = ""
    from_domain: str = ""
    asserted_identity: bool = False
    anonymous: bool = False
    channels: int | None = None
    max_per_second: float | None = None
    prefixes: tuple[str, ...] = ()
    probe_s: float = 30.0
    latch: bool = False
    peers: tuple[str, ...] = ()
    refer: bool = True
    key_tones: KeyTones = KeyTones.AUTO

    def __post_init__(self) -> None:
        self._check(bool(TRUNK_NAME.fullmatch(self.name)), "name", "1 to 32 letters, digits, - and _")
        self._check(_is_host(self.host), "host", "a host name or an IPv4 address")
        self._check(0 <= self.port <= 65535, "port", "0 (5060, or 5061 over TLS) or a port")
        user = self.number_format.replace("{number}", _LONGEST_NUMBER)
        self._check(
            self.number_format.count("{number}") == 1 and bool(USER.fullmatch(user)),
            "number_format",
            'the user part to dial, with {number} once, such as "+{number}"',
        )
        self._check(
            self.srtp is Srtp.OFF or self.transport is Transport.TLS or self.srtp_in_clear,
            "srtp",
            'off without transport = "tls": its keys are in the signalling, for everyone on the way to read '
            "(srtp_in_clear = true admits that)",
        )
        self._check(not self.outbound_proxy or _is_hop(self.outbound_proxy), "outbound_proxy", "host or host:port")
        for name in ("registrar", "from_domain"):
            value = getattr(self, name)
            self._check(not value or _is_host(value), name, "a host name or an IPv4 address")
        self._check(not self.user or bool(USER.fullmatch(self.user)), "user", "the user part of a SIP URI")
        self._check(bool(self.user) or not self.registration, "user", "set where registration is")
        self._check(self.realm.isprintable() and '"' not in self.realm, "realm", "plain text, * for any")
        self._check(60 <= self.expires_s <= 86400, "expires_s", "60 to 86400 s")
        self._check(all(map(USER.fullmatch, self.caller_ids)), "caller_ids", "digits, or user parts of SIP URIs")
        self._check(bool(DISPLAY_NAME.fullmatch(self.display_name)), "display_name", "letters, digits, spaces and .,'-")
        self._check(self.channels is None or self.channels >= 1, "channels", "at least 1")
        rate = self.max_per_second
        self._check(rate is None or 0 < rate < math.inf, "max_per_second", "more than 0")
        self._check(all(map(_PREFIX.fullmatch, self.prefixes)), "prefixes", "E.164 digits, such as 7701")
        self._check(self.probe_s == 0 or self.probe_s >= 1, "probe_s", "0 (none) or at least 1 s")
        for network in self.peers:
            try:
                ipaddress.IPv4Network(network)
            except ValueError as error:
                raise SettingsError(f"trunk {self.name}: peers: {network!r} is no IPv4 network ({error})") from None

    @property
    def hop(self) -> tuple[str, int]:
        """Host and port to which everything for this trunk is sent; port 0 stands for the transport's own."""
        if not self.outbound_proxy:
            return self.host, self.port
        host, _, port = self.outbound_proxy.partition(":")
        return host, int(port or 0)

    def uri(self, digits: str) -> SipUri:
        """Return the Request-URI for a number in E.164 digits."""
        user = self.number_format.replace("{number}", digits)
        return SipUri(user, self.host, self.port, tls=self.transport is Transport.TLS)

    def takes(self, digits: str) -> bool:
        """Whether numbers of that prefix may go here."""
        return not self.prefixes or digits.startswith(self.prefixes)

    def owns(self, address: str) -> bool:
        """Whether an inbound call from that IPv4 address belongs to this trunk."""
        try:
            known = ipaddress.IPv4Address(address)
        except ValueError:
            return False
        return any(known in ipaddress.IPv4Network(network) for network in self.peers)

    def _check(self, good: object, name: str, wanted: str) -> None:
        if not good:
            raise SettingsError(f"trunk {self.name}: {name} must be {wanted}")


def trunk_of(trunks: tuple[Trunk, ...], address: str) -> Trunk | None:
    """Return the first trunk that an inbound call from an IPv4 address belongs to."""
    return next((trunk for trunk in trunks if trunk.owns(address)), None)


def _is_host(text: str) -> bool:
    if text.rpartition(".")[2].isdecimal():  # resolvers read 127.1 and 2130706433 as addresses too
        return bool(_ADDRESS.fullmatch(text)) and all(int(part) < 256 for part in text.split("."))
    return bool(HOST.fullmatch(text))


def _is_hop(text: str) -> bool:
    host, colon, port = text.partition(":")
    return _is_host(host) and (not colon or (port.isascii() and port.isdigit() and 0 < int(port) <= 65535))
