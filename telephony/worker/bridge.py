"""Between the library's conference bridge and the rings: a port for each channel, and a pair that beats the time.

The bridge first takes a frame from every port that someone listens to, in the order in which the ports were made, then
gives one to every port, in the same order. So the ports are made once, for all calls to come, between the two halves of
the metronome: when its second half gets its frame, every port has done its part of the tick.

The native build has such ports of its own; the wheel gets Python ones.
"""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Protocol

import pjsua2 as pj

from engine.audio import FRAME_MS
from engine.errors import TelephonyError


class Slots(Protocol):
    """The slots of a rings file, ours or the native build's; `telephony.worker.ring_slots` says what each does.

    What is asked of them in vain is a `TelephonyError` or, from the native build, a ``RuntimeError``.
    """

    def ticks(self, slot: int) -> int: ...  # noqa: D102

    def free_slots(self) -> int: ...  # noqa: D102

    def free_slot(self) -> int: ...  # noqa: D102

    def open(self, slot: int, call_id: str) -> int: ...  # noqa: D102

    def start(self, slot: int, sending: bool) -> None: ...  # noqa: D102

    def set_sending(self, slot: int) -> None: ...  # noqa: D102

    def pause(self, slot: int) -> None: ...  # noqa: D102

    def end(self, slot: int) -> None: ...  # noqa: D102

    def release(self, slot: int, epoch: int) -> None: ...  # noqa: D102

    def join(self, slot: int, other: int) -> None: ...  # noqa: D102

    def part(self, slot: int) -> None: ...  # noqa: D102

    def apologise(self, pcm: bytes) -> None: ...  # noqa: D102

    def apologising(self) -> bool: ...  # noqa: D102


class Bridge(ABC):
    """All ports of a worker; used on the control thread alone.

    Args:
        slots: what goes through them.
    """

    def __init__(self, slots: Slots) -> None:
        self._slots = slots

    @abstractmethod
    def connect(self, slot: int, media: pj.AudioMedia, *, sending: bool) -> None:
        """Let a call's audio flow; what we play goes out only once it is ``sending``."""

    @abstractmethod
    def close(self) -> None:
        """Take the ports off the bridge; its clock must stand still, and the library must not have ended."""

    def free_slot(self) -> int | None:
        """Return a slot that no call has, or None."""
        slot = self._slots.free_slot()
        return slot if slot >= 0 else None

    @property
    def free_slots(self) -> int:
        """How many slots no call has."""
        return self._slots.free_slots()

    def open(self, slot: int, call_id: str) -> int:
        """Give a slot to a call and return its epoch.

        Raises:
            TelephonyError: the slot is not free, or the id is too long.
        """
        try:
            return self._slots.open(slot, call_id)
        except RuntimeError as error:
            raise TelephonyError(str(error)) from error

    def set_sending(self, slot: int) -> None:
        """From now on frames are taken from the engine."""
        self._slots.set_sending(slot)

    def pause(self, slot: int) -> None:
        """Keep silent both ways; ticks go on."""
        self._slots.pause(slot)

    def join(self, slot: int, other: int) -> None:
        """Let the far ends of two calls hear each other, one tick late; what the engine queues goes first.

        Each of them is parted from whomever it was joined to before.

        Raises:
            TelephonyError: it is one and the same call.
        """
        try:
            self._slots.join(slot, other)
        except RuntimeError as error:
            raise TelephonyError(str(error)) from error

    def part(self, slot: int) -> None:
        """End the join that the slot's call is in, if any."""
        self._slots.part(slot)

    def end(self, slot: int) -> None:
        """The call is over, and so is a join that it was in."""
        self._slots.end(slot)

    def release(self, slot: int, epoch: int) -> None:
        """The engine has read all of that call."""
        self._slots.release(slot, epoch)

    def position_s(self, slot: int) -> float:
        """Stream seconds of the slot's call."""
        return self._slots.ticks(slot) * FRAME_MS / 1000

    def apologise(self, pcm: bytes) -> None:
        """Play audio of our own in every call, int16 at 8 kHz and whole frames, instead of what the engine queued."""
        self._slots.apologise(pcm)

    @property
    def apologising(self) -> bool:
        """Whether any call still hears the apology."""
        return self._slots.apologising()


def open_bridge(rings: Path, wake_fd: int) -> Bridge:
    """Make the ports, native ones where the library has them.

    Args:
        rings: the rings file.
        wake_fd: eventfd of the engine.

    Raises:
        TelephonyError: the file is no rings file, or the library refused a port.
    """
    if hasattr(pj, "RingBridge"):
        from telephony.worker.native_bridge import NativeBridge

        return NativeBridge(rings, wake_fd)
    from telephony.worker.wheel_bridge import WheelBridge

    return WheelBridge(rings, wake_fd)
