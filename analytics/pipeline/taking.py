"""How a worker comes by jobs: by leases on SQLite, which serves one machine, by tickets on PostgreSQL."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final, Protocol

from analytics.store import AnalyticsDatabase, leases
from analytics.store.jobs import Job, LeaseLost
from engine.errors import StoreError
from engine.ports import Clock

_log = logging.getLogger(__name__)

_EXTENSIONS: Final = 4
"""Within a lease: so many may fail before it ends."""


class JobSource(Protocol):
    """Hands out jobs, each to one worker at a time."""

    def taken(self, wait_s: float, /) -> AbstractContextManager[Job | None]:
        """Take the job that has waited longest, for as long as the context is open.

        Args:
            wait_s: for one to come; None is taken where none does.

        Raises:
            StoreError: the database cannot be read or written.
        """


def source_of(
    database: AnalyticsDatabase, clock: Clock, name: str, *, run: str | None, lease_s: float
) -> AbstractContextManager[JobSource]:
    """Return where a worker's jobs come from.

    Args:
        database: with the jobs.
        clock: the same on all hosts, but for a few seconds.
        name: of the worker, unique among all that live.
        run: of this run alone.
        lease_s: after so long without a sign of life its job is another's.
    """
    if database.conninfo is None:
        return nullcontext(LeasedJobs(database, clock, name, run=run, lease_s=lease_s))
    from analytics.pipeline.sharing import SharedJobs

    return SharedJobs(database, database.conninfo, clock, name, run=run, lease_s=lease_s)


class LeasedJobs:
    """Implements `JobSource` by leases, which another thread extends while the worker works.

    Args:
        database: with the jobs.
        clock: of all its workers.
        name: of the worker.
        run: of this run alone.
        lease_s: seconds of a lease.
    """

    def __init__(
        self, database: AnalyticsDatabase, clock: Clock, name: str, *, run: str | None, lease_s: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._name = name
        self._run = run
        self._lease_s = lease_s

    @contextmanager
    def taken(self, wait_s: float, /) -> Iterator[Job | None]:
        """Lease the job that has waited longest; nobody wakes who waits for one, so it looks again afterwards."""
        with self._database.writing() as connection:
            job = leases.take(connection, self._name, self._clock.now(), self._lease_s, self._run)
        if job is None:
            time.sleep(wait_s)
            yield None
            return
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(job, over), name="lease", daemon=True)
        keeper.start()
        try:
            yield job
        finally:
            over.set()
            keeper.join()

    def _keep(self, job: Job, over: threading.Event) -> None:
        while not over.wait(self._lease_s / _EXTENSIONS):
            try:
                with self._database.writing() as connection:
                    leases.extend(connection, job, self._clock.now(), self._lease_s)
            except LeaseLost:
                return  # its end will say so
            except StoreError as error:
                _log.warning("contact %s: its lease is not extended: %s", job.order.contact_id, error)
