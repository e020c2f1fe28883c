"""From what analysis takes to how many hosts a day's contacts take."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

HEARING: Final = "second hearing"
BEFORE: Final = ("decoding", "speech found", HEARING)
"""Parts up to the words; all others come after."""

CONTACTS: Final = 40_000
CONTACT_S: Final = 120.0
BUSIEST: Final = 0.12
"""Share of a day's contacts that end in its busiest hour."""
LOADED: Final = 0.7
"""Of a host's cores; with more, contacts queue for longer than minutes."""
CORES: Final = (4, 8, 16)

_HOUR_S: Final = 3600.0
_DAY_S: Final = 24 * _HOUR_S


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the table in Markdown.

    Args:
        rows: of `benchmarks.analysis`.
    """
    hosts = " | ".join(f"hosts of {cores} cores" for cores in CORES)
    lines = [
        "| Recogniser | Language | s of a core per s | of it after the words | hours of calls an hour, 2 cores "
        f"| cores at once | {hosts} | cores in 24 h |",
        "|---|---|" + "---:|" * (5 + len(CORES)),
    ]
    for row in sorted(rows, key=lambda one: (one["language"], one["recogniser"])):
        parts = row["core_seconds_per_second"]
        whole = sum(parts.values())
        after = sum(took_s for part, took_s in parts.items() if part not in BEFORE)
        at_once = CONTACTS * BUSIEST * CONTACT_S / _HOUR_S * whole / LOADED
        in_a_day = CONTACTS * CONTACT_S / _DAY_S * whole / LOADED
        counts = " | ".join(str(ceil(at_once / cores)) for cores in CORES)
        lines.append(
            f"| {row['recogniser']} | {row['language']} | {whole:.3f} | {after:.4f} | {2 / whole:.0f} | {at_once:.1f} "
            f"| {counts} | {in_a_day:.1f} |"
        )
    return "\n".join(lines)
