"""What a backup is: the names in it, the manifest that ends it, and what is told of it.

The file is a gzipped tar: ``calls.db``, ``analytics.db``, ``web.db``, ``scenarios/…``, ``recordings/…`` and, last,
``manifest.json`` with the size and SHA-256 of each. The first and the recordings are always there, the others where
there are any.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

FORMAT = 3
"""1 had neither `PAGES` nor `SCENARIOS`, 2 no `CONTACTS`."""
DATABASE = "calls.db"
CONTACTS = "analytics.db"
PAGES = "web.db"
SCENARIOS = "scenarios"
RECORDINGS = "recordings"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class BackupProgress:
    """How far a backup or a restore has come; ``total_bytes`` may grow while recordings do."""

    file: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, or a restore brought back.

    Args:
        path: the backup file, or the folder that was restored into.
        calls: calls in the database.
        recordings: recordings beside it.
        contacts: whether the database of analytics is in it.
        pages: whether the database of the pages is in it: users, sessions, the audit log.
        scenario_files: files of the library of scenario versions.
        data_bytes: the size of all, uncompressed.
        schema: revision of the database.
        created_at: when the snapshot was taken.
    """

    path: Path
    calls: int
    recordings: int
    contacts: bool
    pages: bool
    scenario_files: int
    data_bytes: int
    schema: str
    created_at: datetime


Progress = Callable[[BackupProgress], None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in the manifest."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `MANIFEST` says."""

    format: int
    created_at: str
    schema: str
    calls: int
    files: tuple[Entry, ...]

    def report(self, path: Path) -> BackupReport:
        """Return it in words for people; `path` is where the content is."""
        return BackupReport(
            path=path,
            calls=self.calls,
            recordings=self._below(RECORDINGS),
            contacts=self._has(CONTACTS),
            pages=self._has(PAGES),
            scenario_files=self._below(SCENARIOS),
            data_bytes=sum(entry.size for entry in self.files),
            schema=self.schema,
            created_at=datetime.fromisoformat(self.created_at),
        )

    def _has(self, name: str) -> bool:
        return any(entry.path == name for entry in self.files)

    def _below(self, folder: str) -> int:
        return sum(entry.path.startswith(f"{folder}/") for entry in self.files)


def belongs(name: str) -> bool:
    """Whether a backup may hold a file of this name."""
    return name in (DATABASE, CONTACTS, PAGES, MANIFEST) or name.startswith((f"{RECORDINGS}/", f"{SCENARIOS}/"))
