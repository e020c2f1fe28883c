"""The database of the pages: one transaction at a time for whoever asks, from any thread and several processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from config.web.store.migrations import SCRIPTS
from engine.errors import StoreError
from engine.store.connection import connect, database_url, for_writing
from engine.store.migrations import upgrade

_LOCK_KEY = 0x77656277
"""Of PostgreSQL's advisory lock: writers wait for each other, so that what one has read still holds when it writes."""


class WebDatabase:
    """Short transactions; opening brings the schema up to date.

    Args:
        location: database URL with its password, or path of an SQLite file, which is made for its owner alone.

    Raises:
        StoreError: it cannot be opened, or is newer than the program.
    """

    def __init__(self, location: str | Path) -> None:
        url = database_url(location)
        upgrade(url, scripts=SCRIPTS)
        self._engine = connect(url)
        self._writer = for_writing(self._engine)

    def __enter__(self) -> "WebDatabase":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection whose reads belong together.

        Raises:
            StoreError: the database cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                yield connection
        except DBAPIError as error:
            raise StoreError(f"the database of the pages cannot be read: {error.orig}") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that holds the write lock; what was done is kept unless an exception leaves the block.

        Raises:
            StoreError: the database cannot be written.
        """
        try:
            with self._writer.begin() as connection:
                if connection.dialect.name == "postgresql":  # SQLite has one writer by itself
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")
                yield connection
        except DBAPIError as error:
            raise StoreError(f"the database of the pages cannot be written: {error.orig}") from error

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
