"""kill -9 of a process that records and stores: what is lost, and what the next start makes of it."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio import read_wav
from engine.calls import CallRecord, Disposition
from engine.store import CallDatabase
from telephony.recorder import repair, salvage

ENGINE = """
import asyncio, sys, time
from datetime import UTC, datetime, timedelta
from pathlib import Path
import numpy as np
from engine.audio import AudioBatch
from engine.calls import CallClosed, CallEvent, CallOpened, Direction, Disposition
from engine.speech import Language
from engine.store import CallDatabase
from telephony.recorder import StereoRecorder

folder, channels = Path(sys.argv[1]), 10
start = datetime(2026, 5, 4, 7, tzinfo=UTC)

def opened(call_id, recording):
    return CallOpened(call_id, Direction.INBOUND, "1", None, "soft", "h", Language.RUSSIAN, start, recording)

async def main():
    database = CallDatabase(folder / "calls.db", recordings=folder / "recordings", min_free_bytes=0)
    recorder = StereoRecorder()
    for channel in range(channels):
        path = folder / "recordings" / f"live-{channel}.wav"
        database.opened(opened(f"live-{channel}", path))
        recorder.open(channel, path)
    await database.flush()
    numbers, began = np.arange(channels), time.monotonic()
    for tick in range(3000):
        await asyncio.sleep(max(0.0, began + tick * 0.02 - time.monotonic()))
        frames = np.full((channels, 160), tick + 1, dtype=np.int16)
        recorder.accept(AudioBatch(numbers, np.full(channels, tick), frames, -frames))
        print("tick", tick, flush=True)
        if tick % 5 == 0:
            database.opened(opened(f"short-{tick}", None))
            database.event(CallEvent(f"short-{tick}", start, 0.0, "answered"))
            end = start + timedelta(seconds=1)
            await database.closed(CallClosed(f"short-{tick}", end, Disposition.REFUSED, 1.0, 200))
            print("closed", f"short-{tick}", flush=True)

asyncio.run(main())
"""


@dataclass(frozen=True)
class Killed:
    """What the process had said before it was killed."""

    folder: Path
    last_tick: int
    closed: tuple[str, ...]

    @property
    def recordings(self) -> list[Path]:
        return sorted((self.folder / "recordings").glob("live-*.wav"))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """Ten calls that were recorded for a second and a half until the process was killed in their middle."""
    folder = tmp_path_factory.mktemp("engine")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", ENGINE, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line.strip())
            if said[-1] == "tick 75":
                process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    ticks = [int(line.partition(" ")[2]) for line in said if line.startswith("tick ")]
    return Killed(folder, ticks[-1], tuple(line.partition(" ")[2] for line in said if line.startswith("closed ")))


def frames_of(path: Path) -> list[int]:
    """Return each frame's tick plus one, having checked bot against caller."""
    samples, _ = read_wav(path)
    blocks = samples.reshape(-1, 160, 2)
    assert (blocks[:, :, 0] == -blocks[:, :, 1]).all()
    return [int(block[0, 1]) for block in blocks]


def test_a_killed_process_loses_less_than_its_last_second(
    killed: Killed, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """Without any repair every recording is readable, whole from its first tick, and ends within the last second."""
    assert len(killed.recordings) == 10
    lost = []
    for path in killed.recordings:
        frames = frames_of(path)
        assert frames == list(range(1, len(frames) + 1))
        lost.append(killed.last_tick + 1 - len(frames))
    record_testsuite_property("recording_lost_after_kill_ms", max(lost) * 20)
    assert max(lost) <= 50


def test_frames_salvaged_from_the_rings_make_the_recordings_whole(killed: Killed, tmp_path: Path) -> None:
    """With the last second from the rings not one frame is missing."""
    for path in killed.recordings:
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        ticks = np.arange(killed.last_tick - 49, killed.last_tick + 1)
        frames = np.tile((ticks + 1).astype(np.int16).reshape(-1, 1), 160)
        salvage(copy, ticks, frames, -frames)
        assert frames_of(copy) == list(range(1, killed.last_tick + 2))


def test_every_call_that_was_reported_as_closed_is_in_the_database(killed: Killed) -> None:
    """What `closed` returned for survives the kill; live calls end as interrupted, as long as their recordings."""
    lengths = {path.stem: len(frames_of(path)) * 0.02 for path in killed.recordings}

    async def recover() -> tuple[dict[str, float], list[CallRecord | None]]:
        with CallDatabase(
            killed.folder / "calls.db", recordings=killed.folder / "recordings", min_free_bytes=0
        ) as database:
            ends = await database.close_interrupted(lambda path: repair(path).duration_s)
            return (
                {end.call_id: end.duration_s for end in ends},
                [await database.record(call_id) for call_id in (*killed.closed, *lengths)],
            )

    interrupted, records = asyncio.run(recover())
    assert len(killed.closed) >= 10
    live = {call_id: seconds for call_id, seconds in interrupted.items() if call_id.startswith("live")}
    assert live == pytest.approx(lengths)
    for record in records[: len(killed.closed)]:
        assert_closed(record, Disposition.REFUSED)
        assert record is not None
        assert [event.kind for event in record.events] == ["answered"]
    for record in records[len(killed.closed) :]:
        assert_closed(record, Disposition.INTERRUPTED)


def assert_closed(record: Any, disposition: Disposition) -> None:
    assert record is not None
    assert record.closed is not None
    assert record.closed.disposition is disposition
