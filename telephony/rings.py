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
from telephony.ring_layout import CALL_ID_BYTES, LAST_FRAME, SILENT, flush_bound, flush_bounds, flush_word
from telephony.watch import Watch

_GUARD_TICKS = 8
"""The reader keeps this far from the oldest tick, which the writer may overwrite while it is being copied."""

_NO_EPOCH = 2**64 - 1


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
        ring = rings.tx[slot]
        self._samples, self._flags = ring["samples"], ring["flags"]
        self._epochs, self._numbers = ring["epoch"], ring["number"]
        self._words = rings.slots[slot : slot + 1]
        self._epoch_word, self._tx_read = self._words["epoch"], self._words["tx_read"]
        self._depth = rings.shape.tx_depth
        self._epoch = epoch
        self._next = 0

    @property
    def stale(self) -> bool:
        """Whether the slot belongs to a later call by now."""
        return bool(self._epoch_word.item() != self._epoch)

    @property
    def queued(self) -> int:
        """Frames that the bridge has not taken yet."""
        return max(0, self._next - int(self._tx_read.item()))

    @property
    def underruns(self) -> int:
        """Ticks in which the bridge wanted a frame and more were to come, but none was there."""
        return int(self._words["underruns"].item())

    def write(self, frames: Frames, first: int, *, last: bool) -> None:
        """Queue frames.

        Args:
            frames: int16, shape (n, 160), no more than the ring has room for.
            first: number of the first one, the one after the last one written.
            last: nothing is to follow for now.

        Raises:
            TelephonyError: they do not fit.
        """
        count = len(frames)
        if self.stale or not count:
            return
        if count + self.queued > self._depth:
            raise TelephonyError(f"{count} frames for a ring of {self._depth} that holds {self.queued}")
        begin = first % self._depth
        before_wrap = min(count, self._depth - begin)
        self._store(begin, frames[:before_wrap], first, last=last and before_wrap == count)
        if before_wrap < count:
            self._store(0, frames[before_wrap:], first + before_wrap, last=last)
        self._next = first + count
        self._words["tx_write"] = self._next

    def flush(self, bound: int) -> None:
        """Let the bridge drop every frame with a number below the bound, which is the next one to be written."""
        if self.stale:
            return
        self._words["flush_requested"] = flush_word(self._epoch, bound)

    def _store(self, begin: int, frames: Frames, first: int, *, last: bool) -> None:
        end = begin + len(frames)
        self._samples[begin:end] = frames
        self._flags[begin:end] = 0
        if last:
            self._flags[end - 1] = LAST_FRAME
        self._epochs[begin:end] = self._epoch
        self._numbers[begin:end] = np.arange(first, first + len(frames))  # last of all: it makes them valid


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
    """The engine's end: reads the ticks of its live calls, one frame of each at a time, all calls in one pass."""

    def __init__(self, rings: RingFile) -> None:
        self._rings = rings
        slots, media = rings.slots, rings.media
        self._slot_epoch, self._written, self._tx_read = slots["epoch"], slots["media_write"], slots["tx_read"]
        self._media_read = slots["media_read"]
        self._heard, self._spoken, self._tick = media["heard"], media["spoken"], media["tick"]
        self._number, self._flushed, self._epoch = media["number"], media["flushed"], media["epoch"]
        self._depth = rings.shape.media_depth
        # By slot; a slot that is not attached has an epoch that no call ever has.
        self._read = np.zeros(rings.shape.slots, dtype=np.int64)
        self._epochs = np.full(rings.shape.slots, _NO_EPOCH, dtype=np.uint64)
        self.watch = Watch(rings.shape.slots)
        self.lost_ticks = 0

    def attach(self, slot: int, epoch: int) -> TxWriter:
        """Read a call from its first tick on, and return the way to its bridge."""
        self._read[slot], self._epochs[slot] = 0, epoch
        self.watch.begin(slot)
        return TxWriter(self._rings, slot, epoch)

    def detach(self, slot: int) -> None:
        """Read the call no more."""
        self._epochs[slot] = _NO_EPOCH
        self.watch.end(slot)

    def hungry(self) -> list[int]:
        """Return the slots whose bridge has taken so much that more is to be queued, as their `Watch` was told."""
        return self.watch.hungry(self._tx_read)

    def backlog(self) -> int:
        """Return how many ticks the call that is furthest behind has unread: so often `next_ticks` is to be asked."""
        unread = self._written.astype(np.int64) - self._read
        return int(np.where(self._slot_epoch == self._epochs, unread, 0).max())

    def read(self, slot: int) -> int:
        """Return how many ticks of the slot's call have been read."""
        return int(self._read.item(slot))

    def written(self, slot: int) -> int:
        """Return how many ticks of the slot's call there are."""
        return int(self._written.item(slot))

    def next_ticks(self) -> Ticks | None:
        """Return the next tick of every call that has one, oldest first, or None when all are read.

        Ticks that the bridge overwrote before they were read are left out and counted in ``lost_ticks``.
        """
        while len(slots := self._unread()):
            ticks = self._next_of(slots)
            if ticks is not None:
                return ticks
        return None

    def _unread(self) -> npt.NDArray[np.int64]:
        """Return the slots that have an unread tick, each positioned on its oldest one that is safe to read."""
        written = self._written.astype(np.int64)
        slots = np.flatnonzero((self._read < written) & (self._slot_epoch == self._epochs))
        read, oldest = self._read[slots], written[slots] - self._depth + _GUARD_TICKS
        late = read < oldest
        if late.any():
            self.lost_ticks += int((oldest - read)[late].sum())
            self._read[slots[late]] = oldest[late]
        return slots

    def _next_of(self, slots: npt.NDArray[np.int64]) -> Ticks | None:
        ticks, epochs = self._read[slots], self._epochs[slots]
        at = slots, ticks % self._depth
        heard, spoken = self._heard[at], self._spoken[at]
        numbers, flushed = self._number[at], self._flushed[at]
        # What tells whether the rest is whole is read after it.
        intact = (self._tick[at] == ticks) & (self._epoch[at] == epochs)
        intact &= self._written[slots].astype(np.int64) - self._depth < ticks
        self._read[slots] = self._media_read[slots] = ticks + 1
        if not intact.all():
            self.lost_ticks += int((~intact).sum())
            slots, ticks, epochs = slots[intact], ticks[intact], epochs[intact]
            heard, spoken, numbers, flushed = heard[intact], spoken[intact], numbers[intact], flushed[intact]
            if not len(slots):
                return None
        return Ticks(AudioBatch(slots, ticks, heard, spoken), numbers, flush_bounds(flushed, epochs))
