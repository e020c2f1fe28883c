"""What the store does when room runs out: on a real small disk, under SQLite's own page limit, and in memory."""

import asyncio
import contextlib
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from engine.calls import CallRecord
from engine.errors import StoreError, StoreFull
from engine.store import CallDatabase

Facts = Callable[..., Any]
LARGE = "x" * 100_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root and CAP_SYS_ADMIN")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


class PageLimit:
    """SQLite's own limit on the size of a database, as `SQLITE_FULL` of the real library; 0 lifts it."""

    pages = 0

    def __call__(self, connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA max_page_count={self.pages or 2**30}")


@pytest.fixture
def page_limit() -> Iterator[PageLimit]:
    """Set on every connection before each transaction."""
    limit = PageLimit()
    event.listen(Engine, "begin", limit, insert=True)
    yield limit
    event.remove(Engine, "begin", limit)


def wait_for_trouble(database: CallDatabase) -> None:
    """Wait until the writer has met the full disk."""
    pause = threading.Event()
    for _ in range(2000):
        if database.stats.trouble:
            return
        pause.wait(0.005)
    raise AssertionError("the writer met no trouble")


async def until_written(database: CallDatabase) -> None:
    """Return when all that waited is on disk, however often the store's patience ends before."""
    for _ in range(2000):
        with contextlib.suppress(StoreError):
            return await database.flush()
    raise AssertionError("the writer did not recover")


def test_a_full_database_refuses_new_calls_and_keeps_the_facts_of_running_ones(
    tmp_path: Path, facts: Facts, page_limit: PageLimit, caplog: pytest.LogCaptureFixture
) -> None:
    """While SQLite is full nothing begins and ends are reported as not stored; with room again all of it is written."""
    database = CallDatabase(tmp_path / "calls.db", recordings=tmp_path, min_free_bytes=0, patience_s=0.05, retry_s=0.01)
    call = facts()

    async def talk() -> CallRecord | None:
        database.opened(call.opened())
        await until_written(database)
        page_limit.pages = 1
        database.event(call.event(detail=LARGE))
        wait_for_trouble(database)
        database.turn(call.bot_turn())
        with pytest.raises(StoreFull, match="database or disk is full"):
            database.opened(facts("call-2").opened())
        with pytest.raises(StoreFull, match=r"call-1: its end is not on disk .* waits in memory: .* is full"):
            await database.closed(call.closed())
        before = await database.record("call-1")
        assert before is not None
        assert before.closed is None
        assert database.stats.backlog >= 3
        page_limit.pages = 0
        await until_written(database)
        return await database.record("call-1")

    with caplog.at_level(logging.WARNING):
        record = asyncio.run(talk())
    assert record is not None
    assert record.closed == call.closed()
    assert record.turns == (call.bot_turn(),)
    assert [len(event.detail) for event in record.events] == [100_000]
    assert database.stats.trouble is None
    assert caplog.text.count("takes no writes, facts of calls wait") == 1
    assert caplog.text.count("takes writes again") == 1
    database.close()


def test_a_disk_that_is_really_full(small_disk: Path, facts: Facts) -> None:
    """On a file system without a free byte the same holds, and what was waiting is written once space is freed."""
    database = CallDatabase(
        small_disk / "calls.db", recordings=small_disk / "r", min_free_bytes=0, patience_s=0.05, retry_s=0.01
    )
    call = facts()
    ballast = small_disk / "ballast"

    async def talk() -> CallRecord | None:
        database.opened(call.opened())
        await until_written(database)
        fill(ballast)
        database.event(call.event(detail=LARGE))
        wait_for_trouble(database)
        with pytest.raises(StoreFull, match="no further call is taken"):
            database.opened(facts("call-2").opened())
        with pytest.raises(StoreError, match="waits in memory"):
            await database.closed(call.closed())
        ballast.unlink()
        await until_written(database)
        database.opened(facts("call-2").opened())
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert record.closed == call.closed()
    assert [len(event.detail) for event in record.events] == [100_000]
    database.close()


def fill(path: Path) -> None:
    """Write until the disk takes no more."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\1" * 4096)
        except OSError:
            return


def test_memory_for_waiting_facts_is_bounded(tmp_path: Path, facts: Facts, page_limit: PageLimit) -> None:
    """Beyond the capacity events and turns are dropped and counted, and the call's record says how many it lacks."""
    database = CallDatabase(
        tmp_path / "calls.db", recordings=tmp_path, min_free_bytes=0, capacity=10, patience_s=0.05, retry_s=0.01
    )
    call = facts()

    async def talk() -> CallRecord | None:
        database.opened(call.opened())
        await until_written(database)
        page_limit.pages = 1
        for number in range(30):
            database.event(call.event(detail=f"{number} {LARGE}"))
        wait_for_trouble(database)
        assert database.stats.backlog == 10
        assert database.stats.dropped == 20
        with pytest.raises(StoreFull):
            await database.closed(call.closed())
        page_limit.pages = 0
        await until_written(database)
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert record.closed == call.closed()
    assert [event.detail.partition(" ")[0] for event in record.events[:-1]] == [str(number) for number in range(10)]
    assert (record.events[-1].kind, record.events[-1].detail) == ("facts_lost", "20")
    database.close()


def test_new_calls_are_refused_before_memory_runs_out(tmp_path: Path, facts: Facts) -> None:
    """With half of the room for waiting facts in use, a further call is refused while running ones go on."""
    database = CallDatabase(tmp_path / "calls.db", recordings=tmp_path, min_free_bytes=0, capacity=10)
    at_commit, go_on = threading.Event(), threading.Event()

    def stall(connection: Connection) -> None:
        at_commit.set()
        go_on.wait(30)

    event.listen(Engine, "commit", stall)
    try:
        database.opened(facts("call-0").opened())
        assert at_commit.wait(30)
        for number in range(1, 5):
            database.opened(facts(f"call-{number}").opened())
        with pytest.raises(StoreFull, match="5 facts of calls wait"):
            database.opened(facts("call-5").opened())
        database.event(facts("call-1").event())
        go_on.set()
        asyncio.run(database.flush())
    finally:
        go_on.set()
        event.remove(Engine, "commit", stall)
    assert len(database.archive.recent(10)) == 5
    database.close()


def test_closing_gives_up_on_a_full_disk_and_says_what_is_lost(
    tmp_path: Path, facts: Facts, page_limit: PageLimit
) -> None:
    """A store that cannot be emptied in time does not hang at the end, and counts the facts that are lost."""
    database = CallDatabase(tmp_path / "calls.db", recordings=tmp_path, min_free_bytes=0, retry_s=0.01)
    database.opened(facts().opened())
    asyncio.run(until_written(database))
    page_limit.pages = 1
    database.event(facts().event(detail=LARGE))
    wait_for_trouble(database)
    with pytest.raises(StoreError, match=r"1 facts of calls were lost: .* is full"):
        database.close(timeout_s=0.05)
