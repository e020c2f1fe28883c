"""The database of the pages: SQLite of its own, or the PostgreSQL that the engine uses too."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from config.web.permissions import Role
from config.web.store import Actor, Attempts, Audit, Sessions, SessionTimes, Stage, Users, WebDatabase
from config.web.store.migrations import VERSION_TABLE
from config.web.store.schema import metadata
from engine.errors import ConfigurationError, StoreError
from engine.store import CallDatabase

AT = datetime(2026, 5, 4, 7, tzinfo=UTC)
TIMES = SessionTimes(timedelta(minutes=30), timedelta(hours=12))
BY = Actor("test")


def test_the_history_leads_to_the_schema(location: str | Path) -> None:
    """And opening again changes nothing."""
    for _ in range(2):
        with WebDatabase(location) as database, database.reading() as connection:
            options = {"version_table": VERSION_TABLE, "compare_type": True}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, metadata) == []


def test_both_schemas_live_in_one_database(location: str | Path, tmp_path: Path) -> None:
    """In whichever order they come."""
    for _ in range(2):
        with WebDatabase(location) as database:
            Users(database).any()
        with CallDatabase(location, recordings=tmp_path / "recordings", min_free_bytes=0) as calls:
            assert calls.stats.trouble is None


def test_the_audit_log_is_append_only(location: str | Path) -> None:
    """The database itself refuses."""
    with WebDatabase(location) as database:
        log = Audit(database)
        log.note(AT, BY, "thing.done", "Кредит", "деталь")
        for statement in ("UPDATE web_audit SET user_name = 'x'", "DELETE FROM web_audit"):
            with pytest.raises(StoreError, match="append-only"), database.writing() as connection:
                connection.execute(text(statement))
        ((_, entry),) = log.latest()
        assert (entry.at, entry.actor, entry.subject, entry.detail) == (AT, BY, "Кредит", "деталь")


def test_a_user_with_all_that_belongs_to_one(location: str | Path) -> None:
    """Roles, second factor, recovery codes and sessions are kept and end together."""
    with WebDatabase(location) as database:
        users, sessions = Users(database), Sessions(database, TIMES)
        alex = users.add("Alex", "hash", [Role.ADMIN, Role.DESIGNER, Role.ADMIN], AT, BY)
        assert users.all() == (alex,)
        with pytest.raises(ConfigurationError, match="there is a user alex already"):
            users.add("alex", "hash", [], AT, BY)
        users.prepare_totp(alex, b"\x00sealed")
        account = users.account("ALEX")
        assert account is not None
        assert (account.totp_secret, account.user.second_factor) == (b"\x00sealed", False)
        users.enable_totp(alex, 59_000_000, ["one", "two"], AT, BY)
        assert not users.spend_step(alex, 59_000_000)
        assert users.spend_step(alex, 59_000_001)
        assert users.spend_recovery(alex, "one", AT, BY)
        assert not users.spend_recovery(alex, "one", AT, BY)
        assert users.recovery_codes_left(alex) == 1
        token = sessions.open(alex.user_id, Stage.FULL, AT, "10.0.0.1", "browser")
        assert sessions.find(token, AT) is not None
        users.reset_totp(alex, AT, BY)
        assert sessions.find(token, AT) is None
        actions = [entry.action for _, entry in Audit(database).latest()]
        assert actions == ["user.totp_reset", "user.recovery_code_used", "user.totp_enabled", "user.added"]


def test_attempts_at_once_are_all_counted(location: str | Path) -> None:
    """From several threads, as from several processes, no more than the free ones pass."""
    with WebDatabase(location) as database:
        attempts = Attempts(database)
        with ThreadPoolExecutor(8) as pool:
            waits = list(pool.map(lambda _: attempts.begin("alex", "10.0.0.1", AT), range(24)))
    assert sum(wait == 0 for wait in waits) == 6
