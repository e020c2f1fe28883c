"""Who is asking, what they may do, and whether the request came from our own pages.

`check_request` guards every route of the site, forms and websockets alike; `current_user` and `require` are for routes
that not everybody may use. All of it is read from the session on the server, never from what the browser says.
"""

import hmac
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request, WebSocketException, status
from starlette.requests import HTTPConnection

from config.web.permissions import Permission
from config.web.site import Site, site_of
from config.web.store import Actor, Session, Stage, User

TOKEN_FIELD = "csrf"
TOKEN_HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignInNeeded(Exception):
    """Nobody is signed in, or the session has expired; the browser is sent to sign in and back."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is behind a request.

    Args:
        token: of the session, or of a visit by nobody, which forms are bound to.
        session: live, whichever its stage.
        user: signed in, with all factors.
        halfway: gave the password, and not the code yet.
        fresh: the token is new to the browser, and must be set as its cookie.
    """

    token: str
    session: Session | None = None
    user: User | None = None
    halfway: User | None = None
    fresh: bool = False


def session_cookie(site: Site) -> str:
    """Return the cookie's name; with __Host- no other host of the domain can plant one (RFC 6265bis)."""
    return "__Host-voicebot-session" if site.settings.secure else "voicebot-session"


def visit_cookie(site: Site) -> str:
    """Return the name of the cookie that forms of people not signed in are bound to."""
    return "__Host-voicebot-visit" if site.settings.secure else "voicebot-visit"


def address_of(connection: HTTPConnection) -> str:
    """Return where the browser is, behind a proxy too."""
    return connection.client.host if connection.client else ""


def visitor_of(connection: HTTPConnection) -> Visitor:
    """Return who is asking; looked up once a request. Blocks for the database."""
    known = getattr(connection.state, "visitor", None)
    if isinstance(known, Visitor):
        return known
    visitor = _look_up(connection)
    connection.state.visitor = visitor
    return visitor


def _look_up(connection: HTTPConnection) -> Visitor:
    site = site_of(connection)
    token = connection.cookies.get(session_cookie(site), "")
    session = site.sessions.find(token, site.clock.now()) if token else None
    user = site.users.by_id(session.user_id) if session is not None else None
    if session is not None and user is not None and not user.disabled:
        if session.stage is Stage.FULL:
            return Visitor(token, session, user=user)
        return Visitor(token, session, halfway=user)
    visit = connection.cookies.get(visit_cookie(site), "")
    return Visitor(visit) if visit else Visitor(secrets.token_urlsafe(32), fresh=True)


def current_user(connection: HTTPConnection) -> User:
    """Return who is signed in; a dependency of routes, and of websockets.

    Raises:
        SignInNeeded: nobody is.
        WebSocketException: the same for a websocket.
    """
    user = visitor_of(connection).user
    if user is None:
        if connection.scope["type"] == "websocket":
            raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "sign in first")
        raise SignInNeeded
    return user


CurrentUser = Annotated[User, Depends(current_user)]


def require(permission: Permission | None) -> Callable[[HTTPConnection], User]:
    """Return a dependency that lets in whom a role allows this, and returns the user."""

    def allowed(connection: HTTPConnection) -> User:
        user = current_user(connection)
        if not user.may(permission):
            if connection.scope["type"] == "websocket":
                raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "not allowed")
            raise HTTPException(status.HTTP_403_FORBIDDEN, f"None of your roles allows {permission}.")
        return user

    return allowed


def actor_of(connection: HTTPConnection) -> Actor:
    """Return who is asking, as the audit log names them."""
    user = visitor_of(connection).user
    return Actor(user.name if user else "", user.user_id if user else None, address_of(connection))


def request_token(connection: HTTPConnection) -> str:
    """Return what forms of this page must carry."""
    return site_of(connection).keys.request_token(visitor_of(connection).token)


async def check_request(
    connection: HTTPConnection, visitor: Annotated[Visitor, Depends(visitor_of)]
) -> AsyncIterator[None]:
    """Refuse what a foreign page made the browser send: by its Origin, and by the token that our forms carry.

    Raises:
        HTTPException: 403.
        WebSocketException: the same for a websocket, which has no token but always an Origin in a browser.
    """
    if isinstance(connection, Request):
        try:
            if connection.method not in _SAFE:
                await _check_unsafe(connection, visitor)
            yield
        finally:
            await connection.close()  # the form's files, where the route itself took none
    elif own_origin(connection, needed=True):
        yield
    else:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "foreign origin")


async def _check_unsafe(request: Request, visitor: Visitor) -> None:
    if not own_origin(request):
        raise HTTPException(status.HTTP_403_FORBIDDEN, "The request came from another site's page.")
    given = request.headers.get(TOKEN_HEADER)
    if visitor.user is None and request.headers.get("content-type", "").startswith("multipart/"):
        raise SignInNeeded  # before the upload is read: nobody has one to make who is not signed in
    if given is None and request.headers.get("content-type", "").startswith(_FORMS):
        field = (await request.form()).get(TOKEN_FIELD)
        given = field if isinstance(field, str) else None
    expected = site_of(request).keys.request_token(visitor.token)
    if given is None or not hmac.compare_digest(given.encode(), expected.encode()):
        if visitor.user is None and not request.url.path.startswith("/login"):
            raise SignInNeeded
        raise HTTPException(
            status.HTTP_403_FORBIDDEN, "The form is out of date: go back, load its page again, and send it once more."
        )


def own_origin(connection: HTTPConnection, *, needed: bool = False) -> bool:
    """Return whether the page that sent a request is ours: its Origin has our scheme, host and port.

    Args:
        connection: the request.
        needed: whether an absent header counts as foreign. Browsers send it with every websocket and unsafe request.
    """
    origin = connection.headers.get("origin")
    if origin is None:
        return not needed
    scheme = {"ws": "http", "wss": "https"}.get(connection.url.scheme, connection.url.scheme)
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc.lower()) == (scheme, connection.headers.get("host", "").lower())
