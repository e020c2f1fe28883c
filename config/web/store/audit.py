"""The audit log: who did what, when and from where. Entries are added and read; the database refuses anything else."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from config.web.store.database import WebDatabase
from config.web.store.schema import audit

_MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something.

    Args:
        name: of the user, or of whoever was at the command line.
        user_id: None where nobody was signed in.
        address: of the browser, empty at the command line.
    """

    name: str
    user_id: int | None = None
    address: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log.

    Args:
        action: such as ``signed_in``, ``scenario.published``.
        subject: what it was done to.
        detail: what else is worth knowing; never a password, a name of a debtor or a number.
    """

    at: datetime
    actor: Actor
    action: str
    subject: str
    detail: str


class Audit:
    """Adds and reads."""

    def __init__(self, database: WebDatabase) -> None:
        self._database = database

    def note(self, at: datetime, actor: Actor, action: str, subject: str = "", detail: str = "") -> None:
        """Add an entry.

        Raises:
            StoreError: it cannot be written; what it was to record must not happen then.
        """
        with self._database.writing() as connection:
            note_in(connection, at, actor, action, subject, detail)

    def latest(self, limit: int = 200, *, before: int | None = None) -> tuple[tuple[int, AuditEntry], ...]:
        """Return the newest entries with their ids, newest first; ``before`` an id, for the next page."""
        query = select(audit).order_by(audit.c.entry_id.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.entry_id < before)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return tuple(
            (
                row.entry_id,
                AuditEntry(row.at, Actor(row.user_name, row.user_id, row.address), row.action, row.subject, row.detail),
            )
            for row in rows
        )


def note_in(
    connection: Connection, at: datetime, actor: Actor, action: str, subject: str = "", detail: str = ""
) -> None:
    """Add an entry in the transaction that does what it tells."""
    connection.execute(
        insert(audit),
        {
            "at": at,
            "user_id": actor.user_id,
            "user_name": actor.name,
            "address": actor.address,
            "action": action,
            "subject": subject[:_MAX_TEXT],
            "detail": detail[:_MAX_TEXT],
        },
    )
