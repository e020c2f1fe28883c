"""A database that several processes write, in short transactions of whoever asks; from any thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from engine.errors import StoreError
from engine.store.connection import connect, database_url, empty_wal, for_writing
from engine.store.migrations import upgrade


class SharedDatabase:
    """Short transactions; opening brings the schema up to date.

    Args:
        location: database URL with its password, or path of an SQLite file, which is made for its owner alone.

    Raises:
        SettingsError: the location is no database URL.
        StoreError: it cannot be opened, or is newer than the program.
    """

    scripts: ClassVar[Path]
    """Folder of the migrations."""

    name: ClassVar[str]
    """For messages."""

    setting: ClassVar[str] = "store.url"
    """That the location comes from."""

    writers_lock: ClassVar[int | None] = None
    """Key of PostgreSQL's advisory lock where writers wait for each other; SQLite has one writer by itself."""

    def __init__(self, location: str | Path) -> None:
        url = database_url(location, setting=self.setting)
        upgrade(url, scripts=self.scripts)
        self._engine = connect(url)
        self._writer = for_writing(self._engine)

    def __enter__(self) -> Self:
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
            raise StoreError(f"{self.name} cannot be read: {error.orig}") from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection that writes; what was done is kept unless an exception leaves the block.

        Raises:
            StoreError: the database cannot be written.
        """
        try:
            with self._writer.begin() as connection:
                if self.writers_lock is not None and connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({self.writers_lock})")
                yield connection
        except DBAPIError as error:
            raise StoreError(f"{self.name} cannot be written: {error.orig}") from error

    def empty_wal(self) -> None:
        """Take out of SQLite's log what was deleted or replaced; while others read what was before, it waits for them.

        Raises:
            StoreError: the disk failed.
        """
        empty_wal(self._engine)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()
