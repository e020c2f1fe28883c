"""What a result was measured on."""

import os
import platform
from pathlib import Path


def hardware() -> str:
    """Return the processor's name and the number of cores, such as ``AMD EPYC, 2 cores``."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(names, platform.machine())}, {os.cpu_count()} cores"
