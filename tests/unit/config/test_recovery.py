"""What a start does about an engine that died: real rings, a real database, real recordings."""

import asyncio
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from config import recovery
from config.recovery import recover
from engine.audio import FRAME_S, FRAME_SAMPLES, read_wav
from engine.calls import CallOpened, Direction, Disposition
from engine.speech import Language
from engine.store.database import CallDatabase
from telephony.recording import RecordingFile, interleave
from telephony.ring_file import RingFile
from telephony.ring_layout import RingShape
from telephony.rings import BridgeEnd

TICKS = 100


def frames(value: int, count: int) -> np.ndarray:
    return np.full((count, FRAME_SAMPLES), value, np.int16)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "c-1.wav"


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    """Rings in which the worker heard 2 s of a call that nobody read."""
    folder = tmp_path / "run"
    folder.mkdir()
    rings = RingFile.create(folder / "rings-1.bin", RingShape(slots=1, tx_depth=16, media_depth=200))
    bridge = BridgeEnd(rings)
    bridge.open(0, "c-1")
    bridge.start(0)
    for _ in range(TICKS):
        bridge.commit(0, np.full(FRAME_SAMPLES, 7, np.int16))
        bridge.tick_done()
    rings.close()
    return folder


@pytest.fixture
def store(tmp_path: Path, recording: Path) -> Iterator[CallDatabase]:
    """A database in which that call was left open, reopened by the next engine."""

    def opened() -> CallDatabase:
        return CallDatabase(tmp_path / "calls.db", recordings=tmp_path / "recordings", min_free_bytes=0)

    async def begin() -> None:
        at = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
        with opened() as store:
            store.opened(
                CallOpened("c-1", Direction.INBOUND, "7701", None, "soft", "h", Language.ENGLISH, at, recording)
            )
            await store.flush()

    asyncio.run(begin())
    with opened() as store:
        yield store


def damage(path: Path) -> None:
    path.write_bytes(b"nothing of ours")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def length(path: Path) -> int:
    """In frames; 0 where there is no recording."""
    return len(read_wav(path)[0]) // FRAME_SAMPLES if path.exists() else 0


async def run(run_dir: Path, store: CallDatabase) -> None:
    later = await recover(run_dir, store)
    later.cancel()
    await asyncio.gather(later, return_exceptions=True)


def written(path: Path, ticks: int) -> None:
    """What the dead engine had recorded."""
    file = RecordingFile(path)
    file.write(0, interleave(frames(7, ticks), frames(0, ticks)))
    file.close()


@pytest.mark.parametrize("before", [0, 30, TICKS])
async def test_audio_that_only_the_rings_held_gets_into_the_recording(
    run_dir: Path, store: CallDatabase, recording: Path, before: int
) -> None:
    """Whether the recording was never begun, cut short, or whole; the call is closed as interrupted, at its length."""
    if before:
        written(recording, before)
    await run(run_dir, store)
    samples, _ = read_wav(recording)
    assert len(samples) == TICKS * FRAME_SAMPLES
    assert (samples[:, 1] == 7).all()
    record = await store.record("c-1")
    assert record is not None
    assert record.closed is not None
    assert record.closed.disposition is Disposition.INTERRUPTED
    assert record.closed.duration_s == pytest.approx(TICKS * FRAME_S)
    assert names(run_dir) == []


async def test_a_second_start_finds_nothing_to_do(run_dir: Path, store: CallDatabase, recording: Path) -> None:
    """The record and the recording stay as the first one left them."""
    await run(run_dir, store)
    first = await store.record("c-1"), length(recording)
    await run(run_dir, store)
    assert (await store.record("c-1"), length(recording)) == first


async def test_rings_that_a_worker_still_uses_are_left_until_it_has_ended(
    run_dir: Path, store: CallDatabase, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It speaks its apology; its audio is salvaged a little later."""
    monkeypatch.setattr(recovery, "_APOLOGY_S", 0.05)
    worker = RingFile(run_dir / "rings-1.bin")
    later = await recover(run_dir, store)
    assert length(recording) == 0
    worker.close()
    await later
    assert length(recording) == TICKS


async def test_damaged_rings_are_named_and_removed(
    run_dir: Path, store: CallDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing can be got from them, at the next start either; the good ones beside them are salvaged."""
    damage(run_dir / "rings-0.bin")
    with caplog.at_level(logging.WARNING):
        await run(run_dir, store)
    assert "rings-0.bin holds nothing to salvage" in caplog.text
    assert names(run_dir) == []


async def test_rings_are_kept_where_the_recording_cannot_be_written(
    run_dir: Path, store: CallDatabase, recording: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk in trouble costs no audio: the next start tries again."""
    os.mkdir(recording)
    await run(run_dir, store)
    assert "rings-1.bin is kept, and salvaged at the next start" in caplog.text
    assert names(run_dir) == ["rings-1.bin"]
    os.rmdir(recording)
    await run(run_dir, store)
    assert length(recording) == TICKS


async def test_rings_of_a_call_that_the_store_does_not_know_are_let_go(
    run_dir: Path, tmp_path: Path, recording: Path
) -> None:
    """A database of another engine: nothing is written anywhere."""
    with CallDatabase(tmp_path / "other.db", recordings=tmp_path / "recordings", min_free_bytes=0) as other:
        await run(run_dir, other)
    assert length(recording) == 0
    assert names(run_dir) == []


async def test_without_a_run_folder_there_is_nothing_to_recover(tmp_path: Path, store: CallDatabase) -> None:
    """The very first start, or one after `run` was cleaned; the open call is closed all the same."""
    await run(tmp_path / "none", store)
    record = await store.record("c-1")
    assert record is not None
    assert record.closed is not None
    assert record.closed.duration_s == 0.0
