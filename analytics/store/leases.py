"""Leases on SQLite: a moment until which nobody else takes a job.

Its owner moves the moment on while it works; when that process dies, the moment passes and another worker takes the
job.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, select, update

from analytics.pipeline.orders import order_of
from analytics.store.jobs import Job, JobState, attempted, change_own
from analytics.store.schema import jobs


def take(connection: Connection, owner: str, at: datetime, for_s: float, run: str | None = None) -> Job | None:
    """Take the job that has waited longest.

    Args:
        connection: that writes.
        owner: who takes it.
        at: now.
        for_s: how long nobody else takes it.
        run: of this run alone.

    Returns:
        None where there is nothing to take now.
    """
    mine = [] if run is None else [jobs.c.run == run]
    waiting = select(jobs.c.job_id, jobs.c.order, jobs.c.anew, jobs.c.attempts).where(
        jobs.c.state == JobState.OPEN.value, jobs.c.free_at <= at, *mine
    )
    first = waiting.order_by(jobs.c.free_at, jobs.c.job_id).limit(1)
    while row := connection.execute(first).one_or_none():
        if attempted(connection, row.job_id, row.attempts, owner, at):
            job = Job(row.job_id, order_of(row.order), row.anew, owner)
            extend(connection, job, at, for_s)
            return job
    return None


def extend(connection: Connection, job: Job, at: datetime, for_s: float) -> None:
    """Keep a job for longer.

    Raises:
        LeaseLost: it is not ours any more.
    """
    change_own(connection, job, free_at=at + timedelta(seconds=for_s))


def release(connection: Connection, owner: str, at: datetime) -> None:
    """Let others take at once what a worker had that is certainly dead."""
    held = and_(jobs.c.owner == owner, jobs.c.state == JobState.OPEN.value)
    connection.execute(update(jobs).where(held).values(free_at=at, owner=None))
