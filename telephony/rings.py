"""The two ends of the shared-memory rings between the media worker and the engine.

`BridgeEnd` is the worker's side and `EngineEnd` the engine's; RINGS.md says what each may write and in which order, so
that either can be replaced by another implementation.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.audio import AudioBatch, Samples
from engine.errors import TelephonyError
from telephony.playouts import Frames
from telephony.ring_file import RingFile, SlotState
from telephony.ring_layout import CALL_ID_BYTES, LAST_FRAME, SILENT, flush_bound, flush_word

_GUARD_TICKS = 8
"""The reader keeps this far from the oldest tick, which the writer may overwrite while it is being copied."""


class BridgeEnd:
    """The worker's end, used on the bridge's thread; `open`, `start`, `end` and `release` on the control thread.

    In each bridge tick: `next_frame` at most once for a slot that sends, then `commit` once for every live slot, then
    `tick_done` once.
    """

    def __init__(self, rings: RingFile) -> None:
        self._rings = rings
        self._slots, self._tx, self._media = rings.slots, rings.tx, rings.media
        count = rings.shape.slots
        self._sent = [SILENT] * count
        self._spoken: list[npt.NDArray[np.int16] | None] = [None] * count
        self._expects_more = [False] * count

    def state(self, slot: int) -> SlotState:
        """Return what the slot is doing."""
        return SlotState(int(self._slots["state"][slot]))

    def ticks(self, slot: int) -> int:
        """Return how many ticks of the slot's call have been written."""
        return int(self._slots["media_write"][slot])

    def open(self, slot: int, call_id: str) -> int:
        """Give a free slot to a call and return the call's epoch.

        Raises:
            TelephonyError: the slot is not free, or the id is too long.
        """
        if self.state(slot) is not SlotState.FREE:
            raise TelephonyError(f"ring slot {slot} is still in use")
        encoded = call_id.encode()
        if len(encoded) > CALL_ID_BYTES:
            raise TelephonyError(f"call id of {len(encoded)} bytes; at most {CALL_ID_BYTES} fit the rings")
        words = self._slots
        for name in ("tx_read", "flush_applied", "media_write", "underruns", "overruns", "started"):
            words[name][slot] = 0
        words["media_read"][slot] = 0
        words["call_id"][slot] = encoded
        epoch = int(words["epoch"][slot]) + 1
        self._sent[slot], self._spoken[slot], self._expects_more[slot] = SILENT, None, False
        words["epoch"][slot] = epoch
        words["state"][slot] = SlotState.OPEN
        return epoch

    def start(self, slot: int) -> None:
        """Media flows from the next tick on."""
        if self.state(slot) is SlotState.OPEN:
            self._slots["started"][slot] = self._rings.header["bridge_tick"][0]
            self._slots["state"][slot] = SlotState.LIVE

    def end(self, slot: int) -> None:
        """The call is over; what was written stays until the slot is released."""
        self._slots["state"][slot] = SlotState.ENDED

    def release(self, slot: int, epoch: int) -> None:
        """Free the slot, if it still belongs to that call and the call is over."""
        if int(self._slots["epoch"][slot]) == epoch and self.state(slot) is SlotState.ENDED:
            self._slots["state"][slot] = SlotState.FREE

    def next_frame(self, slot: int) -> npt.NDArray[np.int16] | None:
        """Take the next queued frame, a view of the ring, or None when nothing is queued."""
        self._apply_flush(slot)
        words = self._slots
        expected = int(words["tx_read"][slot])
        frame = self._tx[slot, expected % self._rings.shape.tx_depth]
        if int(frame["number"]) != expected or int(frame["epoch"]) != int(words["epoch"][slot]):
            if self._expects_more[slot]:
                words["underruns"][slot] += 1
            return None
        self._expects_more[slot] = not int(frame["flags"]) & LAST_FRAME
        words["tx_read"][slot] = expected + 1
        self._sent[slot] = expected
        samples: npt.NDArray[np.int16] = frame["samples"]
        self._spoken[slot] = samples
        return samples

    def speak(self, slot: int, samples: Samples) -> None:
        """Note a frame of the worker's own as what this tick sends."""
        self._spoken[slot] = samples

    def commit(self, slot: int, heard: Samples | None) -> None:
        """Write the tick of a live slot.

        Args:
            slot: of the call.
            heard: the frame that arrived, int16, shape (160,), or None for silence.
        """
        self._apply_flush(slot)
        words = self._slots
        tick = int(words["media_write"][slot])
        if tick - int(words["media_read"][slot]) >= self._rings.shape.media_depth:
            words["overruns"][slot] += 1
        record = self._media[slot, tick % self._rings.shape.media_depth]
        record["tick"] = SILENT
        record["epoch"] = words["epoch"][slot]
        record["bridge_tick"] = self._rings.header["bridge_tick"][0]
        record["number"] = self._sent[slot]
        record["flushed"] = words["flush_applied"][slot]
        record["arrived"] = heard is not None
        record["heard"] = 0 if heard is None else heard
        spoken = self._spoken[slot]
        record["spoken"] = 0 if spoken is None else spoken
        record["tick"] = tick
        words["media_write"][slot] = tick + 1
        self._sent[slot], self._spoken[slot] = SILENT, None

    def tick_done(self) -> None:
        """Advance the bridge's own tick, after all slots."""
        self._rings.header["bridge_tick"][0] += 1

    def _apply_flush(self, slot: int) -> None:
        words = self._slots
        requested = int(words["flush_requested"][slot])
        if requested == int(words["flush_applied"][slot]):
            return
        bound = flush_bound(requested, int(words["epoch"][slot]))
        if bound > int(words["tx_read"][slot]):
            words["tx_read"][slot] = bound
            self._expects_more[slot] = False
        words["flush_applied"][slot] = requested


class TxWriter:
    """The engine's way to one call's bridge. A writer of an earlier call changes nothing any more."""

    def __init__(self, rings: RingFile, slot: int, epoch: int) -> None:
        self._slots, self._ring = rings.slots, rings.tx[slot]
        self._depth = rings.shape.tx_depth
        self._slot, self._epoch = slot, epoch
        self._next = 0

    @property
    def stale(self) -> bool:
        """Whether the slot belongs to a later call by now."""
        return int(self._slots["epoch"][self._slot]) != self._epoch

    @property
    def queued(self) -> int:
        """Frames that the bridge has not taken yet."""
        return max(0, self._next - int(self._slots["tx_read"][self._slot]))

    @property
    def underruns(self) -> int:
        """Ticks in which the bridge wanted a frame and more were to come, but none was there."""
        return int(self._slots["underruns"][self._slot])

    def write(self, frames: Frames, first: int, *, last: bool) -> None:
        """Queue frames.

        Args:
            frames: int16, shape (n, 160), no more than the ring has room for.
            first: number of the first one, the one after the last one written.
            last: nothing is to follow for now.

        Raises:
            TelephonyError: they do not fit.
        """
        if self.stale or not len(frames):
            return
        if len(frames) + self.queued > self._depth:
            raise TelephonyError(f"{len(frames)} frames for a ring of {self._depth} that holds {self.queued}")
        for offset, samples in enumerate(frames):
            number = first + offset
            record = self._ring[number % self._depth]
            record["samples"] = samples
            record["flags"] = LAST_FRAME if last and offset == len(frames) - 1 else 0
            record["epoch"] = self._epoch
            record["number"] = number
        self._next = first + len(frames)
        self._slots["tx_write"][self._slot] = self._next

    def flush(self, bound: int) -> None:
        """Let the bridge drop every frame with a number below the bound, which is the next one to be written."""
        if self.stale:
            return
        self._slots["flush_requested"][self._slot] = flush_word(self._epoch, bound)


@dataclass(frozen=True, slots=True)
class Ticks:
    """One tick of each of several calls.

    Args:
        batch: the audio.
        numbers: int64, shape (n,), of the frames that were sent, negative for silence.
        bounds: int64, shape (n,), of the flushes that had taken effect.
    """

    batch: AudioBatch
    numbers: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]


class EngineEnd:
    """The engine's end: reads the ticks of its live calls, one frame of each at a time."""

    def __init__(self, rings: RingFile) -> None:
        self._rings = rings
        self._slots, self._media = rings.slots, rings.media
        self._read: dict[int, int] = {}
        self._epochs: dict[int, int] = {}
        self.lost_ticks = 0

    def attach(self, slot: int, epoch: int) -> TxWriter:
        """Read a call from its first tick on, and return the way to its bridge."""
        self._read[slot], self._epochs[slot] = 0, epoch
        return TxWriter(self._rings, slot, epoch)

    def detach(self, slot: int) -> None:
        """Read the call no more."""
        self._read.pop(slot, None)
        self._epochs.pop(slot, None)

    def next_ticks(self) -> Ticks | None:
        """Return the next tick of every call that has one, oldest first, or None when all are read.

        Ticks that the bridge overwrote before they were read are left out and counted in ``lost_ticks``.
        """
        while slots := [slot for slot in self._read if self._seek(slot)]:
            ticks = self._next_of(slots)
            if ticks is not None:
                return ticks
        return None

    def _next_of(self, slots: list[int]) -> Ticks | None:
        chosen = np.array(slots, dtype=np.int64)
        ticks = np.array([self._read[slot] for slot in slots], dtype=np.int64)
        records = self._media[chosen, ticks % self._rings.shape.media_depth]
        epochs = np.array([self._epochs[slot] for slot in slots], dtype=np.uint64)
        overtaken = self._slots["media_write"][chosen].astype(np.int64) - self._rings.shape.media_depth >= ticks
        intact = (records["tick"] == ticks) & (records["epoch"] == epochs) & ~overtaken
        for slot, tick in zip(slots, ticks.tolist(), strict=True):
            self._read[slot] = tick + 1
            self._slots["media_read"][slot] = tick + 1
        if not intact.all():
            self.lost_ticks += int((~intact).sum())
            chosen, ticks, records, epochs = chosen[intact], ticks[intact], records[intact], epochs[intact]
            if not len(chosen):
                return None
        bounds = [flush_bound(int(w), int(e)) for w, e in zip(records["flushed"], epochs, strict=True)]
        return Ticks(
            AudioBatch(chosen, ticks, records["heard"].astype(np.int16), records["spoken"].astype(np.int16)),
            records["number"].astype(np.int64),
            np.array(bounds, dtype=np.int64),
        )

    def _seek(self, slot: int) -> bool:
        if int(self._slots["epoch"][slot]) != self._epochs[slot]:
            return False
        written = int(self._slots["media_write"][slot])
        oldest = written - self._rings.shape.media_depth + _GUARD_TICKS
        if self._read[slot] < oldest:
            self.lost_ticks += oldest - self._read[slot]
            self._read[slot] = oldest
        return self._read[slot] < written
