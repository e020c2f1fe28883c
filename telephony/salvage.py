"""What an engine that died had not read yet, taken from the rings that its worker left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.errors import TelephonyError
from telephony.ring_file import RingFile, SlotState, opened

RINGS_GLOB = "rings-*.bin"


@dataclass(frozen=True, slots=True)
class SalvagedCall:
    """The unread end of one call.

    Args:
        call_id: ours.
        first_tick: index of the first frame, from the beginning of the call's media.
        heard: int16, shape (n, 160), the caller.
        spoken: int16, shape (n, 160), the bot as sent, the worker's apology included.
    """

    call_id: str
    first_tick: int
    heard: npt.NDArray[np.int16]
    spoken: npt.NDArray[np.int16]


def leftovers(run_directory: Path) -> tuple[Path, ...]:
    """Return the rings files in a run directory that no process uses any more, oldest first.

    A worker that still speaks its apology keeps its own in use for a few seconds; ask again later.
    """
    free = []
    for path in sorted(run_directory.glob(RINGS_GLOB), key=_written_s):
        try:
            with opened(path) as rings:
                if rings.exclusive():
                    free.append(path)
        except TelephonyError:
            free.append(path)  # damaged: nobody can use it
    return tuple(free)


def _written_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # its worker has just ended
        return 0.0


def in_use(run_directory: Path) -> frozenset[Path]:
    """Return the rings files in a run directory that some process, a worker that says goodbye for instance, uses."""
    free = leftovers(run_directory)  # first, so that a file which is let go of in between counts as used
    return frozenset(run_directory.glob(RINGS_GLOB)) - frozenset(free)


def salvage(path: Path, *, already_recorded_s: float = 1.0) -> Sequence[SalvagedCall]:
    """Return the end of every call that was alive when the engine died.

    Args:
        path: of a rings file; it is left where it is.
        already_recorded_s: seconds to return from before what the engine had read, since a recorder that was killed
            may have lost what it had not yet written; a recorder that places frames by tick takes them twice unharmed.

    Raises:
        TelephonyError: it is not a rings file.
    """
    with opened(path) as rings:
        calls = (_salvage_slot(rings, slot, round(already_recorded_s * 50)) for slot in range(rings.shape.slots))
        return [call for call in calls if call is not None]


def _salvage_slot(rings: RingFile, slot: int, before: int) -> SalvagedCall | None:
    words = rings.slots[slot]
    if int(words["state"]) not in (SlotState.LIVE, SlotState.ENDED):
        return None
    written, depth = int(words["media_write"]), rings.shape.media_depth
    first = max(0, int(words["media_read"]) - before, written - depth)
    ticks = np.arange(first, written, dtype=np.int64)
    records = rings.media[slot, ticks % depth]
    intact = (records["tick"] == ticks) & (records["epoch"] == words["epoch"])
    broken = np.flatnonzero(~intact)
    if len(broken):
        first, records = first + int(broken[-1]) + 1, records[broken[-1] + 1 :]
    if not len(records):
        return None
    return SalvagedCall(
        bytes(words["call_id"]).decode(errors="replace"),
        first,
        records["heard"].astype(np.int16),
        records["spoken"].astype(np.int16),
    )
