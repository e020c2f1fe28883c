"""The recorder of all live calls."""

import asyncio
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from engine.audio import AudioBatch, read_wav
from engine.errors import AudioError, TelephonyError
from engine.ports import AudioSink
from telephony.recorder import RecordingReport, StereoRecorder


def tick_of(channels: dict[int, int]) -> AudioBatch:
    """Return one frame a channel, whose value tells channel and tick; the bot's is the caller's negative."""
    numbers = np.array(list(channels), dtype=np.int64)
    ticks = np.array(list(channels.values()), dtype=np.int64)
    value = (100 * numbers + ticks + 1).astype(np.int16).reshape(-1, 1)
    return AudioBatch(numbers, ticks, np.tile(value, 160), np.tile(-value, 160))


def heard(path: Path) -> list[int]:
    """Return the caller's value of each frame, having checked that the bot's is its negative."""
    samples, _ = read_wav(path)
    blocks = samples.reshape(-1, 160, 2)
    assert (blocks[:, :, 0] == -blocks[:, :, 1]).all()
    return [int(block[0, 1]) for block in blocks]


def close(recorder: StereoRecorder, channel: int) -> RecordingReport:
    return asyncio.run(_close(recorder, channel))


async def _close(recorder: StereoRecorder, channel: int) -> RecordingReport:
    return await recorder.close(channel)


@pytest.fixture
def recorder() -> Iterator[StereoRecorder]:
    """A recorder, stopped at the end."""
    with StereoRecorder() as running:
        yield running


def test_each_call_gets_its_own_frames(recorder: StereoRecorder, tmp_path: Path) -> None:
    """Two calls with different ticks in the same batches end in two files, each at its own position."""
    sink: AudioSink = recorder
    recorder.open(3, tmp_path / "three.wav")
    recorder.open(1, tmp_path / "one.wav")
    for tick in range(30):
        sink.accept(tick_of({3: tick, 7: tick, 1: tick + 2}))
    report = close(recorder, 3)
    assert report == RecordingReport(tmp_path / "three.wav", pytest.approx(0.6), 30, 0, 0, None)
    assert heard(tmp_path / "three.wav") == [301 + tick for tick in range(30)]
    assert close(recorder, 1).duration_s == pytest.approx(0.64)
    assert heard(tmp_path / "one.wav") == [0, 0, *(103 + tick for tick in range(30))]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.wav", "three.wav"]


def test_missing_and_late_ticks_keep_every_other_in_its_place(recorder: StereoRecorder, tmp_path: Path) -> None:
    """A tick that never came is silence and counted; one that came late lands where it belongs."""
    recorder.open(1, tmp_path / "a.wav")
    for tick in (0, 1, 5, 3, 8):
        recorder.accept(tick_of({1: tick}))
    assert close(recorder, 1).missing == 4
    assert heard(tmp_path / "a.wav") == [101, 102, 0, 104, 0, 106, 0, 0, 109]


def test_the_caller_may_use_its_arrays_again(recorder: StereoRecorder, tmp_path: Path) -> None:
    """What was taken is a copy: the rings' memory may change right after."""
    recorder.open(1, tmp_path / "a.wav")
    batch = tick_of({1: 0})
    recorder.accept(batch)
    for array in (batch.heard, batch.spoken, batch.ticks, batch.channels):
        array[...] = 77
    close(recorder, 1)
    assert heard(tmp_path / "a.wav") == [101]


def test_a_channel_that_is_used_again_begins_a_file_of_its_own(recorder: StereoRecorder, tmp_path: Path) -> None:
    """Frames before the end are the first call's, frames after the new beginning the next call's, all else nobody's."""

    async def two_calls() -> list[RecordingReport]:
        recorder.open(1, tmp_path / "first.wav")
        recorder.accept(tick_of({1: 0}))
        first = asyncio.ensure_future(recorder.close(1))
        await asyncio.sleep(0)
        recorder.accept(tick_of({1: 1}))
        recorder.open(1, tmp_path / "second.wav")
        recorder.accept(tick_of({1: 0}))
        recorder.accept(tick_of({1: 1}))
        return [await first, await recorder.close(1)]

    assert [report.written for report in asyncio.run(two_calls())] == [1, 2]
    assert heard(tmp_path / "first.wav") == [101]
    assert heard(tmp_path / "second.wav") == [101, 102]


def test_a_recording_can_be_read_while_the_call_runs(tmp_path: Path) -> None:
    """Before it is closed the file holds what was taken, behind a true header."""
    seen = threading.Event()
    with StereoRecorder(write_every_s=0.001) as recorder:
        recorder.open(1, tmp_path / "a.wav")
        for tick in range(50):
            recorder.accept(tick_of({1: tick}))
        for _ in range(5000):
            with suppress(AudioError):  # made this moment, its header still to come
                if len(heard(tmp_path / "a.wav")) == 50:
                    break
            seen.wait(0.001)
        assert heard(tmp_path / "a.wav") == [101 + tick for tick in range(50)]


def test_stopping_writes_all_and_closes_all(tmp_path: Path) -> None:
    """Recordings that nobody closed are whole after the stop; a second stop does nothing; nothing can be opened."""
    recorder = StereoRecorder()
    for channel in (1, 2):
        recorder.open(channel, tmp_path / f"{channel}.wav")
    recorder.accept(tick_of({1: 0, 2: 0}))
    recorder.stop()
    recorder.stop()
    assert [heard(tmp_path / f"{channel}.wav") for channel in (1, 2)] == [[101], [201]]
    with pytest.raises(TelephonyError, match="stopped"):
        recorder.open(3, tmp_path / "3.wav")


def test_a_channel_is_recorded_once_and_closed_once(recorder: StereoRecorder, tmp_path: Path) -> None:
    """Opening twice and closing what is not open are errors that name the channel."""
    recorder.open(1, tmp_path / "a.wav")
    with pytest.raises(TelephonyError, match="channel 1 is being recorded already"):
        recorder.open(1, tmp_path / "b.wav")
    close(recorder, 1)
    with pytest.raises(TelephonyError, match="channel 1 is not being recorded"):
        close(recorder, 1)


def test_a_call_without_media_leaves_an_empty_recording(recorder: StereoRecorder, tmp_path: Path) -> None:
    """A call that was never answered has a readable file of no length."""
    recorder.open(1, tmp_path / "a.wav")
    assert close(recorder, 1) == RecordingReport(tmp_path / "a.wav", 0.0, 0, 0, 0, None)
    assert heard(tmp_path / "a.wav") == []


def test_frames_without_a_recording_cost_nothing(recorder: StereoRecorder) -> None:
    """While no call is recorded, batches are not even copied."""
    recorder.accept(tick_of({1: 0}))
    assert recorder.stats.ticks == 0


def test_a_stalled_disk_drops_ticks_and_counts_them(tmp_path: Path) -> None:
    """Ticks beyond the queue are dropped for all, counted, and silent in the file; what follows is in its place."""
    stalled, go_on = threading.Event(), threading.Event()

    def stall(channel: int, path: Path, reason: str) -> None:
        stalled.set()
        go_on.wait(30)

    (tmp_path / "exists.wav").write_bytes(b"")
    with StereoRecorder(queue_ticks=10, on_fault=stall) as recorder:
        recorder.open(9, tmp_path / "exists.wav")
        assert stalled.wait(30)
        recorder.open(1, tmp_path / "a.wav")
        for tick in range(20):
            recorder.accept(tick_of({1: tick}))
        dropped = recorder.stats.dropped_ticks
        go_on.set()
        close(recorder, 9)
        recorder.accept(tick_of({1: 20}))
        report = close(recorder, 1)
    assert dropped == 11
    assert report.missing == dropped
    assert heard(tmp_path / "a.wav") == [*(101 + tick for tick in range(9)), *[0] * 11, 121]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root and CAP_SYS_ADMIN")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_stops_that_recording_and_no_other(
    small_disk: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The file stays readable up to where the disk ended, the fault is told and counted, other calls go on."""
    faults: list[tuple[int, Path, str]] = []
    with (
        caplog.at_level(logging.ERROR),
        StereoRecorder(on_fault=lambda *fault: faults.append(fault), write_every_s=0.001) as recorder,
    ):
        recorder.open(1, small_disk / "full.wav")
        recorder.open(2, tmp_path / "well.wav")
        for tick in range(1000):
            recorder.accept(tick_of({1: tick, 2: tick}))
            if tick % 100 == 0:
                threading.Event().wait(0.002)
        full, well = close(recorder, 1), close(recorder, 2)
        lost = recorder.stats.lost_frames
    assert full.fault == "No space left on device"
    assert faults == [(1, small_disk / "full.wav", "No space left on device")]
    assert recorder.stats.faults == 1
    assert lost == full.lost > 0
    assert full.written + full.lost == 1000
    kept = read_wav(small_disk / "full.wav")[0][:, 1]
    assert 0.2 * 256_000 < len(kept) * 4 <= 256 * 1024
    assert full.duration_s == pytest.approx(len(kept) / 8000)
    assert (kept == 101 + np.arange(len(kept)) // 160).all()
    assert (well.written, well.fault) == (1000, None)
    assert len(heard(tmp_path / "well.wav")) == 1000
    assert "full.wav stopped: No space left on device" in caplog.text


def unusable(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(b"")
    return tmp_path / "file" / "2026" / "a.wav"


def existing(tmp_path: Path) -> Path:
    (tmp_path / "a.wav").write_bytes(b"precious")
    return tmp_path / "a.wav"


@pytest.mark.parametrize(("place", "reason"), [(unusable, "Not a directory"), (existing, "File exists")])
def test_a_file_that_cannot_be_made_is_a_fault_of_the_recording(
    tmp_path: Path, place: Callable[[Path], Path], reason: str
) -> None:
    """The call is not disturbed: its frames are taken and counted as lost, and the report says why."""
    with StereoRecorder() as recorder:
        recorder.open(1, place(tmp_path))
        recorder.accept(tick_of({1: 0}))
        report = close(recorder, 1)
    assert (report.fault, report.written, report.lost, report.duration_s) == (reason, 0, 1, 0.0)
    if place is existing:
        assert (tmp_path / "a.wav").read_bytes() == b"precious"


def test_a_listener_that_fails_ends_no_recording(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An error in the fault listener is logged, and the other calls are recorded to their end."""

    def broken(channel: int, path: Path, reason: str) -> None:
        raise RuntimeError("the listener is broken")

    with caplog.at_level(logging.ERROR), StereoRecorder(on_fault=broken) as recorder:
        recorder.open(1, unusable(tmp_path))
        recorder.open(2, tmp_path / "b.wav")
        recorder.accept(tick_of({2: 0}))
        assert close(recorder, 2).written == 1
    assert "the listener is broken" in caplog.text


def test_an_impossible_tick_stops_only_its_own_recording(recorder: StereoRecorder, tmp_path: Path) -> None:
    """A negative tick is a fault of that call, with what was recorded before it kept."""
    recorder.open(1, tmp_path / "a.wav")
    recorder.open(2, tmp_path / "b.wav")
    recorder.accept(tick_of({1: 0, 2: 0}))
    first = asyncio.run(_write_then_break(recorder))
    assert first.fault is not None
    assert "does not fit" in first.fault
    assert heard(tmp_path / "b.wav") == [201, 202]


async def _write_then_break(recorder: StereoRecorder) -> RecordingReport:
    recorder.accept(tick_of({1: -3, 2: 1}))
    report = await recorder.close(1)
    await recorder.close(2)
    return report


def test_frames_of_the_wrong_shape_do_not_end_the_recorder(
    recorder: StereoRecorder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A batch that breaks the contract is logged, and the next is recorded."""
    recorder.open(1, tmp_path / "a.wav")
    good = tick_of({1: 0})
    with caplog.at_level(logging.ERROR):
        recorder.accept(AudioBatch(good.channels, good.ticks, good.heard[:, :80], good.spoken))
        recorder.open(2, tmp_path / "b.wav")
        recorder.accept(tick_of({1: 1, 2: 0}))
        assert close(recorder, 1).written == 1
    assert "wrong shape" in caplog.text
