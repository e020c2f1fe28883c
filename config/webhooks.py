"""Webhooks: signed JSON to allowed public https addresses, and nowhere else.

A name is resolved once, every address that it has must be public, and the connection goes to the address that was
looked at: a name that means something else a moment later changes nothing. Redirections are not followed. The signature
is that of the Standard Webhooks specification: HMAC-SHA256 of id, time and body, in the header ``webhook-signature``.
"""

import base64
import hmac
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPException, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from threading import Timer
from typing import Final
from urllib.parse import urlsplit

from config.errands import Address, parse_address

TIMEOUT_S: Final = 10.0
"""Of connecting, and of each wait for the answer, of which the status alone is read."""

WHOLE_S: Final = 30.0
"""Of all of it: one that trickles must not hold up the others."""

_GONE: Final = 410
_EMBEDDING: Final = IPv6Network("64:ff9b::/96")
"""Of NAT64: behind it lies an IPv4 address of anybody's network."""

Resolve = Callable[[str, int], Iterable[str]]


class WebhookError(Exception):
    """It was not delivered; the message says why, without any data.

    Args:
        reason: why.
        for_good: trying again cannot help.
    """

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


def resolved(host: str, port: int) -> list[str]:
    """Return all addresses that a name has now."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address is one of the public internet: not internal, loopback, link-local, a cloud's metadata."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if ip.sixtofour is not None or ip.teredo is not None:
            return False
        if ip in _EMBEDDING:
            return is_public(str(IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


def signature(secret: bytes, message_id: str, sent_at_s: int, body: bytes) -> str:
    """Return what proves who sent a body and when.

    Args:
        secret: shared with the receiver.
        message_id: the same with each attempt.
        sent_at_s: seconds since 1970.
        body: as it is sent.
    """
    signed = f"{message_id}.{sent_at_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, sha256).digest()).decode()


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers webhooks.

    Args:
        allowed: addresses that a URL may begin with; all of them https.
        secret: that bodies are signed with.
        context: whose certificates are trusted.
        resolve: names to addresses.
        admits: whether an address may be connected to.
    """

    allowed: tuple[Address, ...]
    secret: bytes
    context: ssl.SSLContext
    resolve: Resolve = resolved
    admits: Callable[[str], bool] = is_public

    def refusal(self, url: str) -> str | None:
        """Return why a URL is never told anything, or None where it may be."""
        try:
            address = parse_address(url)
        except ValueError as error:
            return str(error)
        if address.scheme != "https":
            return "only https is told anything"
        if not url.isascii():
            return "write the address in Latin letters, others percent-encoded"
        if not any(one.admits(address) for one in self.allowed):
            return f"https://{address.host} is not allowed; add it to alerts.allow"
        return None

    def deliver(self, url: str, message_id: str, body: bytes, sent_at_s: int) -> None:
        """Deliver a body; return when the receiver has said that it has it.

        Args:
            url: that is told.
            message_id: the same with each attempt.
            body: JSON.
            sent_at_s: seconds since 1970.

        Raises:
            WebhookError: it was not, or not surely, delivered.
        """
        if (refusal := self.refusal(url)) is not None:
            raise WebhookError(refusal, for_good=True)
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        address = parse_address(url)
        connection = _Pinned(address.host, address.port, self._looked_at(address), self.context)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": message_id,
            "webhook-timestamp": str(sent_at_s),
            "webhook-signature": signature(self.secret, message_id, sent_at_s, body),
        }
        try:
            with connection.for_at_most(WHOLE_S):
                connection.request("POST", target, body, headers)
                status = connection.getresponse().status
        except ssl.SSLCertVerificationError as error:
            raise WebhookError(f"its certificate is not trusted ({error.verify_message})") from None
        except HTTPException as error:
            raise WebhookError(f"does not speak HTTP ({type(error).__name__})") from None
        except OSError as error:
            raise WebhookError(f"cannot be reached ({type(error).__name__})") from None
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise WebhookError(f"answered {status}", for_good=status == _GONE)

    def _looked_at(self, address: Address) -> str:
        """Return the IP address that is connected to."""
        try:
            found = list(self.resolve(address.host, address.port))
        except OSError:
            found = []
        if not found:
            raise WebhookError(f"{address.host} has no address")
        if not all(map(self.admits, found)):
            raise WebhookError(f"{address.host} is an internal address; only public ones are told anything")
        return found[0]


class _Pinned(HTTPSConnection):
    """Connects to an address that was looked at before; certificate and Host are still the name's."""

    def __init__(self, host: str, port: int, ip: str, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S, context=context)
        self._ip = ip
        self._trusts = context

    def connect(self) -> None:
        plain = socket.create_connection((self._ip, self.port), self.timeout)
        try:
            self.sock = self._trusts.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    @contextmanager
    def for_at_most(self, seconds: float) -> Iterator[None]:
        """Cut the connection when the time is over; who reads from it then sees its end."""
        over = Timer(seconds, self._cut)
        over.daemon = True
        over.start()
        try:
            yield
        finally:
            over.cancel()

    def _cut(self) -> None:
        with suppress(OSError):
            if self.sock is not None:
                self.sock.shutdown(socket.SHUT_RDWR)
