"""Stereo recording of all live calls while they run: bot left, caller right, on the bridge's tick.

Rules:

- `StereoRecorder.accept` copies and queues. One thread writes: all frames of a call at once, a few times a second, and
  then the call's header. What was written can be read at any time, and a killed process loses only what it had queued.
- Orders to open and close a recording stand in the same queue as the frames, so each gets exactly its call's frames.
- The queue is bounded. A tick that finds it full is dropped for all calls, counted, and silent in the files.
- A file that cannot be written (disk full) stops its own recording, a fault that is counted and told; the call goes on.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from engine.audio import AudioBatch
from engine.errors import TelephonyError
from telephony.recording import RecordingFile, RepairReport, interleave, repair, runs, salvage

__all__ = ["RecorderStats", "RecordingReport", "RepairReport", "StereoRecorder", "repair", "salvage"]

_log = logging.getLogger(__name__)

WRITE_EVERY_S = 0.25
"""At 130 calls the writer then takes 2.0 % of a core; 7.3 % if each tick is written, 1.7 % at 0.5 s
(benchmarks/recorder.py, 2 cores)."""

QUEUE_TICKS = 500
"""10 s of 50 ticks, 42 MB at 130 calls: a disk that stalls for longer loses audio."""


@dataclass(frozen=True, slots=True)
class RecordingReport:
    """What became of one recording.

    Args:
        path: the file.
        duration_s: its length, silence for missing frames included.
        written: frames of 20 ms that are in the file.
        missing: frames between the first and the last that never came; silent in the file.
        lost: frames that came and could not be written.
        fault: why recording stopped before the call did; None when it did not.
    """

    path: Path
    duration_s: float
    written: int
    missing: int
    lost: int
    fault: str | None


@dataclass(frozen=True, slots=True)
class RecorderStats:
    """Counts since the recorder was made.

    Args:
        ticks: batches taken.
        dropped_ticks: batches dropped, because the queue was full.
        lost_frames: frames that could not be written.
        faults: recordings that stopped before their call did.
    """

    ticks: int
    dropped_ticks: int
    lost_frames: int
    faults: int


@dataclass(frozen=True, slots=True)
class _Open:
    channel: int
    path: Path


@dataclass(frozen=True, slots=True)
class _Close:
    channel: int
    report: Future[RecordingReport]


class _Stop:
    """Ends the writer once all before it is written."""


@dataclass(slots=True)
class _Recording:
    """One call's file and its counts."""

    path: Path
    file: RecordingFile | None = None
    first_tick: int | None = None
    next_tick: int = 0
    written: int = 0
    lost: int = 0
    fault: str | None = None

    def report(self) -> RecordingReport:
        span = self.next_tick - self.first_tick if self.first_tick is not None else 0
        duration_s = self.file.duration_s if self.file else 0.0
        missing = max(0, span - self.written)
        return RecordingReport(self.path, duration_s, self.written, missing, self.lost, self.fault)


@dataclass(slots=True)
class _Group:
    """Batches that are written together."""

    batches: list[AudioBatch] = field(default_factory=list)

    def take(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int16]]:
        """Return channels, ticks and stereo frames, sorted by channel and tick, and forget them."""
        batches, self.batches = self.batches, []
        channels = np.concatenate([batch.channels for batch in batches])
        ticks = np.concatenate([batch.ticks for batch in batches])
        order = np.lexsort((ticks, channels))
        frames = interleave(
            np.concatenate([batch.heard for batch in batches])[order],
            np.concatenate([batch.spoken for batch in batches])[order],
        )
        return channels[order], ticks[order], frames


class StereoRecorder:
    """Implements `engine.ports.AudioSink`. `accept`, `open` and `close` belong to the event loop's thread.

    Args:
        queue_ticks: ticks that may wait for the disk.
        write_every_s: seconds between two groups of writes.
        on_fault: told in the writer's thread of a recording that stopped before its call did: channel, file, reason.
    """

    def __init__(
        self,
        *,
        queue_ticks: int = QUEUE_TICKS,
        write_every_s: float = WRITE_EVERY_S,
        on_fault: Callable[[int, Path, str], None] | None = None,
    ) -> None:
        self._queue_ticks = queue_ticks
        self._write_every_s = write_every_s
        self._on_fault = on_fault
        self._queue: deque[AudioBatch | _Open | _Close | _Stop] = deque()
        self._wake = threading.Event()
        self._channels: set[int] = set()
        self._recordings: dict[int, _Recording] = {}  # the writer's own
        self._ticks = self._dropped_ticks = self._lost_frames = self._faults = 0
        self._stopped = False
        self._writer = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._writer.start()

    def __enter__(self) -> "StereoRecorder":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def stats(self) -> RecorderStats:
        """What was taken and lost so far."""
        return RecorderStats(self._ticks, self._dropped_ticks, self._lost_frames, self._faults)

    def open(self, channel: int, path: Path) -> None:
        """Record a channel from its next frame on; returns at once.

        A file that cannot be made is a fault of the recording, told through ``on_fault`` and in the report.

        Raises:
            TelephonyError: the channel is being recorded already, or the recorder was stopped.
        """
        if self._stopped:
            raise TelephonyError("the recorder was stopped")
        if channel in self._channels:
            raise TelephonyError(f"channel {channel} is being recorded already: close it before the next call")
        self._channels.add(channel)
        self._queue.append(_Open(channel, path))
        self._wake.set()

    def accept(self, batch: AudioBatch) -> None:
        """Take one tick of all calls; frames of channels that are not recorded are ignored."""
        if not self._channels:
            return
        self._ticks += 1
        if len(self._queue) >= self._queue_ticks:
            self._dropped_ticks += 1
            return
        self._queue.append(
            AudioBatch(batch.channels.copy(), batch.ticks.copy(), batch.heard.copy(), batch.spoken.copy())
        )

    async def close(self, channel: int) -> RecordingReport:
        """End a recording with the frames taken so far, and return when it is on the disk.

        Raises:
            TelephonyError: the channel is not being recorded.
        """
        if channel not in self._channels:
            raise TelephonyError(f"channel {channel} is not being recorded")
        self._channels.remove(channel)
        order = _Close(channel, Future())
        self._queue.append(order)
        self._wake.set()
        return await asyncio.shield(asyncio.wrap_future(order.report))

    def stop(self) -> None:
        """Write what is queued, close every recording and wait for the writer. Blocks as long as the disk does."""
        if not self._stopped:
            self._stopped = True
            self._channels.clear()
            self._queue.append(_Stop())
            self._wake.set()
        self._writer.join()

    # From here on: the writer's thread.

    def _run(self) -> None:
        stopping = False
        while not stopping:
            self._wake.wait(self._write_every_s if self._recordings else None)
            self._wake.clear()
            stopping = self._drain()
        for channel in list(self._recordings):
            self._finish(channel)

    def _drain(self) -> bool:
        """Carry out all that is queued, in order; return whether the end was reached."""
        group = _Group()
        stopping = False
        for _ in range(len(self._queue)):
            item = self._queue.popleft()
            if isinstance(item, AudioBatch):
                group.batches.append(item)
                continue
            self._write(group)
            if isinstance(item, _Open):
                self._begin(item)
            elif isinstance(item, _Close):
                item.report.set_result(self._finish(item.channel))
            else:
                stopping = True
        self._write(group)
        return stopping

    def _begin(self, order: _Open) -> None:
        recording = self._recordings[order.channel] = _Recording(order.path)
        try:
            recording.file = RecordingFile(order.path)
        except (OSError, ValueError) as error:
            self._fail(order.channel, recording, error)

    def _write(self, group: _Group) -> None:
        if not group.batches:
            return
        try:
            channels, ticks, frames = group.take()
        except ValueError:
            # Arrays of wrong shapes: this group is silence for all, and the thread must live for the next.
            _log.exception("frames of the wrong shape were not recorded")
            return
        for first, last in runs(channels, ticks):
            recording = self._recordings.get(int(channels[first]))
            if recording is not None:
                self._write_run(int(channels[first]), recording, int(ticks[first]), frames[first:last])

    def _write_run(self, channel: int, recording: _Recording, tick: int, frames: npt.NDArray[np.int16]) -> None:
        if recording.fault is None and recording.file is not None:
            try:
                recording.file.write(tick, frames)
            except (OSError, ValueError) as error:
                self._fail(channel, recording, error)
            else:
                recording.first_tick = tick if recording.first_tick is None else min(recording.first_tick, tick)
                recording.next_tick = max(recording.next_tick, tick + len(frames))
                recording.written += len(frames)
                return
        recording.lost += len(frames)
        self._lost_frames += len(frames)

    def _finish(self, channel: int) -> RecordingReport:
        recording = self._recordings.pop(channel)
        if recording.file is not None:
            try:
                recording.file.close()
            except OSError as error:
                self._fail(channel, recording, error)
        return recording.report()

    def _fail(self, channel: int, recording: _Recording, error: OSError | ValueError) -> None:
        if recording.fault is not None:
            return
        recording.fault = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self._faults += 1
        _log.error("recording %s stopped: %s", recording.path, recording.fault)
        if self._on_fault is not None:
            try:
                self._on_fault(channel, recording.path, recording.fault)
            except Exception:
                # A fault of the listener must not end the recording of all other calls.
                _log.exception("the listener for recording faults failed on %s", recording.path)
