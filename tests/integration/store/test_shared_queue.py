"""The queue of analytics on PostgreSQL: tickets of procrastinate, which wake workers and outlive them."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from analytics.conversation import Medium
from analytics.pipeline import sharing
from analytics.pipeline.orders import Order
from analytics.pipeline.taking import source_of
from analytics.store import AnalyticsDatabase, jobs
from analytics.store.jobs import Job, JobState, NewJob
from analytics.store.migrations import SCRIPTS
from analytics.store.schema import jobs as rows
from engine.clock import SystemClock
from engine.store.connection import connect, database_url
from engine.store.migrations import upgrade

pytestmark = pytest.mark.full

PATIENCE_S = 30.0


@pytest.fixture
def database(new_postgresql: str) -> Iterator[AnalyticsDatabase]:
    with AnalyticsDatabase(new_postgresql) as opened:
        yield opened


def enqueue(database: AnalyticsDatabase, *names: str, run: str = "r") -> None:
    now = datetime.now(UTC)
    wanted = [NewJob(Order(name, Medium.CHAT, now, "ru"), "f") for name in names]
    with database.writing() as connection:
        jobs.queue(connection, wanted, run, now)


def taken(database: AnalyticsDatabase, run: str | None = None, lease_s: float = 60.0, owner: str = "w") -> str | None:
    """Take one job and end it; return whose contact it is of."""
    with source_of(database, SystemClock(), owner, run=run, lease_s=lease_s) as source:
        return ended(database, source.taken(PATIENCE_S))


def ended(database: AnalyticsDatabase, taking: object) -> str | None:
    with taking as job:  # type: ignore[attr-defined]
        if job is None:
            return None
        assert isinstance(job, Job)
        with database.writing() as connection:
            jobs.end(connection, job, datetime.now(UTC))
        return job.order.contact_id


def test_a_worker_that_waits_is_woken_from_elsewhere(
    database: AnalyticsDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By NOTIFY: it would not look by itself for an hour."""
    monkeypatch.setattr(sharing, "_POLL_S", 3600.0)
    with source_of(database, SystemClock(), "w", run=None, lease_s=60) as source:
        with source.taken(1.0) as job:
            assert job is None
        other = threading.Timer(1.0, enqueue, (database, "c-1"))
        other.start()
        assert ended(database, source.taken(PATIENCE_S)) == "c-1"
        other.join()


def test_what_was_fetched_and_not_begun_is_handed_out_again(database: AnalyticsDatabase) -> None:
    """A worker that leaves gives back its ticket as well."""
    enqueue(database, "c-1", "c-2")
    assert {taken(database), taken(database)} == {"c-1", "c-2"}
    with database.reading() as connection:
        attempts = connection.execute(select(rows.c.attempts)).scalars().all()
    assert list(attempts) == [1, 1]


def test_the_last_run_that_wants_a_job_gets_it(database: AnalyticsDatabase) -> None:
    """Its first ticket is void, and costs whoever fetches it nothing."""
    enqueue(database, "c-1", run="first")
    enqueue(database, "c-1", run="second")
    with source_of(database, SystemClock(), "w", run="first", lease_s=60) as source, source.taken(1.0) as job:
        assert job is None
    assert taken(database, run="second") == "c-1"


def test_a_silent_worker_loses_its_ticket(database: AnalyticsDatabase) -> None:
    """Another one is issued by whichever worker notices."""
    enqueue(database, "c-1")
    with database.writing() as connection:
        sent = connection.exec_driver_sql("SELECT id FROM procrastinate_register_worker_v1() AS of(id)").scalar_one()
        connection.exec_driver_sql(f"SELECT procrastinate_fetch_job_v2(NULL, {sent})")
    assert taken(database, lease_s=0.5) == "c-1"
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM procrastinate_jobs").scalar_one() == 0


def test_what_waited_before_there_were_tickets_gets_some(new_postgresql: str) -> None:
    """By the migration; it may be repeated."""
    url = database_url(new_postgresql)
    upgrade(url, "0006", scripts=SCRIPTS)
    engine, now = connect(url), datetime.now(UTC)
    with engine.begin() as connection:
        order = '{"contact_id": "c-1", "medium": "chat", "started_at": null, "language": "ru", "attributes": {}, '
        connection.exec_driver_sql(
            'INSERT INTO analytics_jobs (contact_id, fingerprint, run, "order", weight, anew, state, attempts, '
            "free_at, owner, queued_at) VALUES ('c-1', 'f', 'r', %s, 1, false, 'open', 0, %s, 'dead', %s)",
            (order + '"known": [], "duration_s": 0.0}', now, now),
        )
    engine.dispose()
    for _ in range(2):
        AnalyticsDatabase(new_postgresql).close()
    with AnalyticsDatabase(new_postgresql) as database:
        assert taken(database, run="r") == "c-1"
        with database.reading() as connection:
            assert jobs.progress(connection).jobs == {JobState.DONE: 1}
