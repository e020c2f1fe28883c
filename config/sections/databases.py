"""URLs of databases, whose passwords come from the environment alone."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

URLS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("store", "url"): ("store", "password"),
    ("analytics", "database"): ("analytics", "password"),
}
"""Settings that hold one, and those of its password."""


def password_in(url: str) -> bool:
    """Return whether a URL itself carries a password."""
    return urlsplit(url).password is not None


def without_password(url: str) -> str:
    """Return a URL as it may be shown."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + host))


def with_password(url: str, password: str) -> str:
    """Return a URL with a password: never print or log it."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{quote(password, safe='')}@{host}"))
