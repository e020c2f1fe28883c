"""Results on the disk, one entry for each row, so that an interrupted series goes on where it stopped."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.hardware import hardware
from telephony.library import loaded_library

FOLDER = Path(__file__).parents[1] / "results"
_WHAT = (
    "RTP of the media workers on loopback by the kernel's time stamps, under calls of SIPp that send recorded speech; "
    "the engine records every call. CPU in percent of one core."
)


class Results:
    """The file of results.

    Args:
        path: of it; made when the first entry is kept.
    """

    def __init__(self, path: Path = FOLDER / "load.json") -> None:
        self._path = path
        self._all: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"what": _WHAT, "rows": {}}
        library = loaded_library()
        self._library = f"{library.name} {library.version} ({library.origin}, {library.max_calls} calls)"

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """All entries by name."""
        rows: dict[str, dict[str, Any]] = self._all["rows"]
        return rows

    def has(self, name: str, seconds: float) -> bool:
        """Whether a valid entry of that name, as long as wanted and of this library, is there already."""
        found = self.rows.get(name)
        return (
            found is not None
            and not found.get("invalid")
            and found.get("seconds", seconds) >= seconds - 1
            and found["library"] == self._library
        )

    def keep(self, name: str, found: dict[str, Any]) -> dict[str, Any]:
        """Add an entry with what it was measured on, write the file, and return the entry."""
        entry = found | {
            "library": self._library,
            "hardware": hardware(),
            "cores": os.cpu_count(),
            "command": " ".join(["python", "-m", "benchmarks.load", *sys.argv[1:]]),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self.rows[name] = entry
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._all, indent=1) + "\n")
        partial.replace(self._path)
        return entry

    def of_mode(self, mode: str, *, busy: bool) -> Iterator[dict[str, Any]]:
        """Yield the entries of a mode, fewest calls first."""
        found = (row for row in self.rows.values() if row.get("mode") == mode and row.get("busy") == busy)
        yield from sorted(found, key=lambda row: (row["workers"], row["calls"]))
