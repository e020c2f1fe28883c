"""What analytics keeps, and its jobs, in SQLite and in PostgreSQL."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from analytics.alerts.schema import metadata as alerts_metadata
from analytics.conversation import Medium, Role, Utterance
from analytics.pipeline.contact import Contact, Document
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Pipeline
from analytics.pipeline.steps import Step
from analytics.pipeline.worker import Worker
from analytics.search.schema import metadata as search_metadata
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import JobState, LeaseLost, NewJob, Queueing
from analytics.store.migrations import VERSION_TABLE
from analytics.store.schema import metadata
from config.web.store import WebDatabase
from engine.clock import VirtualClock
from engine.errors import AudioError, StoreError
from engine.speech import Word
from engine.store import CallDatabase

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


def states(database: AnalyticsDatabase) -> dict[JobState, int]:
    with database.reading() as connection:
        return dict(jobs.progress(connection).jobs)


def test_the_history_leads_to_the_schema(location: str | Path) -> None:
    """And opening again changes nothing."""
    for _ in range(2):
        with AnalyticsDatabase(location) as database, database.reading() as connection:
            options = {"version_table": VERSION_TABLE, "compare_type": True, "include_name": _no_full_text}
            context = MigrationContext.configure(connection, opts=options)
            assert compare_metadata(context, [metadata, search_metadata, alerts_metadata]) == []  # type: ignore[arg-type]


def _no_full_text(name: str | None, kind: str, within: object) -> bool:
    """Whether a name is no table of the full text, which each database has of its own kind."""
    return kind != "table" or not str(name).startswith("search_words")


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
    assert Worker(database, work, clock, "w").work()
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
    worker = Worker(database, work, clock, "w")
    assert enqueue(database, work, order()) == Queueing(queued=1)
    assert worker.work()
    assert not worker.work()
    assert enqueue(database, work, order()) == Queueing(done=1)
    assert not worker.work()
    for changed, of, anew in [
        (order(), work, True),
        (order(segment="hard"), work, False),
        (order(segment="hard"), pipeline("2", made), False),
        (order(), work, False),
    ]:
        assert enqueue(database, of, changed, anew=anew) == Queueing(queued=1)
        assert Worker(database, of, clock, "w").work()
    assert made == ["c-1"] * 5
    with database.reading() as connection:
        found = contacts.load(connection, "c-1")
    assert found is not None
    assert not found.conversation.attributes


def test_a_job_whose_worker_died_is_taken_up_when_its_lease_has_ended(
    database: AnalyticsDatabase, clock: VirtualClock
) -> None:
    """And the dead one, should it live after all, stores nothing."""
    work = pipeline()
    enqueue(database, work, order())
    with database.writing() as connection:
        job = jobs.lease(connection, "dead", clock.now(), 60)
    assert job is not None
    living = Worker(database, work, clock, "living")
    assert not living.work()
    with database.writing() as connection:
        jobs.extend(connection, job, clock.now(), 90)
    clock.advance(89)
    assert not living.work()
    clock.advance(2)
    assert living.work()
    for late in (jobs.extend, jobs.give_back, jobs.end, jobs.set_aside):
        arguments = {jobs.extend: (clock.now(), 60), jobs.set_aside: ("why", clock.now())}.get(late, (clock.now(),))
        with pytest.raises(LeaseLost), database.writing() as connection:
            late(connection, job, *arguments)  # type: ignore[operator]
    assert states(database) == {JobState.DONE: 1}


def test_a_job_over_which_workers_die_is_set_aside(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """The next in the queue is done all the same; what is given back does not count."""
    work = pipeline()
    enqueue(database, work, order(1))
    for _ in range(jobs.MOST_ATTEMPTS):
        with database.writing() as connection:
            given_back = jobs.lease(connection, "stopped", clock.now(), 60)
            assert given_back is not None
            jobs.give_back(connection, given_back, clock.now())
            assert jobs.lease(connection, "dies", clock.now(), 60) is not None
        clock.advance(61)
    enqueue(database, work, order(2))
    worker = Worker(database, work, clock, "w")
    assert [worker.work(), worker.work()] == [True, False]
    with database.reading() as connection:
        (aside,) = jobs.aside(connection)
    assert aside.order.contact_id == "c-1"
    assert "5 workers died" in aside.reason
    assert states(database) == {JobState.ASIDE: 1, JobState.DONE: 1}
    enqueue(database, work, order(1))
    assert worker.work()
    assert states(database) == {JobState.DONE: 2}


def test_what_has_changed_since_takes_the_place_of_what_waits(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """A worker that is at the older one finishes in vain."""
    old, new = pipeline("1"), pipeline("2")
    enqueue(database, old, order())
    with database.writing() as connection:
        job = jobs.lease(connection, "slow", clock.now(), 60)
    assert job is not None
    enqueue(database, new, order())
    with pytest.raises(LeaseLost), database.writing() as connection:
        jobs.end(connection, job, clock.now())
    assert Worker(database, new, clock, "w").work()
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
    worker = Worker(database, work, clock, "w")
    for _ in range(3):
        clock.advance(1)
        assert worker.work()
    with pytest.raises(KeyboardInterrupt):
        worker.work()
    with database.reading() as connection:
        reasons = [one.reason for one in jobs.aside(connection)][::-1]
        assert contacts.load(connection, "c-1") is None
    assert reasons[:2] == ["its wrap-up is wrong", "x.wav: is broken"]
    assert "a fault of the program (KeyError)" in reasons[2]
    troubles["c-4"] = ValueError("now")
    assert worker.work()


def test_tables_of_a_step_are_written_with_the_result_or_not_at_all(
    database: AnalyticsDatabase, clock: VirtualClock
) -> None:
    """What keeps its own tables fails together with the rest."""

    def keep(connection: object, contact: Contact) -> None:
        raise StoreError("the index is away")

    work = Pipeline(nothing, NoListeners(), [Step("index", "1", lambda contact: {}, keep=keep)])  # type: ignore[arg-type]
    enqueue(database, work, order())
    with pytest.raises(StoreError):
        Worker(database, work, clock, "w").work()
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
        assert Worker(database, work, clock, "w").work()
    assert made == ["one", "two", "three", "two", "three"]


def test_each_worker_gets_another_job(database: AnalyticsDatabase, clock: VirtualClock) -> None:
    """And those of another run only if it asks for all."""
    work = pipeline()
    enqueue(database, work, order(1), order(2), run="mine")
    enqueue(database, work, order(3), run="other")
    taken = []
    with database.writing() as connection:
        for owner, run in (("a", "mine"), ("b", "mine"), ("c", "mine"), ("c", None)):
            job = jobs.lease(connection, owner, clock.now(), 60, run)
            taken.append(job and job.order.contact_id)
    assert taken == ["c-1", "c-2", None, "c-3"]


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
        assert Worker(database, work, clock, "w").work()
    assert seen == [0, 1, None, 0, 2]
    with database.reading() as connection:
        found = contacts.of_person(connection, "account A-1")
    assert [(one.contact_id, one.settled, one.reached) for one in found] == [
        ("c-0", None, True),
        ("c-1", True, True),
        ("c-4", None, True),
    ]
