"""Threads for blocking work that may hang: a job that never returns costs neither the other jobs nor the exit.

Rules
- `WorkThreads` has so many threads. A job that has run longer than ``stuck_s`` is given up: its thread is counted as
  lost and another takes its place, up to a limit. A lost thread whose job returns after all ends.
- The threads are daemons, since the standard pool would wait for a hung one at the end of the process for ever. For
  jobs in hand `LAST_JOBS_S` are given there: native code that the interpreter's end overtakes aborts the process.
- A `Lane` is one user's way to the threads: its jobs run one at a time, in order, so that a user whose jobs hang holds
  one thread and no more.
"""

import asyncio
import atexit
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

STUCK_S = 20.0
"""Five times as long as a turn waits for its reading (`engine.listening.READING_DEADLINE_S`)."""

LAST_JOBS_S = 5.0
"""How long the end of the process waits for jobs in hand; a recogniser's take well under a second."""

_MOST_LOST = 8
"""Lost threads beyond which none is replaced: something is broken for good, and memory is finite."""

_Result = TypeVar("_Result")
_Job = tuple[Callable[[], Any], "Future[Any]"]


class WorkThreads:
    """A pool of daemon threads; `submit` and `close` belong to one thread, the event loop's.

    Args:
        threads: how many jobs run at once.
        name: of the threads.
        stuck_s: running time after which a job's thread is given up for lost.
        monotonic_s: the clock.
    """

    def __init__(
        self,
        threads: int,
        name: str,
        *,
        stuck_s: float = STUCK_S,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._stuck_s = stuck_s
        self._monotonic_s = monotonic_s
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._since_s: dict[threading.Thread, float] = {}
        self._threads = threads
        self._lost = 0
        self._closed = False
        for _ in range(threads):
            self._start()

    @property
    def lost(self) -> int:
        """Threads whose job does not return."""
        with self._lock:
            return self._lost

    def submit(self, job: "Callable[[], _Result]") -> "Future[_Result]":
        """Queue a job; after `close` its future is cancelled at once."""
        future: Future[_Result] = Future()
        if self._closed:
            future.cancel()
            return future
        self._replace_lost()
        self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Cancel what is queued and let the threads end with the job that each has in hand."""
        self._closed = True
        while not self._jobs.empty():
            waiting = self._jobs.get()
            if waiting is not None:
                waiting[1].cancel()
        for _ in range(self._threads):
            self._jobs.put(None)
        atexit.register(self._wait_for_jobs_in_hand)

    def _wait_for_jobs_in_hand(self) -> None:
        until_s = time.monotonic() + LAST_JOBS_S
        with self._lock:
            busy = tuple(self._since_s)
        for thread in busy:
            thread.join(max(0.0, until_s - time.monotonic()))

    def _start(self) -> None:
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _replace_lost(self) -> None:
        now_s = self._monotonic_s()
        with self._lock:
            stuck = [thread for thread, since_s in self._since_s.items() if now_s - since_s > self._stuck_s]
            stuck = stuck[: _MOST_LOST - self._lost]
            for thread in stuck:
                del self._since_s[thread]
            self._lost += len(stuck)
        for thread in stuck:
            _log.critical("thread %s has hung for over %.0f s; another takes its place", thread.name, self._stuck_s)
            self._start()

    def _run(self) -> None:
        me = threading.current_thread()
        while (waiting := self._jobs.get()) is not None:
            job, future = waiting
            if not future.set_running_or_notify_cancel():
                continue
            with self._lock:
                self._since_s[me] = self._monotonic_s()
            try:
                result = job()
            except BaseException as error:  # the thread's root: whatever it is belongs to who asked
                future.set_exception(error)
            else:
                future.set_result(result)
            with self._lock:
                if self._since_s.pop(me, None) is None:
                    self._lost -= 1
                    return


class Lane:
    """One user's jobs on shared threads, one at a time and in order; used on the event loop.

    Args:
        threads: shared.
        on_progress: called after each job.
    """

    def __init__(self, threads: WorkThreads, on_progress: Callable[[], None] = lambda: None) -> None:
        self._threads = threads
        self._on_progress = on_progress
        self._waiting: deque[tuple[Callable[[], Any], asyncio.Future[Any]]] = deque()
        self._busy = False

    def run(self, job: "Callable[[], _Result]") -> "asyncio.Future[_Result]":
        """Queue a job and return its outcome; to cancel it drops a job that has not begun."""
        outcome: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        outcome.add_done_callback(lambda _: self._on_progress())
        self._waiting.append((job, outcome))
        self._go_on()
        return outcome

    def _go_on(self) -> None:
        while self._waiting and not self._busy:
            job, outcome = self._waiting.popleft()
            if outcome.cancelled():
                continue
            self._busy = True
            work = asyncio.wrap_future(self._threads.submit(job))
            work.add_done_callback(partial(self._done, outcome))

    def _done(self, outcome: "asyncio.Future[Any]", work: "asyncio.Future[Any]") -> None:
        self._busy = False
        error = None if work.cancelled() else work.exception()
        if not outcome.done():
            if work.cancelled():
                outcome.cancel()
            elif error is not None:
                outcome.set_exception(error)
            else:
                outcome.set_result(work.result())
        self._go_on()
