"""A voice's queue of texts to render, the earliest deadline first.

Order: texts that a call waits for now; then those whose deadline is still ahead, the nearest first; then those whose
deadline has passed (*missed*), the latest first, since the turn that they were for is the least likely to be over. A
missed text would otherwise push every later one past its own deadline. A text that is queued already is never queued
twice; a nearer deadline moves it up.
"""

import heapq
import itertools
import logging
import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import IntEnum

from engine.audio import AudioClip
from engine.errors import SynthesisError, VoicebotError
from engine.ports import Clock

_log = logging.getLogger(__name__)

_NICENESS = 5
"""Rendering gives way to the event loop and to recognition."""


class Urgency(IntEnum):
    """Which texts go first."""

    WAITED_FOR = 0
    TIMELY = 1
    MISSED = 2


@dataclass(frozen=True, slots=True)
class RenderStats:
    """What a queue did so far.

    Args:
        rendered: texts.
        audio_s: seconds of audio in them.
        render_s: seconds that rendering them took, threads added up.
        late: rendered, but only after their deadline.
        missed: not even begun at their deadline.
        dropped: thrown out of a full queue.
        failed: the voice failed.
    """

    rendered: int = 0
    audio_s: float = 0.0
    render_s: float = 0.0
    late: int = 0
    missed: int = 0
    dropped: int = 0
    failed: int = 0


@dataclass(slots=True, eq=False)
class _Job:
    key: str
    render: Callable[[], AudioClip]
    deadline_s: float
    urgency: Urgency
    started: bool = False
    future: Future[AudioClip] = field(default_factory=Future)

    @property
    def rank(self) -> tuple[int, float]:
        return (self.urgency, -self.deadline_s if self.urgency is Urgency.MISSED else self.deadline_s)


class RenderQueue:
    """Renders on its own threads. Thread-safe.

    Args:
        name: of the voice, for the log.
        clock: deadlines are on its monotonic time.
        threads: texts rendered at once.
        limit: texts queued at most; beyond it the least urgent is dropped.
    """

    def __init__(self, name: str, clock: Clock, *, threads: int = 1, limit: int = 2000) -> None:
        self._name, self._clock, self._limit = name, clock, limit
        self._heap: list[tuple[tuple[int, float], int, _Job]] = []
        self._order = itertools.count()
        self._jobs: dict[str, _Job] = {}
        self._stats = RenderStats()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"render {name} {index}", daemon=True) for index in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def stats(self) -> RenderStats:
        """Counts so far."""
        with self._changed:
            return self._stats

    def submit(
        self, key: str, render: Callable[[], AudioClip], *, deadline_s: float = math.inf, waited_for: bool = False
    ) -> Future[AudioClip]:
        """Queue a text unless it is queued already, and return the future of its clip.

        Args:
            key: the same for the same text.
            render: makes the clip, on a thread of the queue.
            deadline_s: on the clock's monotonic time.
            waited_for: goes before all that is only foreseen.

        Returns:
            The clip, or `SynthesisError` where rendering failed, the queue was full or it was closed.
        """
        urgency = Urgency.WAITED_FOR if waited_for else Urgency.TIMELY
        with self._changed:
            if self._closed:
                return _failed("the voices are closed")
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job(key, render, deadline_s, urgency)
            elif job.started or (urgency, deadline_s) >= job.rank:
                return job.future
            else:
                # A deadline that was missed counts no more: the text is wanted anew.
                missed = job.urgency is Urgency.MISSED
                job.deadline_s = deadline_s if missed else min(deadline_s, job.deadline_s)
                job.urgency = urgency
            self._push(job)
            self._drop_excess()
            self._changed.notify()
            return job.future

    def close(self, timeout_s: float = 5.0) -> None:
        """Give up all that is queued, and wait for what is being rendered."""
        with self._changed:
            self._closed = True
            for job in [job for job in self._jobs.values() if not job.started]:
                self._give_up(job, "the voices are closed")
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout_s)

    def _push(self, job: _Job) -> None:
        heapq.heappush(self._heap, (job.rank, next(self._order), job))

    def _drop_excess(self) -> None:
        waiting = [job for job in self._jobs.values() if not job.started]
        if len(waiting) <= self._limit:
            return
        victim = max(waiting, key=lambda job: job.rank)
        if victim.urgency is Urgency.WAITED_FOR:
            return
        self._give_up(victim, "dropped: too many prompts are waiting")
        self._stats = replace(self._stats, dropped=self._stats.dropped + 1)

    def _give_up(self, job: _Job, reason: str) -> None:
        job.started = True
        del self._jobs[job.key]
        if job.future.set_running_or_notify_cancel():
            job.future.set_exception(SynthesisError(reason))

    def _work(self) -> None:
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        while (job := self._next()) is not None:
            self._render(job)

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._closed:
                if not self._heap:
                    self._changed.wait()
                    continue
                rank, _, job = heapq.heappop(self._heap)
                if job.started or rank != job.rank:
                    continue  # moved up, dropped or done since it was pushed
                if job.urgency is Urgency.TIMELY and job.deadline_s < self._clock.monotonic_s():
                    job.urgency = Urgency.MISSED
                    self._stats = replace(self._stats, missed=self._stats.missed + 1)
                    self._push(job)
                    continue
                job.started = True
                if job.future.set_running_or_notify_cancel():
                    return job
                del self._jobs[job.key]
            return None

    def _render(self, job: _Job) -> None:
        begun_s = self._clock.monotonic_s()
        clip: AudioClip | None = None
        try:
            clip = job.render()
        except VoicebotError as error:
            problem = SynthesisError(str(error))
        except Exception as error:
            # The root of a thread: whatever a vendor raises, the next text must still be rendered.
            _log.exception("voice %s failed on prompt %s", self._name, job.key[:12])
            problem = SynthesisError(f"{self._name}: {type(error).__name__}")
        ended_s = self._clock.monotonic_s()
        with self._changed:
            del self._jobs[job.key]
            stats = self._stats
            if clip is None:
                self._stats = replace(stats, failed=stats.failed + 1)
            else:
                self._stats = replace(
                    stats,
                    rendered=stats.rendered + 1,
                    audio_s=stats.audio_s + clip.duration_s,
                    render_s=stats.render_s + ended_s - begun_s,
                    late=stats.late + (ended_s > job.deadline_s),
                )
        if clip is None:
            job.future.set_exception(problem)
        else:
            job.future.set_result(clip)


def _failed(message: str) -> Future[AudioClip]:
    future: Future[AudioClip] = Future()
    future.set_exception(SynthesisError(message))
    return future
