"""The way from every earlier schema to the present one."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, Column, Connection, MetaData, Table, insert, select, types

from engine.errors import StoreError
from engine.store import CallArchive, CallDatabase
from engine.store.connection import connect, database_url
from engine.store.migrations import SCRIPTS, current_revision, revisions, upgrade
from engine.store.schema import metadata


@pytest.fixture
def url(location: str | Path) -> URL:
    """The empty database as a URL."""
    return database_url(location)


@contextmanager
def connection_to(url: URL) -> Iterator[Connection]:
    """Hold a transaction."""
    engine = connect(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def tables_of(connection: Connection) -> dict[str, Table]:
    """Read the tables of a database as they are, parents first."""
    found = MetaData()
    found.reflect(connection)
    return {table.name: table for table in found.sorted_tables if table.name != "alembic_version"}


def sample(column: Column[Any], number: int) -> Any:
    """Return a value that fits a column, whatever it is called."""
    if column.foreign_keys:
        return f"call_id {number}"
    values: dict[type[types.TypeEngine[Any]], Any] = {
        types.Boolean: bool(number % 2),
        types.Integer: number,
        types.Float: number + 0.5,
        types.DateTime: datetime(2026, 5, 4, 7, number, tzinfo=UTC),
        types.Date: date(2026, 5, 4 + number),
        types.JSON: {"hypotheses": [{"text": "иә", "confidence": 0.9, "words": []}]},
        types.String: f"{column.name} {number}",
    }
    return next(value for kind, value in values.items() if isinstance(column.type, kind))


def fill(url: URL, rows: int = 3) -> None:
    """Put rows into every table."""
    with connection_to(url) as connection:
        for table in tables_of(connection).values():
            for number in range(rows):
                row = {column.name: sample(column, number) for column in table.columns}
                connection.execute(insert(table), row)


def contents(url: URL) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables."""
    with connection_to(url) as connection:
        return {
            name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
            for name, table in tables_of(connection).items()
        }


def assert_survived(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> None:
    """Every row of before is there, with the same value in every column that still exists."""
    assert before
    for name, rows in before.items():
        assert rows
        assert len(after[name]) == len(rows)
        for old, new in zip(rows, after[name], strict=True):
            kept = old.keys() & new.keys()
            assert {column: old[column] for column in kept} == {column: new[column] for column in kept}


@pytest.mark.parametrize("revision", revisions())
def test_rows_of_every_earlier_schema_survive(url: URL, revision: str, tmp_path: Path) -> None:
    """A database made at any revision and filled is brought to the head by opening it, with all of its rows."""
    upgrade(url, revision)
    assert current_revision(url) == revision
    fill(url)
    before = contents(url)
    upgrade(url)
    assert current_revision(url) == revisions()[-1]
    assert_survived(before, contents(url))


def test_the_schema_is_what_the_migrations_lead_to(url: URL) -> None:
    """Between the migrated database and the tables in the code there is no difference, types and defaults included."""
    upgrade(url)
    with connection_to(url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_opening_an_empty_database_makes_the_schema(location: str | Path, url: URL, tmp_path: Path) -> None:
    """The first start needs no command: the schema is there, and a second start changes nothing."""
    for _ in range(2):
        CallDatabase(location, recordings=tmp_path, min_free_bytes=0).close()
        assert current_revision(url) == revisions()[-1]


@pytest.fixture
def later_scripts(tmp_path: Path) -> Callable[[str], Path]:
    """The migrations with one more revision after the present head."""

    def make(body: str) -> Path:
        scripts = tmp_path / "migrations"
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        revision = f'revision = "later"\ndown_revision = "{revisions()[-1]}"\n'
        head = f"import sqlalchemy as sa\nfrom alembic import op\n{revision}"
        (scripts / "versions" / "later.py").write_text(f"{head}\n\ndef upgrade() -> None:\n{body}", encoding="utf-8")
        return scripts

    return make


def test_rebuilding_a_table_keeps_the_rows_that_refer_to_it(url: URL, later_scripts: Callable[[str], Path]) -> None:
    """A revision that changes a column of `calls`, for which SQLite drops the table, deletes no turn and no promise."""
    upgrade(url)
    fill(url)
    before = contents(url)
    scripts = later_scripts(
        '    with op.batch_alter_table("calls", recreate="auto") as calls:\n'
        '        calls.alter_column("scenario", existing_type=sa.Text(), nullable=True)\n'
        '        calls.add_column(sa.Column("tariff", sa.Text(), server_default="none", nullable=False))\n'
    )
    upgrade(url, scripts=scripts)
    after = contents(url)
    assert_survived(before, after)
    assert after["calls"][0]["tariff"] == "none"


def test_a_migration_that_fails_changes_nothing(url: URL, later_scripts: Callable[[str], Path]) -> None:
    """An error halfway through takes back what was done before it, and names the database."""
    upgrade(url)
    fill(url)
    before = contents(url)
    scripts = later_scripts('    op.execute("DELETE FROM promises")\n    op.execute("UPDATE nowhere SET a = 1")\n')
    with pytest.raises(StoreError, match=r"cannot be brought up to date: .*nowhere"):
        upgrade(url, scripts=scripts)
    assert contents(url) == before
    assert current_revision(url) == revisions()[-1]


def test_a_database_of_a_newer_program_is_left_alone(
    location: str | Path, url: URL, later_scripts: Callable[[str], Path], tmp_path: Path
) -> None:
    """A schema that this program does not know is refused with the mend, for engine and tools alike."""
    upgrade(url, scripts=later_scripts("    pass\n"))
    with pytest.raises(StoreError, match="newer version"):
        CallDatabase(location, recordings=tmp_path)
    with pytest.raises(StoreError, match="has schema later"):
        CallArchive(location, recordings=tmp_path)
    assert current_revision(url) == "later"
