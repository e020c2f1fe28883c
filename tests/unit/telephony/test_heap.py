"""A worker gives back what a flood took."""

import subprocess
import sys

import pytest

_PROGRAM = """
from telephony.worker.heap import Heap, resident_bytes
heap = Heap()
flood = [bytes(2000) for _ in range(60000)]
most = resident_bytes()
survivors = flood[::100]
del flood
heap.trim()
print(most, resident_bytes(), len(survivors))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="glibc alone has malloc_trim")
def test_free_memory_between_survivors_goes_back() -> None:
    """What remains lies all over the heap, so that it would not shrink by itself."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    most, after, _ = map(int, done.stdout.split())
    assert most - after > 60_000_000
