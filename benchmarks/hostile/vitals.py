"""What a process holds, from /proc."""

import os
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look at a process.

    Args:
        rss_bytes: resident memory.
        descriptors: open file descriptors.
        threads: of it.
        cpu_s: spent since it began.
    """

    rss_bytes: int
    descriptors: int
    threads: int
    cpu_s: float


def vitals(pid: int) -> Vitals:
    """Look at a process.

    Raises:
        OSError: there is none of that number.
    """
    status = Path(f"/proc/{pid}/status").read_text()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return Vitals(
        1024 * _number(r"^VmRSS:\s+(\d+) kB", status),
        len(os.listdir(f"/proc/{pid}/fd")),
        _number(r"^Threads:\s+(\d+)", status),
        (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"),
    )


def dropped_datagrams(port: int) -> int:
    """Return how many datagrams the kernel dropped because the socket at a local UDP port was full."""
    rows = (row.split() for row in Path("/proc/net/udp").read_text().splitlines()[1:])
    return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) == port)


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return int(found[1]) if found else 0
