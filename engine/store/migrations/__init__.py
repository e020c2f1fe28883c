"""The history of the schema, and the way to its head; run by the program itself, there is nothing to configure.

A revision is a module in `versions`: a new one names the one before it, changes a table inside
``op.batch_alter_table``, as SQLite needs, and never imports `engine.store.schema`, whose tables move on. Downgrades are
not offered: restore a backup. Tests take rows from every earlier revision to the head and compare it with the schema.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from engine.errors import StoreError
from engine.store.connection import connect, for_writing

SCRIPTS = Path(__file__).parent
_LOCK_KEY = 0x766F6963
"""Of PostgreSQL's advisory lock, so that engines that start together migrate one after another."""


def revisions(scripts: Path = SCRIPTS) -> tuple[str, ...]:
    """Return all revisions, oldest first."""
    directory = ScriptDirectory.from_config(_config(scripts))
    return tuple(script.revision for script in directory.walk_revisions())[::-1]


def current_revision(url: URL) -> str | None:
    """Return the revision that a database is at, None for an empty one."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def upgrade(url: URL, revision: str = "head", *, scripts: Path = SCRIPTS) -> None:
    """Bring a database, also an empty one, to a revision, in one transaction.

    Raises:
        StoreError: it was written by a newer version of the program, or cannot be changed.
    """
    config = _config(scripts)
    # With foreign keys on, rebuilding a table of SQLite deletes the rows that refer to it.
    engine = connect(url, foreign_keys=False)
    try:
        with for_writing(engine).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})")
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if connection.dialect.name == "sqlite":
                orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
                if orphans:
                    raise StoreError(
                        f"{_shown(url)}: {len(orphans)} rows refer to calls that do not exist; restore a backup"
                    )
    except CommandError as error:
        raise StoreError(
            f"{_shown(url)}: this program cannot read its schema ({error}); it was written by a newer version: "
            f"install that version, or restore a backup made by this one"
        ) from error
    except DBAPIError as error:
        raise StoreError(f"{_shown(url)}: the schema cannot be brought up to date: {error.orig}") from error
    finally:
        engine.dispose()


def _config(scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)
