"""What each call of a worker sends and hears in a tick: the engine's frames, an apology, or the call it is joined to.

This is the part of the Python port that knows nothing of the SIP library; the native build has its own, of the same
name, methods and behaviour, and one suite of tests holds both to it.
"""

import os
import threading
from dataclasses import dataclass

import numpy as np

from engine.audio import FRAME_SAMPLES, Samples
from engine.errors import TelephonyError
from telephony.ring_file import SlotState
from telephony.rings import BridgeEnd

NO_SLOT = -1


@dataclass(slots=True)
class _Slot:
    sending: bool = False
    """Whether the call takes frames: answered, and not on hold."""
    receiving: bool = False
    heard: Samples | None = None
    heard_before: Samples | None = None
    """What arrived in the last tick."""
    joined: int = NO_SLOT
    apology_at: int = 0


class RingSlots:
    """All slots of a rings file.

    Slots change hands on the control thread and ticks are written on the clock thread, so both hold a lock; no call
    into the SIP library is ever made under it.

    Args:
        rings: the worker's end.
        count: how many calls the rings hold.
        wake_fd: eventfd of the engine.
    """

    def __init__(self, rings: BridgeEnd, count: int, wake_fd: int) -> None:
        self._rings = rings
        self._wake_fd = wake_fd
        self._lock = threading.Lock()
        self._slots = [_Slot() for _ in range(count)]
        self._apology = np.empty((0, FRAME_SAMPLES), dtype=np.int16)

    def count(self) -> int:
        """Return how many slots there are."""
        return len(self._slots)

    def state(self, slot: int) -> int:
        """Return what a slot is doing, a `SlotState`."""
        return self._rings.state(slot)

    def ticks(self, slot: int) -> int:
        """Return how many ticks of the slot's call have been written."""
        return self._rings.ticks(slot)

    def free_slots(self) -> int:
        """Return how many slots no call has."""
        return sum(self._rings.state(slot) is SlotState.FREE for slot in range(len(self._slots)))

    def free_slot(self) -> int:
        """Return a slot that no call has, or `NO_SLOT`."""
        free = (slot for slot in range(len(self._slots)) if self._rings.state(slot) is SlotState.FREE)
        return next(free, NO_SLOT)

    def open(self, slot: int, call_id: str) -> int:
        """Give a free slot to a call and return the call's epoch.

        Raises:
            TelephonyError: the slot is not free, or the id is too long.
        """
        with self._lock:
            epoch = self._rings.open(slot, call_id)
            self._part(slot)
            self._slots[slot] = _Slot()
        return epoch

    def start(self, slot: int, sending: bool) -> None:
        """Let media flow from the next tick on; frames go out only where the call is ``sending``."""
        with self._lock:
            self._rings.start(slot)
            live = self._rings.state(slot) is SlotState.LIVE
            self._slots[slot].receiving, self._slots[slot].sending = live, live and sending

    def set_sending(self, slot: int) -> None:
        """Take frames from now on."""
        with self._lock:
            self._slots[slot].sending = True

    def pause(self, slot: int) -> None:
        """Keep silent both ways; ticks go on."""
        with self._lock:
            self._slots[slot].sending = self._slots[slot].receiving = False

    def end(self, slot: int) -> None:
        """Note that the call is over, and a join that it was in; its ticks stay until the slot is released."""
        with self._lock:
            self._slots[slot].sending = self._slots[slot].receiving = False
            self._part(slot)
            self._rings.end(slot)

    def release(self, slot: int, epoch: int) -> None:
        """Free the slot, if it still belongs to that call and the call is over."""
        if 0 <= slot < len(self._slots):
            with self._lock:
                self._rings.release(slot, epoch)

    def join(self, slot: int, other: int) -> None:
        """Let the far ends of two calls hear each other, one tick late; what the engine queues for either goes first.

        Each of them is parted from whomever it was joined to before.

        Raises:
            TelephonyError: it is one and the same call.
        """
        with self._lock:
            if slot == other:
                raise TelephonyError("a call cannot be joined to itself")
            self._part(slot)
            self._part(other)
            self._slots[slot].joined, self._slots[other].joined = other, slot

    def part(self, slot: int) -> None:
        """End the join that the slot's call is in, if any."""
        with self._lock:
            self._part(slot)

    def apologise(self, pcm: bytes) -> None:
        """Play audio of our own in every call, 8 kHz 16 bit, instead of what the engine queued."""
        with self._lock:
            self._apology = np.frombuffer(pcm, dtype=np.int16).reshape(-1, FRAME_SAMPLES)
            for slot in self._slots:
                slot.apology_at = 0

    def apologising(self) -> bool:
        """Return whether any call still hears the apology."""
        with self._lock:
            return any(slot.sending and slot.apology_at < len(self._apology) for slot in self._slots)

    def take(self, slot: int) -> Samples | None:
        """Return what the slot's call sends in this tick, None for silence; on the clock thread."""
        with self._lock:
            mine = self._slots[slot]
            if not mine.sending:
                return None
            if len(self._apology):
                if mine.apology_at == len(self._apology):
                    return None
                samples: Samples | None = self._apology[mine.apology_at]
                mine.apology_at += 1
            else:
                samples = self._rings.next_frame(slot)
                if samples is not None or mine.joined == NO_SLOT:
                    return samples
                samples = self._slots[mine.joined].heard_before
            if samples is not None:
                self._rings.speak(slot, samples)
            return samples

    def hear(self, slot: int, samples: Samples) -> None:
        """Keep what arrived for a slot in this tick; on the clock thread."""
        with self._lock:
            if self._slots[slot].receiving:
                self._slots[slot].heard = samples

    def close_tick(self) -> None:
        """Write every live slot's tick and wake the engine; on the clock thread."""
        with self._lock:
            for slot, mine in enumerate(self._slots):
                if self._rings.state(slot) is SlotState.LIVE:
                    self._rings.commit(slot, mine.heard)
                mine.heard_before, mine.heard = mine.heard, None
            self._rings.tick_done()
        os.eventfd_write(self._wake_fd, 1)

    def _part(self, slot: int) -> None:
        joined = self._slots[slot].joined
        if joined != NO_SLOT:
            self._slots[slot].joined = self._slots[joined].joined = NO_SLOT
