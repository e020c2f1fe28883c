"""Which calls a tick concerns, told for all of them in one pass, so that Python looks at no other. No I/O.

Most ticks are the same for a call as the one before: one more frame of what plays was sent. A line says at which frame
or flush it wants to be told, and how far the bridge must have come before it queues more; in between the arrays here
keep the account.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telephony.playouts import NEVER


@dataclass(frozen=True, slots=True)
class AwaitedTick:
    """A tick that a line asked for.

    Args:
        slot: of the call.
        tick: its index in the call.
        sent: number after the last frame that was sent before this tick.
        number: of the frame that was sent in it, negative when it was silence.
        bound: of the last flush that had taken effect by then.
    """

    slot: int
    tick: int
    sent: int
    number: int
    bound: int


class Watch:
    """What the calls of one rings file wait for, and how far they are; arrays by slot.

    Args:
        slots: how many calls the rings hold.
    """

    def __init__(self, slots: int) -> None:
        self._ticks = np.zeros(slots, dtype=np.int64)
        self._sent = np.zeros(slots, dtype=np.int64)
        self._number = np.full(slots, NEVER, dtype=np.int64)
        self._bound = np.full(slots, NEVER, dtype=np.int64)
        self._taken = np.full(slots, NEVER, dtype=np.int64)

    def begin(self, slot: int) -> None:
        """Start a new account of a slot: nothing was sent, nothing is waited for."""
        self._ticks[slot] = self._sent[slot] = 0
        self.end(slot)

    def end(self, slot: int) -> None:
        """Wait for nothing any more; the account stays."""
        self._number[slot] = self._bound[slot] = self._taken[slot] = NEVER

    def position(self, slot: int) -> tuple[int, int]:
        """Return how many ticks of the slot's call are accounted for, and the number after the last frame sent."""
        return self._ticks.item(slot), self._sent.item(slot)

    def await_tick(self, slot: int, *, number: int, bound: int) -> None:
        """Tell of the tick that sends this frame or a later one, or in which a flush had this bound or a higher one."""
        self._number[slot], self._bound[slot] = number, bound

    def await_room(self, slot: int, taken: int) -> None:
        """Tell when the bridge has taken every frame below this number; at once if it has already."""
        self._taken[slot] = taken

    def hungry(self, tx_read: npt.NDArray[np.uint64]) -> list[int]:
        """Return the slots that asked for room and have it.

        Args:
            tx_read: shape (slots,), number of the frame that each bridge wants next.
        """
        found: list[int] = np.flatnonzero(tx_read.astype(np.int64) >= self._taken).tolist()
        return found

    def account(
        self,
        slots: npt.NDArray[np.int64],
        ticks: npt.NDArray[np.int64],
        numbers: npt.NDArray[np.int64],
        bounds: npt.NDArray[np.int64],
    ) -> list[AwaitedTick]:
        """Account for one tick of several calls, and return it for those who wait for it.

        Args:
            slots: shape (n,), each at most once.
            ticks: shape (n,), of each call.
            numbers: shape (n,), of the frames sent, negative for silence.
            bounds: shape (n,), of the flushes in effect.
        """
        awaited = np.flatnonzero((numbers >= self._number[slots]) | (bounds >= self._bound[slots]))
        before = self._sent[slots]
        self._ticks[slots] = ticks + 1
        self._sent[slots] = np.where(numbers < 0, before, numbers + 1)
        rows = (column[awaited].tolist() for column in (slots, ticks, before, numbers, bounds))
        return [AwaitedTick(*row) for row in zip(*rows, strict=True)]
