"""What the pages are made of, put together once a process and found by every request."""

from dataclasses import dataclass, field
from typing import cast

from jinja2 import Environment
from starlette.requests import HTTPConnection

from config.sections import Web
from config.settings import Settings
from config.web.keys import Keys
from config.web.passwords import Passwords
from config.web.section import Section
from config.web.static import StaticUrls
from config.web.store import Attempts, Audit, Sessions, Users, WebDatabase
from engine.clock import Clock


@dataclass(frozen=True, slots=True)
class Site:
    """The pages' parts.

    Args:
        product: settings of the whole product, for sections that open more of it.
        settings: of the pages.
        sections: in the order of the navigation.
    """

    product: Settings = field(repr=False)
    settings: Web
    database: WebDatabase
    users: Users
    sessions: Sessions
    attempts: Attempts
    audit: Audit
    keys: Keys
    passwords: Passwords
    clock: Clock
    sections: tuple[Section, ...]
    templates: Environment = field(repr=False)
    static: StaticUrls = field(repr=False)


def site_of(connection: HTTPConnection) -> Site:
    """Return the site that a request or websocket came to."""
    return cast(Site, connection.app.state.site)
