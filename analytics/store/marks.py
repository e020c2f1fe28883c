"""How far sources of contacts have been read."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from analytics.store.schema import marks


def read(connection: Connection, name: str) -> datetime | None:
    """Return how far a source was read, None where it never was."""
    return connection.execute(select(marks.c.at).where(marks.c.name == name)).scalar_one_or_none()


def move(connection: Connection, name: str, at: datetime) -> None:
    """Note how far a source was read."""
    connection.execute(delete(marks).where(marks.c.name == name))
    connection.execute(insert(marks), {"name": name, "at": at})
