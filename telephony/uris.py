"""SIP URIs in the narrow form that we send, and numbers read from what others send. Nothing here can carry a header."""

import re
from dataclasses import dataclass, replace

from engine.errors import TelephonyError

USER = re.compile(r"[A-Za-z0-9+*#._~!$&'()=,-]{1,64}")
"""User part without escapes, parameters or a password (RFC 3261 section 25.1 allows more)."""
HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
DISPLAY_NAME = re.compile(r"[\w .,'-]{0,64}")

_URI = re.compile(r"sip:(?:(?P<user>[^@]*)@)?(?P<host>[^:;?@]+)(?::(?P<port>\d{1,5}))?(?P<transport>;transport=udp)?")
_REMOTE_USER = re.compile(r"<?(?:sips?|tel):([^@;>?\s]+)")


@dataclass(frozen=True, slots=True)
class SipUri:
    """Where to send a request: ``sip:user@host:port``, over UDP if not over TLS; port 0 stands for none given."""

    user: str
    host: str
    port: int = 0
    tls: bool = False

    def __str__(self) -> str:
        """Return the URI as it is sent."""
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"sip:{user}{self.host}{port}" + (";transport=tls" if self.tls else "")

    def at(self, host: str) -> "SipUri":
        """Return the same user and port at another host."""
        return replace(self, host=host)


def parse_sip_uri(text: str) -> SipUri:
    """Read a URI that we are to send to.

    Raises:
        TelephonyError: not a plain ``sip:user@host:port``; the text is not repeated, since it may hold a number.
    """
    match = _URI.fullmatch(text)
    if match is None:
        raise TelephonyError("not a SIP URI of the form sip:user@host:port")
    user, host, port = match["user"] or "", match["host"], int(match["port"] or 0)
    if user and not USER.fullmatch(user):
        raise TelephonyError("the user part of the SIP URI has characters that are not allowed")
    if not HOST.fullmatch(host) or port > 65535:
        raise TelephonyError("the host or port of the SIP URI is not valid")
    return SipUri(user, host, port)


def remote_user(header: str) -> str:
    """Return the user part of a From or To value as the far end wrote it, ``anonymous`` where there is none."""
    match = _REMOTE_USER.search(header)
    return match[1] if match is not None and USER.fullmatch(match[1]) else "anonymous"
