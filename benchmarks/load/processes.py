"""What processes cost: CPU and memory, from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used, its threads included; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS_S


def machine_s() -> tuple[float, float]:
    """Return the seconds that all cores together were busy, and idle, since the start."""
    fields = list(map(int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]))
    idle = fields[3] + fields[4]
    return (sum(fields[:8]) - idle) / _TICKS_S, idle / _TICKS_S


@dataclass(frozen=True, slots=True)
class Memory:
    """Memory of a process in MB.

    Args:
        own_mb: that nobody else uses.
        shared_mb: that it shares, its part of it: mostly the rings.
    """

    own_mb: float
    shared_mb: float


def memory(pid: int) -> Memory:
    """Return what a process has in memory, nothing when it is gone; needs to be its owner or root."""
    found = dict.fromkeys(("Pss", "Private_Clean", "Private_Dirty"), 0)
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name in found:
            found[name] = int(value.split()[0])
    own = found["Private_Clean"] + found["Private_Dirty"]
    return Memory(own / 1024, max(0, found["Pss"] - own) / 1024)
