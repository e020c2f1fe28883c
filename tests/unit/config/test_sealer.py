"""Recordings of live calls are sealed when the calls are over: a real database, real files."""

import asyncio
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.sealer import Sealer
from engine.calls import CallClosed, CallOpened, Direction, Disposition
from engine.sealing import Keyring, open_stored, stored_at
from engine.speech import Language
from engine.store import CallDatabase

KEYS = Keyring([bytes(32)])
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CallDatabase]:
    with CallDatabase(tmp_path / "calls.db", recordings=tmp_path / "recordings", min_free_bytes=0) as opened:
        yield opened


def held(store: CallDatabase, folder: Path, call_id: str, *, over: bool = True, written: bool = True) -> Path:
    """Hold a call; return the path of its recording."""
    path = folder / "recordings" / "2026-11-22" / f"{call_id}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    if written:
        path.write_bytes(call_id.encode() * 50_000)

    async def hold() -> None:
        store.opened(CallOpened(call_id, Direction.INBOUND, "7701", None, "soft", "h", Language.ENGLISH, AT, path))
        if over:
            await store.closed(CallClosed(call_id, AT, Disposition.HUNG_UP, 1.0, 200))
        await store.flush()

    asyncio.run(hold())
    return path


def test_calls_are_sealed_when_they_are_over_and_live_ones_left_alone(store: CallDatabase, tmp_path: Path) -> None:
    over, live, silent = (
        held(store, tmp_path, "over"),
        held(store, tmp_path, "live", over=False),
        held(store, tmp_path, "silent", written=False),
    )
    sealer = Sealer(KEYS, store.archive, tmp_path / "recordings")
    for call_id in ("over", "live", "silent", "unknown"):
        sealer.ended(call_id)
    sealer.stop()
    assert sorted(one.name for one in over.parent.iterdir()) == ["live.wav", "over.wav.sealed"]
    assert stored_at(silent) is None
    with open_stored(over, KEYS) as file:
        assert file.read() == b"over" * 50_000
    assert live.exists()


def test_what_a_killed_run_left_in_clear_is_sealed_by_the_next(store: CallDatabase, tmp_path: Path) -> None:
    """Not what is older than keys, nor what no call is known of; what a killed sealer had begun is swept away."""
    left, old = held(store, tmp_path, "left"), held(store, tmp_path, "old")
    held(store, tmp_path, "live", over=False)
    foreign, torn = left.with_name("foreign.wav"), left.with_name(".left.wav.sealed.1a2b3c4d")
    for path in (foreign, torn):
        path.touch()
    month_s = time.time() - 30 * 24 * 3600
    for path in (old, torn):
        os.utime(path, (month_s, month_s))
    sealer = Sealer(KEYS, store.archive, tmp_path / "recordings")
    sealer.left_behind()
    sealer.stop()
    names = sorted(one.name for one in left.parent.iterdir())
    assert names == ["foreign.wav", "left.wav.sealed", "live.wav", "old.wav"]


def test_what_cannot_be_sealed_now_is_tried_again(
    store: CallDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = held(store, tmp_path, "c-1")
    blocked = path.with_name("c-1.wav.sealed")
    blocked.mkdir()
    sealer = Sealer(KEYS, store.archive, tmp_path / "recordings", retry_s=0.05)
    sealer.ended("c-1")
    deadline_s = time.monotonic() + 20
    while "stays in clear for now" not in caplog.text and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert path.exists()
    blocked.rmdir()
    while path.exists() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    sealer.stop()
    assert [one.name for one in path.parent.iterdir()] == ["c-1.wav.sealed"]
