"""Jobs of PostgreSQL: a worker of procrastinate's, in a thread of its own, fetches tickets and keeps up signs of life.

It wakes by NOTIFY when a ticket is issued, on whatever host. What workers that fell silent had in hand is issued anew
by the others.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from analytics.store import AnalyticsDatabase, tickets
from analytics.store.jobs import Job
from engine.errors import StoreError
from engine.ports import Clock

_log = logging.getLogger(__name__)

_SIGNS: Final = 6
"""Of life, within the time after which a worker is taken for dead."""

_POLL_S: Final = 2.0
"""For tickets that are handed out again, of which nobody is notified."""


class _Undone(Exception):
    """The ticket is to be handed out again."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    number: int
    over: "Future[None]" = field(default_factory=Future)


class SharedJobs:
    """Implements `analytics.pipeline.taking.JobSource` while it is entered.

    Args:
        database: with the jobs.
        conninfo: how procrastinate connects to it.
        clock: of all hosts, but for a few seconds.
        name: of the worker.
        run: of this run alone.
        lease_s: after so long without a sign of life its job is another's.
    """

    def __init__(
        self, database: AnalyticsDatabase, conninfo: str, clock: Clock, name: str, *, run: str | None, lease_s: float
    ) -> None:
        self._database = database
        self._conninfo = conninfo
        self._clock = clock
        self._name = name
        self._queues = None if run is None else [run]
        self._lease_s = lease_s
        self._fetched: SimpleQueue[_Ticket | StoreError] = SimpleQueue()
        self._begun = Event()
        self._thread = Thread(target=self._run, name="tickets", daemon=True)

    def __enter__(self) -> Self:
        """Begin to fetch."""
        self._thread.start()
        self._begun.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Fetch no more; what was fetched and not begun is handed out again."""
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._leaving.set)
        while self._thread.is_alive():
            with suppress(Empty):
                waiting = self._fetched.get(timeout=0.05)
                if isinstance(waiting, _Ticket):
                    waiting.over.set_exception(_Undone())
        self._thread.join()

    @contextmanager
    def taken(self, wait_s: float, /) -> Iterator[Job | None]:
        """Take the job of the next valid ticket; woken when one is issued."""
        until_s = time.monotonic() + wait_s
        while True:
            ticket = self._next(max(0.0, until_s - time.monotonic()))
            if ticket is None:
                yield None
                return
            try:
                with self._database.writing() as connection:
                    job = tickets.claim(connection, ticket.number, self._name, self._clock.now())
                if job is not None:
                    yield job
            except BaseException:
                ticket.over.set_exception(_Undone())
                raise
            ticket.over.set_result(None)
            if job is not None:
                return

    def _next(self, wait_s: float) -> _Ticket | None:
        try:
            fetched = self._fetched.get(timeout=wait_s) if wait_s else self._fetched.get_nowait()
        except Empty:
            return None
        if isinstance(fetched, StoreError):
            self._fetched.put(fetched)  # for whoever asks again
            raise fetched
        return fetched

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
            reason = "its worker has ended"
        except Exception as error:
            reason = str(error.__cause__ or error)
        finally:
            self._begun.set()
        self._fetched.put(StoreError(f"the queue of analytics cannot be used: {reason}"))

    async def _serve(self) -> None:
        """Fetch until `__exit__`, or until the database has gone; opening and closing are not cut short."""
        self._loop, self._leaving = asyncio.get_running_loop(), asyncio.Event()
        self._begun.set()
        app = App(connector=PsycopgConnector(conninfo=self._conninfo, min_size=1, max_size=2))
        app.task(name=tickets.TASK, pass_context=True, retry=True)(self._hand_over)
        async with app.open_async():
            fetching = asyncio.create_task(self._fetch(app))
            others = [asyncio.create_task(self._mend(app.job_manager)), asyncio.create_task(self._leaving.wait())]
            await asyncio.wait([fetching, *others], return_when=asyncio.FIRST_COMPLETED)
            for task in (fetching, *others):
                task.cancel()
            await asyncio.wait([fetching, *others])
        if not fetching.cancelled():
            fetching.result()

    async def _fetch(self, app: App) -> None:
        await app.run_worker_async(
            queues=self._queues,  # type: ignore[arg-type]  # None is all of them
            name=self._name,
            fetch_job_polling_interval=_POLL_S,
            update_heartbeat_interval=self._lease_s / _SIGNS,
            stalled_worker_timeout=self._lease_s,
            delete_jobs="always",
            install_signal_handlers=False,
        )

    async def _hand_over(self, context: JobContext, job_id: int) -> None:
        """Keep a ticket in hand until the worker's thread is through with it."""
        assert context.job.id is not None, "it was fetched"
        ticket = _Ticket(context.job.id)
        self._fetched.put(ticket)
        await asyncio.shield(asyncio.wrap_future(ticket.over))

    async def _mend(self, manager: JobManager) -> None:
        """Issue anew, again and again, what silent workers had in hand."""
        while True:
            try:
                stalled = await manager.get_stalled_jobs(task_name=tickets.TASK, seconds_since_heartbeat=self._lease_s)
                silent = [one.id for one in stalled if one.id is not None]
                if silent:
                    await asyncio.to_thread(self._renew, silent)
                for number in silent:
                    with suppress(ConnectorException):  # another worker was quicker
                        await manager.finish_job_by_id_async(number, Status.ABORTED, delete_job=True)
            except (StoreError, ConnectorException) as error:
                _log.warning("jobs of silent workers are looked for later: %s", error.__cause__ or error)
            await asyncio.sleep(self._lease_s / 2)

    def _renew(self, silent: list[int]) -> None:
        with self._database.writing() as connection:
            tickets.renew(connection, silent)
