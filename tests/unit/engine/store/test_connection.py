"""Where the database is, and how SQLite is set up."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.errors import SettingsError, StoreError
from engine.store import CallArchive, CallDatabase
from engine.store.connection import connect, database_url


@pytest.mark.parametrize(
    ("location", "password", "expected"),
    [
        (Path("/data/calls.db"), None, "sqlite:////data/calls.db"),
        ("/data/calls.db", None, "sqlite:////data/calls.db"),
        ("sqlite:////data/calls.db", None, "sqlite:////data/calls.db"),
        ("postgresql://bot@db.example/calls", None, "postgresql+psycopg://bot@db.example/calls"),
        ("postgresql+psycopg://bot@db.example/calls", "p@ss", "postgresql+psycopg://bot:p%40ss@db.example/calls"),
    ],
)
def test_a_path_or_a_url_names_the_database(location: str | Path, password: str | None, expected: str) -> None:
    """A path means SQLite; a PostgreSQL URL gets our driver, and the password from elsewhere."""
    assert database_url(location, password).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize("location", ["sqlite://", "sqlite:///:memory:", "mysql://bot@db.example/calls", "://secret@x"])
def test_other_databases_are_refused_by_setting(location: str) -> None:
    """A database in memory, of another kind or without a kind is an error that names the setting and no secret."""
    with pytest.raises(SettingsError, match=r"store\.url") as caught:
        database_url(location)
    assert "secret" not in str(caught.value)


def test_sqlite_is_private_durable_and_strict(tmp_path: Path) -> None:
    """The file is its owner's alone; WAL, full synchronisation, foreign keys and a busy timeout are on."""
    engine = connect(database_url(tmp_path / "data" / "calls.db"))
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (a)"))
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() for pragma in pragmas]
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "data").iterdir()}
    engine.dispose()
    assert found == ["wal", 2, 1, 5000]
    assert modes == {"calls.db": 0o600, "calls.db-wal": 0o600, "calls.db-shm": 0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_a_place_that_cannot_hold_a_database_is_an_error(tmp_path: Path) -> None:
    """A file where a folder should be gives an error that names it."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        connect(database_url(tmp_path / "file" / "calls.db"))


def test_what_is_no_database_is_an_error_and_left_alone(tmp_path: Path) -> None:
    """A file of something else is neither read nor changed."""
    path = tmp_path / "calls.db"
    path.write_bytes(b"this is no database, but it is somebody's " * 100)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"calls\.db.*not a database"):
        CallDatabase(path, recordings=tmp_path)
    assert path.read_bytes() == before


def test_an_unreachable_server_is_an_error_without_its_password(tmp_path: Path) -> None:
    """A PostgreSQL that is not there gives a clear error, and shows no password."""
    with pytest.raises(StoreError, match="calls") as caught:
        CallDatabase(f"postgresql://bot@/calls?host={tmp_path}", password="secret", recordings=tmp_path)
    assert "secret" not in str(caught.value)


def test_reading_does_not_make_a_database(tmp_path: Path) -> None:
    """Tools that look where nothing is say so, and leave no file behind."""
    with pytest.raises(StoreError, match="no such database"):
        CallArchive(tmp_path / "calls.db", recordings=tmp_path)
    assert list(tmp_path.iterdir()) == []


HOLDER = """
import sys
from pathlib import Path
from engine.store import CallDatabase
database = CallDatabase(Path(sys.argv[1]), recordings=Path(sys.argv[2]), min_free_bytes=0)
print("open", flush=True)
sys.stdin.read()
database.close()
"""


def test_a_database_belongs_to_one_engine_at_a_time(tmp_path: Path) -> None:
    """A second engine on the same file is refused while the first lives, however the first ends."""
    path = tmp_path / "calls.db"
    command = [sys.executable, "-c", HOLDER, str(path), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreError, match="another engine is running on this database"):
            CallDatabase(path, recordings=tmp_path)
        holder.kill()
    CallDatabase(path, recordings=tmp_path).close()
