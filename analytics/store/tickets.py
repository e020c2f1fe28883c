"""Tickets on PostgreSQL: what procrastinate hands to one worker, anywhere, and takes back when that one falls silent.

A ticket is a job of procrastinate's that names a row of `analytics_jobs` and nothing more: no word, number or path. The
row says what is to be done and what came of it, and which ticket is its valid one. A worker that holds another ticket,
because it was taken for dead, can end nothing. So a job has one result, however often its tickets are handed out.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from procrastinate import SyncPsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Ticket
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, bindparam, select, update

from analytics.pipeline.orders import order_of
from analytics.store.jobs import Job, JobState, attempted
from analytics.store.schema import jobs
from engine.errors import StoreError

TASK: Final = "analytics.analyse"


def install(connection: Connection) -> None:
    """Make procrastinate's tables, unless they are there."""
    if connection.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')").scalar_one() is None:
        _driver(connection).execute(SchemaManager.get_schema())


def issue(connection: Connection, job_ids: Sequence[int]) -> None:
    """Give open jobs new tickets; those that they had are void. Workers that wait wake when the transaction is kept.

    Args:
        connection: that writes.
        job_ids: in the order in which they are to be handed out.

    Raises:
        StoreError: the database cannot be written.
    """
    if not job_ids:
        return
    runs = select(jobs.c.job_id, jobs.c.run).where(jobs.c.job_id.in_(job_ids))
    run_of = {row.job_id: row.run for row in connection.execute(runs)}
    wanted = [_ticket(job_id, run_of[job_id]) for job_id in job_ids]
    try:
        issued = JobManager(SyncPsycopgConnector()).batch_defer_jobs(wanted, connection=_driver(connection))
    except ConnectorException as error:
        raise StoreError(f"the queue cannot be written: {error.__cause__}") from error
    this = update(jobs).where(jobs.c.job_id == bindparam("of")).values(ticket=bindparam("new"), owner=None)
    pairs = zip(job_ids, issued, strict=True)
    connection.execute(this, [{"of": job_id, "new": ticket.id} for job_id, ticket in pairs])


def claim(connection: Connection, ticket: int, owner: str, at: datetime) -> Job | None:
    """Take the job of a ticket.

    Args:
        connection: that writes.
        ticket: that this worker was handed.
        owner: who takes it.
        at: now.

    Returns:
        None where the ticket is void, or the job was set aside.
    """
    query = select(jobs.c.job_id, jobs.c.order, jobs.c.anew, jobs.c.attempts).where(*_valid([ticket]))
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None or not attempted(connection, row.job_id, row.attempts, owner, at):
        return None
    return Job(row.job_id, order_of(row.order), row.anew, owner, ticket)


def renew(connection: Connection, silent: Iterable[int]) -> None:
    """Give jobs whose workers fell silent new tickets."""
    found = select(jobs.c.job_id).where(*_valid(silent)).order_by(jobs.c.job_id).with_for_update()
    issue(connection, connection.execute(found).scalars().all())


def release(connection: Connection, owner: str) -> None:
    """Let others take at once what a worker had that is certainly dead."""
    held = select(jobs.c.job_id).where(jobs.c.owner == owner, jobs.c.state == JobState.OPEN.value)
    issue(connection, connection.execute(held.with_for_update()).scalars().all())


def _valid(tickets: Iterable[int]) -> Sequence[Any]:
    return jobs.c.ticket.in_(list(tickets)), jobs.c.state == JobState.OPEN.value


def _ticket(job_id: int, run: str) -> Ticket:
    return Ticket(queue=run, lock=None, queueing_lock=None, task_name=TASK, task_kwargs={"job_id": job_id})


def _driver(connection: Connection) -> Any:
    """Return psycopg's own connection, in the same transaction."""
    return connection.connection.driver_connection
