"""Calls that are over taken out of the database, with all that hangs on them; works beside a running engine."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.exc import SQLAlchemyError

from engine.calls import Direction
from engine.errors import StoreError
from engine.sealing import Keyring
from engine.sealing.columns import use_keys
from engine.store.archive import CallArchive
from engine.store.connection import connect, database_url, empty_wal, for_writing, write_anew
from engine.store.resealing import reseal
from engine.store.schema import call_events, calls, metadata, promises, turns

_PAGE = 1000
"""Calls that are read at a time."""

_TABLES = (calls, turns, call_events, promises)


@dataclass(frozen=True, slots=True)
class CallOver:
    """A call that is over, as far as its keeping goes."""

    call_id: str
    opened_at: datetime
    direction: Direction


class KeptCalls:
    """The stored calls as records to be kept, given out or erased. Blocking; any thread.

    Args:
        location: database URL, or path of an SQLite file.
        recordings: folder that recordings lie in.
        keys: that open what is sealed in it.

    Raises:
        StoreError: there is no such database, or its schema is not this program's.
    """

    def __init__(self, location: str | Path, *, recordings: Path, keys: Keyring | None = None) -> None:
        self.archive = CallArchive(location, recordings=recordings, keys=keys)
        self._engine = connect(database_url(location))
        use_keys(self._engine, keys)
        self._writer = for_writing(self._engine)

    def __enter__(self) -> "KeptCalls":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.archive.close()
        self._engine.dispose()

    def over(self) -> Iterator[CallOver]:
        """Yield all calls that are over, oldest first; others may be erased in between.

        Raises:
            StoreError: the database cannot be read.
        """
        query = select(calls.c.call_id, calls.c.opened_at, calls.c.direction).where(calls.c.closed_at.is_not(None))
        ordered = query.order_by(calls.c.opened_at, calls.c.call_id).limit(_PAGE)
        rows = list(self._read(ordered))
        while rows:
            yield from (CallOver(row["call_id"], row["opened_at"], Direction(row["direction"])) for row in rows)
            at, call_id = rows[-1]["opened_at"], rows[-1]["call_id"]
            behind = ordered.where(calls.c.opened_at >= at, (calls.c.opened_at > at) | (calls.c.call_id > call_id))
            rows = list(self._read(behind))

    def of(self, accounts: frozenset[str], numbers: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Return the ids of all calls about accounts, and of those with numbers that no account was found for.

        Raises:
            StoreError: the database cannot be read.
        """
        of_numbers = calls.c.remote.in_(numbers) & calls.c.account_id.is_(None)
        query = select(calls.c.call_id).where(calls.c.account_id.in_(accounts) | of_numbers)
        return tuple(row["call_id"] for row in self._read(query.order_by(calls.c.opened_at, calls.c.call_id)))

    def rows(self, call_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return every row about a call as it is stored, opened, by table.

        Raises:
            StoreError: the database cannot be read.
            SealBroken: what is sealed in it cannot be opened.
        """
        return {
            table.name: [dict(row) for row in self._read(select(table).where(table.c.call_id == call_id))]
            for table in _TABLES
        }

    def erase(self, call_id: str) -> None:
        """Delete a call with its turns, events and promise; one that is gone, or goes on, is left alone.

        Raises:
            StoreError: the database cannot be written.
        """
        try:
            with self._writer.begin() as connection:
                connection.execute(delete(calls).where(calls.c.call_id == call_id, calls.c.closed_at.is_not(None)))
        except SQLAlchemyError as error:
            raise StoreError(f"the database cannot be written: {error}") from error

    def empty_wal(self) -> None:
        """Take out of SQLite's log what was erased; while others read what was before, it waits for them.

        Raises:
            StoreError: the disk failed.
        """
        empty_wal(self._engine)

    def reseal(self) -> Iterator[int]:
        """Seal with the newest key what is in clear or under an older one; yield how many rows, page by page.

        Raises:
            StoreError: the database cannot be read or written.
            SealBroken: a value cannot be opened; the pages before it are done.
        """
        yield from reseal(self._engine, metadata)
        write_anew(self._engine)

    def _read(self, query: Select[Any]) -> list[Any]:
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(query).mappings())
        except SQLAlchemyError as error:
            raise StoreError(f"the database cannot be read: {error}") from error
