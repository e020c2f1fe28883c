"""Backup of databases, pages, scenarios and recordings into one file, while calls run.

Each database is one moment's snapshot, by SQLite's online backup inside a read transaction, which no writer waits for.
The recordings are copied after it, so that every call in the snapshot has its recording; one that still grows is taken
as far as it has come, and a sealed one stays sealed. A call that was live is open in the copy: the first start of an
engine closes and repairs it.
The key of the pages is left out: whoever finds the backup must not find second factors with what opens them.
"""

import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Set
from contextlib import closing
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from engine.errors import StoreError
from engine.sealing import SUFFIX, sealed_path
from engine.store.connection import database_url
from engine.store.manifest import (
    CONTACTS,
    DATABASE,
    FORMAT,
    MANIFEST,
    PAGES,
    RECORDINGS,
    SCENARIOS,
    BackupProgress,
    BackupReport,
    Entry,
    Manifest,
    Progress,
)
from engine.store.migrations import current_revision

_JOURNAL = "journal.jsonl"
_STEP = 1024
"""Pages of a database that are copied at a time."""
_COMPRESSION = 3
"""Speech at 16 bits hardly shrinks further at higher levels, which cost several times the CPU that calls need."""


def backup(
    location: str | Path,
    recordings: Path,
    into: Path,
    *,
    contacts: Path | None = None,
    pages: Path | None = None,
    scenarios: Path | None = None,
    progress: Progress = lambda progress: None,
) -> BackupReport:
    """Write what is kept on this machine to a file; engine and pages may run meanwhile.

    Args:
        location: database URL, or path of an SQLite file.
        recordings: folder of the recordings.
        into: the file to make, such as ``calls.tar.gz``. It appears when it is complete, readable by the owner alone.
        contacts: SQLite file of analytics; left out where there is none.
        pages: SQLite file of the pages; left out where there is none.
        scenarios: folder of the library of scenario versions; left out where there is none.
        progress: called now and then.

    Raises:
        StoreError: the file exists, there is no database, it is PostgreSQL, or the disk failed.
    """
    url = database_url(location)
    folders = [folder for folder in (recordings, scenarios) if folder is not None]
    if url.get_backend_name() == "postgresql":
        raise StoreError(
            "the calls are in PostgreSQL, whose own tools back it up while it runs: "
            f"pg_dump --format=custom --file=calls.dump {url.database}; copy {' and '.join(map(str, folders))} after it"
        )
    database = Path(str(url.database))
    if not database.is_file():
        raise StoreError(f"{database}: no such database, there is nothing to back up")
    if into.exists():
        raise StoreError(f"{into}: exists already; name a new file, or move it away")
    for folder in folders:
        if into.absolute().is_relative_to(folder.absolute()):
            raise StoreError(f"{into}: lies in {folder}, which goes into the backup; name a file elsewhere")
    try:
        with tempfile.TemporaryDirectory(dir=into.absolute().parent, prefix=f".{into.name}.") as workplace:
            part = Path(workplace, "part")
            beside = {CONTACTS: contacts, PAGES: pages}
            report = _write(database, beside, scenarios, recordings, part, progress)
            os.rename(part, into)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{into}: the backup failed: {error}") from error
    return replace(report, path=into)


def _write(
    database: Path,
    beside: Mapping[str, Path | None],
    scenarios: Path | None,
    recordings: Path,
    part: Path,
    progress: Progress,
) -> BackupReport:
    created_at = datetime.now(UTC)
    files = [(DATABASE, snapshot := part.with_name(DATABASE))]
    _snapshot(database, snapshot, progress)
    for name, other in beside.items():
        if other is not None and other.is_file():
            files.append((name, copy := part.with_name(name)))
            _snapshot(other, copy, progress)
    files += _library(scenarios, part.parent) if scenarios is not None else ()
    files += ((name, file) for name, file in _below(recordings, RECORDINGS) if not file.name.startswith("."))
    meter = _Meter(progress, sum(_size_bytes(file) for _, file in files))
    with open(part, "xb", opener=_private) as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=_COMPRESSION) as tar:
            listed = {name for name, _ in files}
            added = [_add_or_sealed(tar, name, file, meter, listed) for name, file in files]
            entries = tuple(entry for entry in added if entry is not None)
            schema = current_revision(database_url(snapshot)) or ""
            manifest = Manifest(FORMAT, created_at.isoformat(), schema, _calls(snapshot), entries)
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
            tar.addfile(_member(MANIFEST, len(text), created_at.timestamp()), io.BytesIO(text))
        raw.flush()
        os.fsync(raw.fileno())
    return manifest.report(part)


def _snapshot(database: Path, copy: Path, progress: Progress) -> None:
    """Copy a database as it is now."""
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def told(status: int, remaining: int, total: int) -> None:
        progress(BackupProgress(copy.name, total - remaining, total))

    uri = f"{database.absolute().as_uri()}?mode=rw"  # rw: never makes a database, and may set up the WAL's index
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        # While this transaction lives the source is as it was, so a copy in steps need not start again at each commit.
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(target, pages=_STEP, progress=told)


def _calls(snapshot: Path) -> int:
    with closing(sqlite3.connect(snapshot)) as connection:
        return int(connection.execute("SELECT count(*) FROM calls").fetchone()[0])


def _library(folder: Path, workplace: Path) -> Iterator[tuple[str, Path]]:
    """Yield the journal as it is now, then the rest: versions are never deleted, so all that it names are there."""
    if (journal := folder / _JOURNAL).is_file():
        yield f"{SCENARIOS}/{_JOURNAL}", Path(shutil.copyfile(journal, workplace / _JOURNAL))
    yield from ((name, file) for name, file in _below(folder, SCENARIOS) if _kept(file.relative_to(folder)))


def _kept(path: Path) -> bool:
    """Whether it is neither the journal nor a lock, nor on its way."""
    return path.parts[0] not in (_JOURNAL, "lock", "unfinished") and not path.name.startswith(".")


def _below(folder: Path, name: str) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield f"{name}/{file.relative_to(folder).as_posix()}", file


class _Meter:
    """Adds up what was copied, and tells it."""

    def __init__(self, progress: Progress, total_bytes: int) -> None:
        self._progress, self._total_bytes, self._done_bytes = progress, total_bytes, 0

    def add(self, file: str, count: int) -> None:
        self._done_bytes += count
        self._progress(BackupProgress(file, self._done_bytes, max(self._total_bytes, self._done_bytes)))


class _HashedReader:
    """Reads the first ``size`` bytes of a file that may grow meanwhile, and hashes them on the way."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._left, self._hash = file, size, hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        data = self._file.read(self._left if count < 0 else min(count, self._left))
        self._left -= len(data)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _size_bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _add(tar: tarfile.TarFile, name: str, path: Path, meter: _Meter) -> Entry | None:
    """Add a file; one that was deleted since it was listed, such as a draft's, is left out."""
    try:
        opened = path.open("rb")
    except FileNotFoundError:
        return None
    with opened as file:
        status = os.fstat(file.fileno())
        reader = _HashedReader(file, status.st_size)
        tar.addfile(_member(name, status.st_size, status.st_mtime), cast(IO[bytes], reader))
    meter.add(name, status.st_size)
    return Entry(name, status.st_size, reader.sha256)


def _add_or_sealed(tar: tarfile.TarFile, name: str, path: Path, meter: _Meter, listed: Set[str]) -> Entry | None:
    """Add a file; a recording that was sealed since it was listed is taken as it lies now."""
    entry = _add(tar, name, path, meter)
    if entry is None and name + SUFFIX not in listed:
        entry = _add(tar, name + SUFFIX, sealed_path(path), meter)
    return entry


def _member(name: str, size: int, mtime: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(mtime), 0o600
    return member


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
