"""Memory that the C heap keeps after a flood, given back to the system.

The library frees what its transactions held 32 s after them, but in pieces, of which the heap returns next to none by
itself: 100 MB stayed after 30000 hostile messages.
"""

import ctypes
import os
from pathlib import Path

_STATM = Path("/proc/self/statm")
_SLACK_BYTES = 32 << 20


class Heap:
    """This process's heap; what it takes when this is made is the measure of little."""

    def __init__(self) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        """Of glibc alone."""
        self._little_bytes = resident_bytes() + _SLACK_BYTES

    def trim(self) -> None:
        """Give free memory back if the process has grown."""
        if self._trim is not None and resident_bytes() > self._little_bytes:
            self._trim(0)


def resident_bytes() -> int:
    """Return how much of this process is in memory."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
