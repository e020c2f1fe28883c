"""Threads that a hanging job cannot use up."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import wait

import pytest

from engine.threads import Lane, WorkThreads


class Hands:
    """Jobs that hang until they are let go, and a clock."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.released = threading.Event()
        self.begun = threading.Semaphore(0)

    def hang(self) -> str:
        self.begun.release()
        self.released.wait(10)
        return "late"


@pytest.fixture
def hands() -> Iterator[Hands]:
    hands = Hands()
    yield hands
    hands.released.set()


def test_a_thread_whose_job_hangs_is_replaced(hands: Hands) -> None:
    """Jobs behind it run on; when it returns after all, there is no thread too many."""
    threads = WorkThreads(1, "test", stuck_s=5.0, monotonic_s=lambda: hands.now_s)
    hung = threads.submit(hands.hang)
    assert hands.begun.acquire(timeout=5)
    behind = threads.submit(lambda: "done")
    hands.now_s = 4.0
    early = threads.submit(lambda: "done too")
    assert not wait([behind, early], timeout=0.05).done
    hands.now_s = 6.0
    assert threads.submit(lambda: "now").result(5) == "now"
    assert (behind.result(5), early.result(5), threads.lost) == ("done", "done too", 1)
    hands.released.set()
    assert hung.result(5) == "late"
    threads.close()


def test_a_hundred_hanging_jobs_take_a_bounded_number_of_threads(hands: Hands) -> None:
    """Something is broken for good then, and must not take the machine with it."""
    threads = WorkThreads(2, "test", stuck_s=5.0, monotonic_s=lambda: hands.now_s)
    for _ in range(100):
        threads.submit(hands.hang)
        hands.begun.acquire(timeout=0.01)
        hands.now_s += 6.0
    assert threads.lost <= 8
    assert sum(thread.name == "test" for thread in threading.enumerate()) <= 10
    threads.close()


def test_what_a_job_raises_belongs_to_who_asked() -> None:
    """The thread lives on."""
    threads = WorkThreads(1, "test")
    with pytest.raises(ZeroDivisionError):
        threads.submit(lambda: 1 / 0).result(5)
    assert threads.submit(lambda: 1).result(5) == 1
    threads.close()


def test_a_closed_pool_cancels_what_is_queued_and_what_comes(hands: Hands) -> None:
    """Whoever asks too late is told, and not by an error in the middle of a call's end."""
    threads = WorkThreads(1, "test")
    threads.submit(hands.hang)
    assert hands.begun.acquire(timeout=5)
    queued = threads.submit(lambda: 1)
    threads.close()
    assert queued.cancelled()
    assert threads.submit(lambda: 1).cancelled()


def test_a_hanging_job_does_not_keep_the_process_alive() -> None:
    """SIGTERM must end an engine whose recogniser hangs."""
    program = (
        "import threading; from engine.threads import WorkThreads; begun = threading.Event();"
        "WorkThreads(1, 'test').submit(lambda: (begun.set(), threading.Event().wait())); begun.wait(); print('over')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "over\n"


def test_the_end_of_the_process_waits_for_a_job_in_hand() -> None:
    """Native code that the interpreter's end overtakes aborts the process."""
    program = (
        "import threading, time; from engine.threads import WorkThreads; begun = threading.Event();"
        "threads = WorkThreads(1, 'test');"
        "threads.submit(lambda: (begun.set(), time.sleep(0.3), print('finished', flush=True)));"
        "begun.wait(); threads.close()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True)
    assert done.stdout == "finished\n"


async def test_a_lane_holds_one_thread_at_a_time(hands: Hands) -> None:
    """A call whose jobs all hang leaves the other threads to the others."""
    threads = WorkThreads(2, "test")
    bad, good = Lane(threads), Lane(threads)
    hung = [bad.run(hands.hang) for _ in range(5)]
    assert [await good.run(lambda i=i: i) for i in range(5)] == [0, 1, 2, 3, 4]
    assert not any(job.done() for job in hung)
    hung[1].cancel()
    hands.released.set()
    assert [await job for job in hung if job is not hung[1]] == ["late"] * 4
    threads.close()


async def test_a_lane_goes_on_after_a_failure_and_tells_of_each_job() -> None:
    """In order, one after the other."""
    threads, told = WorkThreads(2, "test"), []
    lane = Lane(threads, lambda: told.append(1))
    jobs = [lane.run(lambda: 1), lane.run(lambda: 1 / 0), lane.run(lambda: 3)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert (results[0], type(results[1]), results[2]) == (1, ZeroDivisionError, 3)
    assert len(told) == 3
    threads.close()
