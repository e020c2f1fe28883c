"""The pages in the browser: who may come in, what every page shares, and the process that serves them.

A page is a route of a `Section`; `config/web/README.md` shows how to add one. What sections need is named here.
"""

from config.web.access import current_user, require
from config.web.pages import note, notify, redirect, render
from config.web.permissions import Permission, Role
from config.web.section import Section
from config.web.site import Site, site_of
from config.web.store import User

__all__ = [
    "Permission",
    "Role",
    "Section",
    "Site",
    "User",
    "current_user",
    "note",
    "notify",
    "redirect",
    "render",
    "require",
    "site_of",
]
