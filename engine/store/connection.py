"""Connections to the database: SQLite in a file as we need it, PostgreSQL by URL."""

import errno
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError

from engine.errors import ConfigurationError, SettingsError, StoreError

BUSY_TIMEOUT_MS = 5000
"""How long SQLite waits for another process's lock before it gives up; our own transactions take milliseconds."""

_WAL_LIMIT_BYTES = 64 * 2**20


def database_url(location: str | Path, password: str | None = None, *, setting: str = "store.url") -> URL:
    """Return the URL of a database, given as a URL or as the path of an SQLite file.

    Args:
        location: URL or path.
        password: where the URL has none.
        setting: that it comes from, for messages.

    Raises:
        SettingsError: it is no such URL; the message shows no password.
    """
    if isinstance(location, Path) or "://" not in location:
        return URL.create("sqlite", database=str(Path(location).absolute()))
    try:
        url = make_url(location)
    except ArgumentError:
        example = "postgresql+psycopg://user@host/name"
        raise SettingsError(f'{setting} is not a database URL, such as "{example}"') from None
    backend = url.get_backend_name()
    if backend == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
        return url if password is None else url.set(password=password)
    if backend != "sqlite":
        raise SettingsError(f"{setting}: {backend} is not supported; use SQLite or PostgreSQL")
    if url.database in (None, "", ":memory:"):
        raise SettingsError(
            f"{setting}: what is stored must outlive the process; give SQLite a file, such as sqlite:////path/calls.db"
        )
    return url.set(drivername="sqlite")


def connect(url: URL, *, foreign_keys: bool = True) -> Engine:
    """Return an engine; an SQLite file and its folder are made, for the owner alone.

    SQLite runs in WAL mode, so that readers and the writer never wait for each other, and with ``synchronous=FULL``: in
    WAL mode that is one fsync a commit, which group commit shares between calls, and without it a power cut would take
    back calls whose end was reported as stored. ``foreign_keys=False`` is for migrations, which rebuild tables.

    Raises:
        ConfigurationError: the PostgreSQL driver is not installed.
        StoreError: the file cannot be made.
    """
    if url.get_backend_name() == "sqlite":
        return _connect_sqlite(url, foreign_keys=foreign_keys)
    try:
        return create_engine(
            url,
            json_serializer=_json,
            connect_args={"options": "-c timezone=UTC", "connect_timeout": 5},
            pool_pre_ping=True,
            hide_parameters=True,
        )
    except ModuleNotFoundError:
        raise ConfigurationError(
            "the settings name PostgreSQL, whose driver is missing: pip install 'collection-voicebot[postgresql]'"
        ) from None


def _connect_sqlite(url: URL, *, foreign_keys: bool) -> Engine:
    path = Path(str(url.database))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_private(path)
    except OSError as error:
        raise StoreError(f"{path}: the database cannot be opened: {error.strerror}") from error
    engine = create_engine(
        url,
        json_serializer=_json,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: Any) -> None:
        # The driver's own transactions leave DDL outside of them; with this, BEGIN is ours (see `begin`).
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        # From the first row on: what a page's division leaves behind would outlive a deletion.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA foreign_keys={int(foreign_keys)}")
        cursor.execute(f"PRAGMA journal_size_limit={_WAL_LIMIT_BYTES}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_private(path: Path) -> None:
    """Make a file that SQLite would itself make readable for everyone, and its log with it.

    One that is there is not even opened: closing it would let go of all locks that this process has on it, and the
    next program to close the database would delete the log that is still written to, with the latest calls.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None
        if not os.access(path, os.R_OK | os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None


def for_writing(engine: Engine) -> Engine:
    """Return the engine with transactions that take the write lock at their beginning, not halfway."""
    return engine.execution_options(writes=True)


def empty_wal(engine: Engine) -> None:
    """Take out of SQLite's log what was deleted or replaced; while others read what was before, it waits for them.

    Raises:
        StoreError: the disk failed.
    """
    _outside_transactions(engine, "PRAGMA wal_checkpoint(TRUNCATE)")


def write_anew(engine: Engine) -> None:
    """Write SQLite's file anew, without the remains of what was ever replaced in it; its writers wait meanwhile.

    Raises:
        StoreError: others did not let it, or the disk is full.
    """
    _outside_transactions(engine, "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")


def _outside_transactions(engine: Engine, *statements: str) -> None:
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
    except sqlite3.Error as error:
        raise StoreError(f"{engine.url.database}: remains of what was deleted stay in the file: {error}") from error
    finally:
        connection.close()


def _json(value: object) -> str:
    """Return JSON in which Cyrillic stays readable, and takes half the room of escapes."""
    return json.dumps(value, ensure_ascii=False).encode(errors="replace").decode()
