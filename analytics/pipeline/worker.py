"""A worker: takes one job after the other, keeps its lease alive meanwhile, stores each result with its job's end."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from analytics.pipeline.running import Pipeline
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import Job, LeaseLost
from engine.errors import ConfigurationError, StoreError, VoicebotError
from engine.ports import Clock

_log = logging.getLogger(__name__)

LEASE_S = 60.0
"""After a worker's death its job waits for so long at most."""

_EXTENSIONS = 4
"""Within a lease: so many may fail before it ends."""


class Worker:
    """Works in the thread that calls it; only the lease is kept by another.

    Args:
        database: with the jobs.
        pipeline: that analyses.
        clock: the same on all hosts, but for a few seconds.
        name: unique among all workers that live.
        lease_s: seconds that nobody else takes its job without a sign of life.
    """

    def __init__(
        self, database: AnalyticsDatabase, pipeline: Pipeline, clock: Clock, name: str, *, lease_s: float = LEASE_S
    ) -> None:
        self._database = database
        self._pipeline = pipeline
        self._clock = clock
        self._name = name
        self._lease_s = lease_s

    def work(self, run: str | None = None) -> bool:
        """Do the job that has waited longest; return whether there was one.

        Interrupted by an exception that is no error, such as Ctrl-C's, it gives the job back.

        Args:
            run: of this run alone.

        Raises:
            StoreError: the database cannot be read or written; the job is taken again when its lease has ended.
            ConfigurationError: no job can be done here; this one was given back.
        """
        with self._database.writing() as connection:
            job = jobs.lease(connection, self._name, self._clock.now(), self._lease_s, run)
        if job is None:
            return False
        try:
            with self._kept(job):
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
        except ConfigurationError:
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
        except StoreError as error:
            _log.warning("contact %s waits for its lease's end: %s", job.order.contact_id, error)

    @contextmanager
    def _kept(self, job: Job) -> Iterator[None]:
        """Extend the lease from another thread while the context is open."""
        over = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(job, over), name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            over.set()
            keeper.join()

    def _keep(self, job: Job, over: threading.Event) -> None:
        while not over.wait(self._lease_s / _EXTENSIONS):
            try:
                with self._database.writing() as connection:
                    jobs.extend(connection, job, self._clock.now(), self._lease_s)
            except LeaseLost:
                return  # its end will say so
            except StoreError as error:
                _log.warning("contact %s: its lease is not extended: %s", job.order.contact_id, error)
