"""A worker: takes one job after the other, and stores each result with its job's end."""

import logging
from contextlib import ExitStack
from types import TracebackType
from typing import Final, Self

from analytics.pipeline.running import Pipeline
from analytics.pipeline.taking import JobSource, source_of
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import Job, LeaseLost
from engine.errors import ConfigurationError, StoreError, VoicebotError
from engine.ports import Clock

_log = logging.getLogger(__name__)

LEASE_S: Final = 60.0
"""After a worker's death its job waits for so long at most."""


class Worker:
    """Works in the thread that calls it, while it is entered.

    Args:
        database: with the jobs.
        pipeline: that analyses.
        clock: the same on all hosts, but for a few seconds.
        name: unique among all workers that live.
        run: of this run alone.
        lease_s: seconds that nobody else takes its job without a sign of life.
    """

    def __init__(
        self,
        database: AnalyticsDatabase,
        pipeline: Pipeline,
        clock: Clock,
        name: str,
        *,
        run: str | None = None,
        lease_s: float = LEASE_S,
    ) -> None:
        self._database = database
        self._pipeline = pipeline
        self._clock = clock
        self._opened = ExitStack()
        self._source = source_of(database, clock, name, run=run, lease_s=lease_s)
        self._jobs: JobSource | None = None

    def __enter__(self) -> Self:
        """Begin to take jobs."""
        self._jobs = self._opened.enter_context(self._source)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take no more."""
        self._opened.close()

    def work(self, wait_s: float = 0.0) -> bool:
        """Do the job that has waited longest; return whether there was one.

        Interrupted by an exception that is no error, such as Ctrl-C's, it gives the job back.

        Args:
            wait_s: for one to come.

        Raises:
            StoreError: the database cannot be read or written; the job is taken again.
            ConfigurationError: no job can be done here; this one was given back.
        """
        assert self._jobs is not None, "a worker takes jobs while it is entered"
        with self._jobs.taken(wait_s) as job:
            if job is None:
                return False
            try:
                self._do(job)
            except LeaseLost as lost:
                _log.warning("%s", lost)
            except (StoreError, KeyboardInterrupt, SystemExit, ConfigurationError):
                self._give_back(job)
                raise
        return True

    def _do(self, job: Job) -> None:
        contact_id = job.order.contact_id
        person = contacts.person_of(job.order.attributes)
        with self._database.reading() as connection:
            stored = None if job.anew else contacts.load(connection, contact_id)
            history = None if person is None else contacts.of_person(connection, person)
        try:
            contact, found = self._pipeline.run(job.order, stored, history)
        except (ConfigurationError, StoreError):  # says nothing about this contact
            raise
        except (VoicebotError, ValueError) as error:
            self._set_aside(job, str(error))
            return
        except Exception as error:  # a fault of ours: it costs this contact and no other
            _log.exception("contact %s is set aside", contact_id)
            self._set_aside(job, f"a fault of the program ({type(error).__name__}); its log has more")
            return
        now = self._clock.now()
        with self._database.writing() as connection:
            jobs.end(connection, job, now)
            contacts.save(connection, job.order, found, now)
            for step in self._pipeline.steps:
                if step.keep is not None:
                    step.keep(connection, contact)

    def _set_aside(self, job: Job, reason: str) -> None:
        with self._database.writing() as connection:
            jobs.set_aside(connection, job, reason, self._clock.now())

    def _give_back(self, job: Job) -> None:
        try:
            with self._database.writing() as connection:
                jobs.give_back(connection, job, self._clock.now())
        except LeaseLost:  # it was interrupted behind the job's end, or others have it by now
            return
        except StoreError as error:
            _log.warning("contact %s is taken up later: %s", job.order.contact_id, error)
