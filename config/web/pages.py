"""What a route answers with: a rendered template, a redirect, a message for the next page."""

from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from config.web.access import TOKEN_FIELD, actor_of, request_token, visit_cookie, visitor_of
from config.web.section import Section
from config.web.site import Site, site_of
from config.web.store import Notice

_URL = ":/%#?=@[]!$&'()*+,;"
"""What stands in a URL as it is; all else, line ends above all, is no matter for a header."""


def environment(sections: tuple[Section, ...]) -> Environment:
    """Return where templates are found: our own by their name, those of a section below the section's name."""
    own = FileSystemLoader(Path(str(files(__package__))) / "templates")
    theirs = PrefixLoader({section.name: FileSystemLoader(section.folder / "templates") for section in sections})
    return Environment(
        loader=ChoiceLoader([own, theirs]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(request: HTTPConnection, template: str, *, status_code: int = 200, **context: Any) -> HTMLResponse:
    """Return a page, or a part of one for htmx. Blocks for the database: call it in a ``def`` route.

    Beside the context a template has ``user`` (None where nobody is signed in), ``may(permission)``, ``csrf`` and
    ``csrf_field`` for forms, ``static(name)`` for URLs, ``path``, and what the navigation needs.
    """
    site, visitor = site_of(request), visitor_of(request)
    token = request_token(request)
    own = {
        "user": visitor.user,
        "may": lambda permission: visitor.user is not None and visitor.user.may(permission),
        "csrf": token,
        "csrf_field": Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN_FIELD, token),
        "static": site.static,
        "path": request.url.path,
        "sections": [one for one in site.sections if visitor.user is not None and visitor.user.may(one.permission)],
        "take_notices": lambda: _take_notices(request),
    }
    page = site.templates.get_template(template).render(own | context)
    response = HTMLResponse(page, status_code)
    if visitor.fresh:
        set_cookie(site, response, visit_cookie(site), visitor.token)
    return response


def redirect(request: Request, path: str) -> Response:
    """Send the browser to another of our pages, whether it asked itself or htmx did."""
    if request.headers.get("HX-Request") == "true":
        return Response(headers={"HX-Redirect": quote(path, safe=_URL)})
    return RedirectResponse(path, status_code=303)


def notify(request: HTTPConnection, text: str, *, kind: str = "done") -> None:
    """Show a message on the next page of this session; ``kind`` is ``done`` or ``failed``."""
    session = visitor_of(request).session
    if session is not None:
        site_of(request).sessions.notify(session.token_hash, Notice(kind, text))


def note(request: HTTPConnection, action: str, subject: str = "", detail: str = "") -> None:
    """Add an entry to the audit log, of the user who is asking.

    Args:
        request: whose.
        action: such as ``scenario.published``.
        subject: what it was done to.
        detail: what else is worth knowing; no personal data.
    """
    site = site_of(request)
    site.audit.note(site.clock.now(), actor_of(request), action, subject, detail)


def set_cookie(site: Site, response: Response, name: str, value: str) -> None:
    """Set a cookie for as long as the browser runs; what it means ends earlier, on the server."""
    response.set_cookie(name, value, path="/", secure=site.settings.secure, httponly=True, samesite="lax")


def drop_cookie(site: Site, response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(name, path="/", secure=site.settings.secure, httponly=True, samesite="lax")


def own_path(text: str) -> str:
    """Return the path if it is one of this site, else ``/``: nobody is sent elsewhere after signing in."""
    parts = urlsplit(text)
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if plain and not parts.scheme and not parts.netloc else "/"


def _take_notices(request: HTTPConnection) -> tuple[Notice, ...]:
    session = visitor_of(request).session
    if session is None or not session.notices:
        return ()
    site_of(request).sessions.notices_shown(session.token_hash)
    return session.notices
