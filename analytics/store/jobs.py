"""Jobs: one row for each contact and all that analyses it, in the hands of one worker at a time.

How a worker comes by one, and keeps it, differs: by `analytics.store.leases` on SQLite, by `analytics.store.tickets` on
PostgreSQL. A job ends in the transaction that stores its result, and only by whoever holds it then, so each has exactly
one result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, and_, func, insert, select, update

from analytics.pipeline.orders import Order, order_document, order_of
from analytics.store.schema import contacts, jobs
from engine.errors import StoreError

MOST_ATTEMPTS: Final = 5
"""After so many workers that died over it, a job is set aside: it is likely what kills them."""


class JobState(StrEnum):
    """Where a job is."""

    OPEN = "open"
    """Waits for a worker, or one has it."""
    DONE = "done"
    ASIDE = "aside"
    """Could not be done; the row says why."""
    SUPERSEDED = "superseded"
    """What it was to do has changed since: a newer job does it."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is to be queued.

    Args:
        order: what is to be analysed.
        fingerprint: of it and all that analyses it.
        weight: of its work beside others'.
    """

    order: Order
    fingerprint: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Job:
    """A job in a worker's hands.

    Args:
        job_id: of the row.
        order: what is to be analysed.
        anew: make everything again, whatever is stored.
        owner: whose hands they are.
        ticket: by which it was taken; None on SQLite.
    """

    job_id: int
    order: Order
    anew: bool
    owner: str
    ticket: int | None = None


@dataclass(frozen=True, slots=True)
class Queueing:
    """What came of queueing.

    Args:
        queued: jobs that are to be done, those that wait from earlier included.
        done: contacts that need nothing.
    """

    queued: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Args:
        jobs: by state.
        weights: of them, by state.
    """

    jobs: Mapping[JobState, int]
    weights: Mapping[JobState, int]

    @property
    def open(self) -> int:
        """Jobs that are not at an end."""
        return self.jobs.get(JobState.OPEN, 0)


@dataclass(frozen=True, slots=True)
class SetAside:
    """A contact that could not be analysed, and why."""

    order: Order
    reason: str
    at: datetime


class LeaseLost(StoreError):
    """The job is another worker's by now, or is not to be done any more; nothing of it was stored."""


def queue(connection: Connection, wanted: Sequence[NewJob], run: str, at: datetime, *, anew: bool = False) -> Queueing:
    """Queue what is not done yet; what waits already belongs to this run from now on.

    What was set aside is tried again. An older job for the same contact that was not begun, or is being done, is given
    up: its result would be out of date.

    Args:
        connection: that writes.
        wanted: no two of one contact.
        run: whose progress it is.
        at: now.
        anew: do also what is done.
    """
    done = 0
    queued: list[int] = []
    ids = [one.order.contact_id for one in wanted]
    columns = (jobs.c.job_id, jobs.c.contact_id, jobs.c.fingerprint, jobs.c.state, jobs.c.owner)
    found: dict[tuple[str, str], Any] = {
        (row.contact_id, row.fingerprint): row
        for row in connection.execute(select(*columns).where(jobs.c.contact_id.in_(ids)))
    }
    latest = _latest_done(connection, ids)
    in_hand = 0
    for one in wanted:
        row = found.get((one.order.contact_id, one.fingerprint))
        if row is not None and not anew and latest.get(one.order.contact_id) == row.job_id:
            done += 1
            continue
        _supersede(connection, one)
        values = {
            "run": run,
            "order": order_document(one.order),
            "weight": one.weight,
            "anew": anew,
            "state": JobState.OPEN.value,
        }
        if row is None:
            begin = {"attempts": 0, "free_at": at, "queued_at": at}
            key = {"contact_id": one.order.contact_id, "fingerprint": one.fingerprint}
            made = connection.execute(insert(jobs).returning(jobs.c.job_id), {**key, **values, **begin})
            queued.append(made.scalar_one())
            continue
        this = update(jobs).where(jobs.c.job_id == row.job_id)
        if row.state == JobState.OPEN:
            connection.execute(this.values(run=run, anew=anew))
        else:
            again = {"attempts": 0, "free_at": at, "queued_at": at, "owner": None, "reason": None}
            connection.execute(this.values(**values, **again))
        if row.state == JobState.OPEN and row.owner is not None:
            in_hand += 1
        else:
            queued.append(row.job_id)
    if connection.dialect.name == "postgresql":
        from analytics.store import tickets

        tickets.issue(connection, queued)
    return Queueing(len(queued) + in_hand, done)


def known(connection: Connection, contact_ids: Iterable[str]) -> frozenset[str]:
    """Return which of some contacts have a job, whatever became of it, or are stored."""
    ids = list(contact_ids)
    queries = (select(table.c.contact_id).where(table.c.contact_id.in_(ids)) for table in (jobs, contacts))
    return frozenset(one for query in queries for one in connection.execute(query).scalars())


def attempted(connection: Connection, job_id: int, attempts: int, owner: str, at: datetime) -> bool:
    """Note whose hands a job is in; one over which too many workers died is set aside instead.

    Returns:
        Whether it may be done.
    """
    this = update(jobs).where(jobs.c.job_id == job_id)
    if attempts < MOST_ATTEMPTS:
        connection.execute(this.values(owner=owner, attempts=attempts + 1))
        return True
    reason = f"{attempts} workers died over it, or the machine ended them; try it alone: it may be broken"
    connection.execute(this.values(state=JobState.ASIDE.value, owner=None, reason=reason, ended_at=at))
    return False


def give_back(connection: Connection, job: Job, at: datetime) -> None:
    """Let another worker take a job: this one stops before it is done.

    Raises:
        LeaseLost: it is not ours any more.
    """
    change_own(connection, job, free_at=at, owner=None, attempts=jobs.c.attempts - 1)


def release(connection: Connection, owner: str, at: datetime) -> None:
    """Let others take at once what a worker had that is certainly dead."""
    if connection.dialect.name == "postgresql":
        from analytics.store import tickets

        tickets.release(connection, owner)
    else:
        from analytics.store import leases

        leases.release(connection, owner, at)


def end(connection: Connection, job: Job, at: datetime) -> None:
    """End a job, in the transaction that stores its result.

    Raises:
        LeaseLost: it is not ours any more; the transaction must not be kept.
    """
    change_own(connection, job, state=JobState.DONE.value, owner=None, reason=None, ended_at=at)


def set_aside(connection: Connection, job: Job, reason: str, at: datetime) -> None:
    """End a job that cannot be done.

    Raises:
        LeaseLost: it is not ours any more.
    """
    change_own(connection, job, state=JobState.ASIDE.value, owner=None, reason=reason, ended_at=at)


def progress(connection: Connection, run: str | None = None) -> Progress:
    """Return how far a run, or everything, is."""
    query = select(jobs.c.state, func.count(), func.sum(jobs.c.weight)).group_by(jobs.c.state)
    rows = connection.execute(query if run is None else query.where(jobs.c.run == run)).all()
    states = [(JobState(state), count, int(weight)) for state, count, weight in rows]
    return Progress({state: count for state, count, _ in states}, {state: weight for state, _, weight in states})


def aside(connection: Connection, run: str | None = None, limit: int = 1000) -> tuple[SetAside, ...]:
    """Return what was set aside, in a run or at all, latest first."""
    query = select(jobs.c.order, jobs.c.reason, jobs.c.ended_at).where(jobs.c.state == JobState.ASIDE.value)
    query = query if run is None else query.where(jobs.c.run == run)
    rows = connection.execute(query.order_by(jobs.c.ended_at.desc(), jobs.c.job_id).limit(limit))
    return tuple(SetAside(order_of(row.order), row.reason, row.ended_at) for row in rows)


def _latest_done(connection: Connection, contact_ids: Sequence[str]) -> dict[str, int]:
    """Return by contact the job whose result is the one that is stored."""
    query = select(jobs.c.contact_id, jobs.c.job_id).where(
        jobs.c.contact_id.in_(contact_ids), jobs.c.state == JobState.DONE.value
    )
    return {row.contact_id: row.job_id for row in connection.execute(query.order_by(jobs.c.ended_at, jobs.c.job_id))}


def _supersede(connection: Connection, one: NewJob) -> None:
    older = and_(jobs.c.contact_id == one.order.contact_id, jobs.c.fingerprint != one.fingerprint)
    change = update(jobs).where(older, jobs.c.state.in_((JobState.OPEN.value, JobState.ASIDE.value)))
    connection.execute(change.values(state=JobState.SUPERSEDED.value, owner=None))


def change_own(connection: Connection, job: Job, **values: Any) -> None:
    """Change the row of a job in one's hands.

    Raises:
        LeaseLost: it is not ours any more.
    """
    held = and_(jobs.c.owner == job.owner, jobs.c.ticket.is_not_distinct_from(job.ticket))
    mine = and_(jobs.c.job_id == job.job_id, jobs.c.state == JobState.OPEN.value, held)
    if connection.execute(update(jobs).where(mine).values(**values)).rowcount != 1:
        raise LeaseLost(f"contact {job.order.contact_id}: its job is not this worker's any more")
