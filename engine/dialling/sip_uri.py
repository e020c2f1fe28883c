"""The few SIP URIs that we dial, read strictly: what is not plainly right is wrong.

RFC 3261 section 19.1 allows far more (headers, passwords, any parameter, escapes). Each of these can smuggle a header
into an INVITE or another target past a rule, and dialling needs none of them.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

_URI = re.compile(
    r"(?P<scheme>sips?):"
    r"(?:(?P<user>[A-Za-z0-9+._*-]{1,64})@)?"
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[A-Za-z0-9.-]{1,253}))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<parameters>(?:;(?:transport=(?:udp|tcp|tls)|user=phone))*)",
    re.ASCII,
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class SipUri:
    """A parsed URI; ``host`` is an address or a name in lower case."""

    scheme: str
    user: str | None
    host: IPv4Address | IPv6Address | str
    port: int | None

    @property
    def loopback(self) -> bool:
        """Whether the host is in 127.0.0.0/8, ::1 or the name ``localhost``."""
        return self.host == "localhost" if isinstance(self.host, str) else self.host.is_loopback


def parse_sip_uri(text: str) -> SipUri:
    """Read ``sip:user@host:port;transport=tcp``; user, port and parameters may be missing.

    Raises:
        ValueError: the text is anything else: display name, white space, line break, password, header, other parameter,
            escape, an abbreviated address such as ``127.1``.
    """
    match = _URI.fullmatch(text)
    if match is None:
        raise ValueError("not of the form sip:user@host:port;transport=udp|tcp|tls")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 1 <= port <= 65535:
        raise ValueError(f"port {port} is not in 1..65535")
    parameters = [part.partition("=")[0] for part in match["parameters"].split(";")[1:]]
    if len(parameters) != len(set(parameters)):
        raise ValueError("a parameter is given twice")
    host = IPv6Address(match["v6"]) if match["v6"] else _host(match["host"])
    return SipUri(match["scheme"], match["user"], host, port)


def _host(text: str) -> IPv4Address | IPv6Address | str:
    labels = text.split(".")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        # Resolvers read 127.1, 0x7f.1 and 2130706433 as addresses; only four plain decimals are unmistakable.
        return ip_address(text)
    if not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(f"{text!r} is not a host name")
    return text.lower()
