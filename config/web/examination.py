"""What `voicebot doctor` finds of the pages: where they are served, how they are protected, and who may sign in."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from sqlalchemy import inspect, select
from sqlalchemy.exc import SQLAlchemyError

from config.findings import Finding, Status
from config.sections import Web
from config.settings import Settings
from config.web.permissions import Role
from config.web.server import AddressTaken, listening
from config.web.store.schema import user_roles, users
from engine.errors import ConfigurationError, SettingsError, StoreError
from engine.store.connection import connect, database_url

_RENEW = timedelta(days=21)
"""Before a certificate's end, when it should have been renewed by any automatic means."""


def examine_pages(settings: Settings) -> Iterator[Finding]:
    """Look at the pages without serving or changing anything; calls go on without them, so nothing here is required."""
    web = settings.web
    if not web.enabled:
        yield Finding("web.address", "off: web.enabled")
        return
    yield _address(web)
    if web.tls:
        yield _certificate(web)
    else:
        proxies = ", ".join(map(str, web.behind_proxy))
        yield Finding("web.protection", f"TLS ends at {proxies}" if proxies else "seen by this machine alone")
    yield _people(settings)


def _address(web: Web) -> Finding:
    place = f"{web.address}:{web.port}"
    try:
        listening(web).close()
    except AddressTaken:
        mend = "in use, by a voicebot that runs or by another program: then change web.port"
    except SettingsError as error:
        mend = str(error)
    else:
        return Finding("web.address", place)
    return Finding("web.address", place, Status.WARNING, mend)


def _certificate(web: Web) -> Finding:
    assert web.tls_certificate is not None
    assert web.tls_key is not None
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(web.tls_certificate, web.tls_key)
        end = x509.load_pem_x509_certificate(web.tls_certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        mend = f"cannot be used, so the pages stay off: {error}: set web.tls_certificate and web.tls_key"
        return Finding("web.protection", None, Status.WARNING, mend)
    ends_soon = end < datetime.now(UTC) + _RENEW
    mend = f"renew {web.tls_certificate}, and start the pages again" if ends_soon else ""
    return Finding("web.protection", f"TLS, until {end:%Y-%m-%d}", Status.WARNING if ends_soon else Status.OK, mend)


def _people(settings: Settings) -> Finding:
    try:
        roles = _roles(settings.web_database_url)
    except (SQLAlchemyError, StoreError, ConfigurationError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        return Finding("web.users", None, Status.WARNING, f"{reason}: restore a backup, or change store.url")
    if not roles:
        mend = "nobody can sign in: voicebot users add NAME --role designer, and one with --role approver"
        return Finding("web.users", 0, Status.WARNING, mend)
    having = {role: {name for name, theirs in roles.items() if role in theirs} for role in Role}
    shown = ", ".join(f"{len(names)} {role}" for role, names in having.items() if names)
    mend = ""
    for role in (Role.DESIGNER, Role.APPROVER):
        if not having[role]:
            mend = f"no {role} is among them: voicebot users add NAME --role {role}"
    if not mend and len(having[Role.DESIGNER] | having[Role.APPROVER]) < 2:
        mend = "it takes a second person to approve: voicebot users add NAME --role approver"
    return Finding("web.users", f"{len(roles)}: {shown}", Status.WARNING if mend else Status.OK, mend)


def _roles(location: str) -> dict[str, set[str]]:
    """Return the roles of everybody who may sign in; a database that is not there yet is not made.

    Raises:
        ConfigurationError: the driver is missing.
        SQLAlchemyError: the database does not answer.
        StoreError: it cannot be opened.
    """
    url = database_url(location)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return {}
    engine = connect(url)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(users.name):
                return {}
            found = connection.execute(
                select(users.c.name, user_roles.c.role).join(user_roles, isouter=True).where(~users.c.disabled)
            )
            roles: dict[str, set[str]] = {}
            for name, role in found:
                roles.setdefault(name, set()).add(role)
            return roles
    finally:
        engine.dispose()
