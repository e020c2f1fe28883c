"""What analytics keeps, and its jobs, in SQLite and in PostgreSQL."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, select

from analytics.alerts.schema import metadata as alerts_metadata
from analytics.conversation import Medium, Role, Utterance
from analytics.pipeline.contact import Contact, Document
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Pipeline
from analytics.pipeline.steps import Step
from analytics.pipeline.worker import Worker
from analytics.search.schema import metadata as search_metadata
from analytics.store import AnalyticsDatabase, contacts, jobs, leases
from analytics.store.jobs import Job, JobState, LeaseLost, NewJob, Queueing
from analytics.store.migrations import VERSION_TABLE
from analytics.store.schema import jobs as rows
from analytics.store.schema import metadata
from config.web.store import WebDatabase
from engine.clock import VirtualClock
from engine.errors import AudioError, StoreError
from engine.speech import Word
from engine.store import CallDatabase

PATIENCE_S = 10.0
"""For a job that is there, but must be fetched first."""

AT = datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=5)))


@pytest.fixture
def database(location: str | Path) -> Iterator[AnalyticsDatabase]:
    with AnalyticsDatabase(location) as opened:
        yield opened


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(AT)


def order(number: int = 1, **attributes: str) -> Order:
    """A chat of two messages."""
    known = (
        Utterance(Role.AGENT, (Word("Когда", 0, 0, 1), Word("оплатите", 0, 0, 1)), 0, 0),
        Utterance(Role.CLIENT, (Word("Завтра", 60, 60, 1),), 60, 60),
    )
    return Order(f"c-{number}", Medium.CHAT, AT, "ru", attributes, known=known, duration_s=60)


def nothing(path: Path) -> object:
    raise AudioError(f"{path}: no recording is read here")


class NoListeners:
    """Written contacts need none."""

    def version(self, language: str) -> str:
        raise AssertionError

    listener = version


def pipeline(version: str = "1", made: list[str] | None = None) -> Pipeline:
    """One step, which notes for whom it was asked."""

    def make(contact: Contact) -> Document:
        if made is not None:
            made.append(contact.conversation.contact_id)
        return {"words": sum(len(one.words) for one in contact.conversation.utterances)}

    return Pipeline(nothing, NoListeners(), [Step("count", version, make)])  # type: ignore[arg-type]


def enqueue(database: AnalyticsDatabase, of: Pipeline, *orders: Order, run: str = "r", anew: bool = False) -> Queueing:
    with database.writing() as connection:
        wanted = [NewJob(one, of.digests(one).fingerprint) for one in orders]
        return jobs.queue(connection, wanted, run, AT, anew=anew)


def did(database: AnalyticsDatabase, of: Pipeline, clock: VirtualClock, jobs_: int = 1) -> None:
    """Do so many jobs, which is all that wait."""
    with Worker(database, of, clock, "w") as worker:
        assert all(worker.work(PATIENCE_S) for _ in range(jobs_))
        assert not worker.work()


def states(database: AnalyticsDatabase) -> dict[JobState, int]:
    with database.reading() as connection:
        return dict(jobs.progress(connection).jobs)


def test_the_history_leads_to_the_schema(location: str | Path) -> None:
    """And opening again changes nothing."""
    for _ in range(2):
        with AnalyticsDatabase(location) as database, database.reading() as connection:
            options = {"version_table": VERSION_TABLE, "compare_type": True, "include_name": _ours_alike}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, [metadata, search_metadata, alerts_metadata]) == []  # type: ignore[arg-type]


def _ours_alike(name: str | None, kind: str, within: object) -> bool:
    """Whether a name is no table of the full text, which each database has of its own kind, nor of the queue."""
    return kind != "table" or not str(name).startswith(("search_words", "procrastinate_"))


def test_it_lives_beside_the_others_in_one_database(location: str | Path, tmp_path: Path) -> None:
    """In whichever order they come."""
    for _ in range(2):
        AnalyticsDatabase(location).close()
        WebDatabase(location).close()
        CallDatabase(location, recordings=tmp_path / "recordings", min_free_bytes=0).close()


def test_a_contact_comes_back_as_it_was_stored(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """With its own zone, its words and what was made of it; the order too, to make it anew."""
    one, work = order(segment="hard"), pipeline()
    enqueue(database, work, one)
    did(database, work, clock)
    with database.reading() as connection:
        found = contacts.load(connection, "c-1")
        assert list(contacts.orders(connection)) == [one]
        assert [line.contact_id for line in contacts.latest(connection, 5)] == ["c-1"]
        assert contacts.beginning_with(connection, "c", 5) == ("c-1",)
    assert found is not None
    assert found.conversation.utterances == one.known
    assert found.conversation.started_at.isoformat() == AT.isoformat()
    assert found.results["count"].document == {"words": 3}
    with database.writing() as connection:
        assert contacts.erase(connection, "c-1")
        assert not contacts.erase(connection, "c-1")


def test_what_is_done_is_not_done_twice(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """But anew where that is wanted, or where order or step have changed."""
    made: list[str] = []
    work = pipeline(made=made)
    assert enqueue(database, work, order()) == Queueing(queued=1)
    did(database, work, clock)
    assert enqueue(database, work, order()) == Queueing(done=1)
    did(database, work, clock, 0)
    for changed, of, anew in [
        (order(), work, True),
        (order(segment="hard"), work, False),
        (order(segment="hard"), pipeline("2", made), False),
        (order(), work, False),
    ]:
        assert enqueue(database, of, changed, anew=anew) == Queueing(queued=1)
        did(database, of, clock)
    assert made == ["c-1"] * 5
    with database.reading() as connection:
        found = contacts.load(connection, "c-1")
    assert found is not None
    assert not found.conversation.attributes


@pytest.fixture
def hand_out(database: AnalyticsDatabase, clock: VirtualClock) -> Callable[..., Job | None]:
    """Take the next job as a worker of some name does, by a lease of a minute or by a ticket."""

    def take(owner: str, run: str | None = None) -> Job | None:
        with database.writing() as connection:
            if connection.dialect.name == "sqlite":
                return leases.take(connection, owner, clock.now(), 60, run)
            from analytics.store import tickets

            of_run = [] if run is None else [rows.c.run == run]
            waiting = select(rows.c.ticket).where(rows.c.state == JobState.OPEN, rows.c.owner.is_(None), *of_run)
            ticket = connection.execute(waiting.order_by(rows.c.ticket).limit(1)).scalar_one_or_none()
            return None if ticket is None else tickets.claim(connection, ticket, owner, clock.now())

    return take


@pytest.fixture
def bury(database: AnalyticsDatabase, clock: VirtualClock) -> Callable[[str], None]:
    """Give free what a worker had."""

    def release(owner: str) -> None:
        with database.writing() as connection:
            jobs.release(connection, owner, clock.now())

    return release


HandOut = Callable[..., Job | None]
Bury = Callable[[str], None]


def test_a_worker_that_was_taken_for_dead_stores_nothing(
    database: AnalyticsDatabase, clock: VirtualClock, hand_out: HandOut, bury: Bury
) -> None:
    """Should it live after all: another has its job by then, even under the same name."""
    work = pipeline()
    enqueue(database, work, order())
    job = hand_out("dead")
    assert job is not None
    bury("dead")
    did(database, work, clock)
    for late in (jobs.give_back, jobs.end, jobs.set_aside):
        why = ("why",) if late is jobs.set_aside else ()
        with pytest.raises(LeaseLost), database.writing() as connection:
            late(connection, job, *why, clock.now())  # type: ignore[operator]
    assert states(database) == {JobState.DONE: 1}


@pytest.mark.parametrize("location", ["sqlite"], indirect=True)
def test_a_lease_ends_unless_it_is_extended(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """Then another worker takes the job."""
    work = pipeline()
    enqueue(database, work, order())
    with database.writing() as connection:
        job = leases.take(connection, "dead", clock.now(), 60)
        assert job is not None
        leases.extend(connection, job, clock.now(), 90)
    clock.advance(89)
    did(database, work, clock, 0)
    clock.advance(2)
    did(database, work, clock)
    with pytest.raises(LeaseLost), database.writing() as connection:
        leases.extend(connection, job, clock.now(), 60)


def test_a_job_over_which_workers_die_is_set_aside(
    database: AnalyticsDatabase, clock: VirtualClock, hand_out: HandOut, bury: Bury
) -> None:
    """The next in the queue is done all the same; what is given back does not count."""
    work = pipeline()
    enqueue(database, work, order(1))
    for _ in range(jobs.MOST_ATTEMPTS):
        given_back = hand_out("stopped")
        assert given_back is not None
        with database.writing() as connection:
            jobs.give_back(connection, given_back, clock.now())
        assert hand_out("dies") is not None
        bury("dies")
    enqueue(database, work, order(2))
    did(database, work, clock)
    with database.reading() as connection:
        (aside,) = jobs.aside(connection)
    assert aside.order.contact_id == "c-1"
    assert "5 workers died" in aside.reason
    assert states(database) == {JobState.ASIDE: 1, JobState.DONE: 1}
    enqueue(database, work, order(1))
    did(database, work, clock)
    assert states(database) == {JobState.DONE: 2}


def test_what_has_changed_since_takes_the_place_of_what_waits(
    database: AnalyticsDatabase, clock: VirtualClock, hand_out: HandOut
) -> None:
    """A worker that is at the older one finishes in vain."""
    old, new = pipeline("1"), pipeline("2")
    enqueue(database, old, order())
    job = hand_out("slow")
    assert job is not None
    enqueue(database, new, order())
    with pytest.raises(LeaseLost), database.writing() as connection:
        jobs.end(connection, job, clock.now())
    did(database, new, clock)
    assert states(database) == {JobState.SUPERSEDED: 1, JobState.DONE: 1}


def test_a_contact_that_fails_is_set_aside_with_the_reason(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """And a worker that is stopped gives its job back."""
    troubles: dict[str, BaseException] = {
        "c-1": ValueError("its wrap-up is wrong"),
        "c-2": AudioError("x.wav: is broken"),
        "c-3": KeyError("a fault of ours"),
        "c-4": KeyboardInterrupt(),
    }

    def make(contact: Contact) -> Document:
        raise troubles[contact.conversation.contact_id]

    work = Pipeline(nothing, NoListeners(), [Step("count", "1", make)])  # type: ignore[arg-type]
    enqueue(database, work, *(order(number) for number in range(1, 5)))
    with Worker(database, work, clock, "w") as worker:
        for _ in range(3):
            clock.advance(1)
            assert worker.work(PATIENCE_S)
        with pytest.raises(KeyboardInterrupt):
            worker.work(PATIENCE_S)
    with database.reading() as connection:
        reasons = [one.reason for one in jobs.aside(connection)][::-1]
        assert contacts.load(connection, "c-1") is None
    assert reasons[:2] == ["its wrap-up is wrong", "x.wav: is broken"]
    assert "a fault of the program (KeyError)" in reasons[2]
    troubles["c-4"] = ValueError("now")
    did(database, work, clock)


def test_a_worker_that_is_stopped_behind_a_jobs_end_has_nothing_to_give_back(
    database: AnalyticsDatabase, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its result stands, and no warning says otherwise."""
    writing = database.writing

    @contextmanager
    def stopped() -> Iterator[Connection]:
        monkeypatch.setattr(database, "writing", writing)
        with writing() as connection:
            yield connection
        raise KeyboardInterrupt

    def make(contact: Contact) -> Document:
        monkeypatch.setattr(database, "writing", stopped)
        return {}

    work = Pipeline(nothing, NoListeners(), [Step("count", "1", make)])  # type: ignore[arg-type]
    enqueue(database, work, order())
    with pytest.raises(KeyboardInterrupt), Worker(database, work, clock, "w") as worker:
        worker.work(PATIENCE_S)
    assert states(database) == {JobState.DONE: 1}
    assert [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING] == []


def test_tables_of_a_step_are_written_with_the_result_or_not_at_all(
    database: AnalyticsDatabase, clock: VirtualClock
) -> None:
    """What keeps its own tables fails together with the rest."""

    def keep(connection: object, contact: Contact) -> None:
        raise StoreError("the index is away")

    work = Pipeline(nothing, NoListeners(), [Step("index", "1", lambda contact: {}, keep=keep)])  # type: ignore[arg-type]
    enqueue(database, work, order())
    with pytest.raises(StoreError), Worker(database, work, clock, "w") as worker:
        worker.work(PATIENCE_S)
    with database.reading() as connection:
        assert contacts.load(connection, "c-1") is None
    assert states(database) == {JobState.OPEN: 1}


def test_only_what_a_change_touches_is_made_again(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """A new version of one step makes that one, and what needs it, but nothing else."""
    made: list[str] = []

    def step(name: str, version: str, *needs: str) -> Step:
        def make(contact: Contact) -> Document:
            made.append(name)
            return {"needs": [contact.documents[one] for one in needs]}

        return Step(name, version, make, needs)

    for version in ("1", "2"):
        steps = [step("one", "1"), step("two", version), step("three", "1", "two")]
        work = Pipeline(nothing, NoListeners(), steps)  # type: ignore[arg-type]
        enqueue(database, work, order())
        did(database, work, clock)
    assert made == ["one", "two", "three", "two", "three"]


def test_each_worker_gets_another_job(database: AnalyticsDatabase, hand_out: HandOut) -> None:
    """And those of another run only if it asks for all."""
    work = pipeline()
    enqueue(database, work, order(1), order(2), run="mine")
    enqueue(database, work, order(3), run="other")
    taken = [hand_out(owner, run) for owner, run in (("a", "mine"), ("b", "mine"), ("c", "mine"), ("c", None))]
    assert [job and job.order.contact_id for job in taken] == ["c-1", "c-2", None, "c-3"]


def test_all_contacts_of_a_person_are_known_to_each(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """By the hash of the client, else by the account; others' are not among them."""
    seen: list[int | None] = []

    def make(contact: Contact) -> Document:
        seen.append(None if contact.history is None else len(contact.history))
        return {}

    work = Pipeline(nothing, NoListeners(), [Step("history", "1", make)])  # type: ignore[arg-type]
    people: list[dict[str, str]] = [{"account": "A-1"}, {"account": "A-1", "outcome": "promise_to_pay"}, {}]
    people += [{"account": "A-1", "client_hash": "abcdefghijklmnop"}, {"account": "A-1"}]
    for number, attributes in enumerate(people):
        enqueue(database, work, order(number, **attributes))
        did(database, work, clock)
    assert seen == [0, 1, None, 0, 2]
    with database.reading() as connection:
        found = contacts.of_person(connection, "account A-1")
    assert [(one.contact_id, one.settled, one.reached) for one in found] == [
        ("c-0", None, True),
        ("c-1", True, True),
        ("c-4", None, True),
    ]
