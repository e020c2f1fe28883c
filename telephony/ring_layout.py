"""Where every word of the rings file lies; the contract is written down in RINGS.md beside this module."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ

MAGIC = b"VBRINGS\n"
VERSION = 1
BYTE_ORDER_MARK = 0x0102030405060708
PAGE_BYTES = 4096
CALL_ID_BYTES = 64

SILENT = -1
"""In place of a frame's number: nothing of ours was sent in that tick."""

LAST_FRAME = 1
"""TX flag: nothing is queued behind this frame, so that running dry after it is no underrun."""

_FRAME = ("<i2", (FRAME_SAMPLES,))

HEADER = np.dtype(
    [
        ("magic", "S8"),
        ("byte_order", "<u8"),
        ("version", "<u8"),
        ("file_bytes", "<u8"),
        ("slots", "<u8"),
        ("tx_depth", "<u8"),
        ("media_depth", "<u8"),
        ("frame_samples", "<u8"),
        ("sample_rate_hz", "<u8"),
        ("bridge_tick", "<u8"),
    ]
)
"""First page. The worker alone writes ``bridge_tick``; the rest never changes."""

SLOT = np.dtype(
    {
        "names": [
            *("epoch", "state", "tx_read", "flush_applied", "media_write", "underruns", "overruns", "started"),
            *("flush_requested", "tx_write", "media_read", "call_id"),
        ],
        "formats": ["<u8"] * 11 + [f"S{CALL_ID_BYTES}"],
        "offsets": [0, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 128],
        "itemsize": 192,
    }
)
"""One call. The first cache line is the worker's, the second the engine's, the call id the worker's."""

TX = np.dtype([("epoch", "<u8"), ("number", "<i8"), ("flags", "<u8"), ("samples", *_FRAME)])
"""One frame on its way from the engine to the bridge."""

MEDIA = np.dtype(
    [
        ("tick", "<i8"),
        ("epoch", "<u8"),
        ("bridge_tick", "<u8"),
        ("number", "<i8"),
        ("flushed", "<u8"),
        ("arrived", "<u8"),
        ("heard", *_FRAME),
        ("spoken", *_FRAME),
    ]
)
"""One tick of a call: what arrived in it (RX) and what was sent in it (TAP)."""

FLUSH_EPOCH_SHIFT = 40
FLUSH_BOUND_MASK = (1 << FLUSH_EPOCH_SHIFT) - 1
FLUSH_EPOCH_MASK = (1 << 24) - 1


def flush_word(epoch: int, bound: int) -> int:
    """Return a flush generation: the call and the bound in one word, so that it is read and written whole."""
    return (epoch & FLUSH_EPOCH_MASK) << FLUSH_EPOCH_SHIFT | bound & FLUSH_BOUND_MASK


def flush_bound(word: int, epoch: int) -> int:
    """Return the bound of a flush generation, 0 where it belongs to another call."""
    return word & FLUSH_BOUND_MASK if word >> FLUSH_EPOCH_SHIFT == epoch & FLUSH_EPOCH_MASK else 0


def flush_bounds(words: npt.NDArray[np.uint64], epochs: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return `flush_bound` of each of several calls, int64, shape (n,)."""
    own = words >> np.uint64(FLUSH_EPOCH_SHIFT) == epochs & np.uint64(FLUSH_EPOCH_MASK)
    return np.where(own, words & np.uint64(FLUSH_BOUND_MASK), np.uint64(0)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class RingShape:
    """How many calls a rings file holds, and how deep it is.

    Args:
        slots: calls at once.
        tx_depth: frames from engine to bridge, for each call.
        media_depth: ticks that are kept for each call; what the engine has not read by then is lost. The default of
            16 s outlasts the silence after which an engine counts as dead (3 s) and the apology that follows.
    """

    slots: int
    tx_depth: int = 64
    media_depth: int = 800

    def __post_init__(self) -> None:
        if not 1 <= self.slots <= 4096 or self.tx_depth < 16 or self.media_depth < 200:
            raise ValueError(f"rings need 1..4096 slots, 16 TX frames and 200 ticks (4 s) at least, not {self}")

    @property
    def slots_at(self) -> int:
        """Byte offset of the slots."""
        return PAGE_BYTES

    @property
    def tx_at(self) -> int:
        """Byte offset of the TX frames, shape (slots, tx_depth)."""
        return _page(self.slots_at + self.slots * SLOT.itemsize)

    @property
    def media_at(self) -> int:
        """Byte offset of the ticks, shape (slots, media_depth)."""
        return _page(self.tx_at + self.slots * self.tx_depth * TX.itemsize)

    @property
    def file_bytes(self) -> int:
        """Size of the whole file."""
        return _page(self.media_at + self.slots * self.media_depth * MEDIA.itemsize)

    def header(self) -> npt.NDArray[Any]:
        """Return the header of a new file, of dtype `HEADER`, shape (1,)."""
        header = np.zeros(1, dtype=HEADER)
        for name, value in (
            ("magic", MAGIC),
            ("byte_order", BYTE_ORDER_MARK),
            ("version", VERSION),
            ("file_bytes", self.file_bytes),
            ("slots", self.slots),
            ("tx_depth", self.tx_depth),
            ("media_depth", self.media_depth),
            ("frame_samples", FRAME_SAMPLES),
            ("sample_rate_hz", SAMPLE_RATE_HZ),
        ):
            header[name] = value
        return header


def _page(offset: int) -> int:
    return -(-offset // PAGE_BYTES) * PAGE_BYTES
