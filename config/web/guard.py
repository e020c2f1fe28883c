"""The outermost layer: what is refused before a page sees it, and the headers that every answer carries.

Hosts that are not ours are refused, since a foreign name that points here (DNS rebinding) would turn a browser against
us; so is a body over its limit, and, behind a proxy, whoever comes past it.
"""

import logging
import secrets
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, ip_address

from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.sections import Web

_log = logging.getLogger(__name__)

FORM_BYTES = 2**20
"""Largest body that is no upload."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PeerGate:
    """Serves trusted proxies alone; goes before their headers are believed."""

    def __init__(self, app: ASGIApp, proxies: Sequence[IPv4Network]) -> None:
        self._app = app
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse with 403."""
        if scope["type"] != "lifespan" and not _is_among(scope.get("client"), self._proxies):
            await _refuse(scope, receive, send, 403, "This address serves its proxy alone.")
            return
        await self._app(scope, receive, send)


class Guard:
    """Checks host and size, adds headers, and answers for what went wrong unexpectedly."""

    def __init__(self, app: ASGIApp, settings: Web) -> None:
        self._app = app
        self._hosts = settings.known_hosts
        self._upload_bytes = settings.max_upload_mb * 2**20
        self._headers = _HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if settings.secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                answer = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    answer.setdefault(name, value)
                answer.setdefault("Cache-Control", "no-store")
            await send(message)

        if _host(headers.get("host", "")) not in self._hosts:
            text = "This host name is not served here. Add it to web.hosts in the settings if it is yours."
            await _refuse(scope, receive, with_headers, 421, text)
            return
        limit = self._upload_bytes if headers.get("content-type", "").startswith("multipart/") else FORM_BYTES
        try:
            await self._app(scope, _limited(receive, limit), with_headers)
        except Exception:
            incident = secrets.token_hex(4)
            _log.exception("%s %s failed, incident %s", scope.get("method", "WS"), scope["path"], incident)
            if started or scope["type"] == "websocket":
                raise
            text = f"Something went wrong here, and was written to the log as incident {incident}."
            await _refuse(scope, receive, with_headers, 500, text)


def _limited(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > limit:
                raise HTTPException(413, f"At most {limit / 2**20:.0f} MB are taken.")
        return message

    return counted


def _host(header: str) -> str:
    """Return the name of a Host header, without its port."""
    return header.lower().partition(":")[0].removesuffix(".")


def _is_among(client: tuple[str, int] | None, networks: Iterable[IPv4Network]) -> bool:
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return False
    return any(address in network for network in networks)


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": text[:120]})
        return
    await PlainTextResponse(text + "\n", status)(scope, receive, send)
