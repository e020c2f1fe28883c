"""Backup of database and recordings into one file, while calls run, and restore of it into an empty folder.

The file is a gzipped tar: ``calls.db``, ``recordings/…`` and, last, ``manifest.json`` with the size and SHA-256 of
each. The database is one moment's snapshot, by SQLite's online backup inside a read transaction, which no writer
waits for. The recordings are copied after it, so that every call in the snapshot has its recording; one that still
grows is taken as far as it has come. A call that was live is open in the copy: the first start of an engine closes
and repairs it.
"""

import gzip
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from engine.errors import StoreError
from engine.store.connection import database_url
from engine.store.migrations import current_revision, revisions

FORMAT = 1
DATABASE = "calls.db"
RECORDINGS = "recordings"
MANIFEST = "manifest.json"
_PAGES = 1024
_COMPRESSION = 3
"""Speech at 16 bits hardly shrinks further at higher levels, which cost several times the CPU that calls need."""


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
        data_bytes: their size together with the database's, uncompressed.
        schema: revision of the database.
        created_at: when the snapshot was taken.
    """

    path: Path
    calls: int
    recordings: int
    data_bytes: int
    schema: str
    created_at: datetime


Progress = Callable[[BackupProgress], None]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file in the manifest."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What `MANIFEST` says."""

    format: int
    created_at: str
    schema: str
    calls: int
    files: tuple[_Entry, ...]

    def report(self, path: Path) -> BackupReport:
        return BackupReport(
            path=path,
            calls=self.calls,
            recordings=len(self.files) - 1,
            data_bytes=sum(entry.size for entry in self.files),
            schema=self.schema,
            created_at=datetime.fromisoformat(self.created_at),
        )


def backup(
    location: str | Path, recordings: Path, into: Path, *, progress: Progress = lambda progress: None
) -> BackupReport:
    """Write database and recordings to a file; the engine may run meanwhile.

    Args:
        location: database URL, or path of an SQLite file.
        recordings: folder of the recordings.
        into: the file to make, such as ``calls.tar.gz``. It appears when it is complete, readable by the owner alone.
        progress: called now and then.

    Raises:
        StoreError: the file exists, there is no database, it is PostgreSQL, or the disk failed.
    """
    url = database_url(location)
    if url.get_backend_name() == "postgresql":
        raise StoreError(
            "the calls are in PostgreSQL, whose own tools back it up while it runs: "
            f"pg_dump --format=custom --file=calls.dump {url.database}; copy {recordings} after it"
        )
    database = Path(str(url.database))
    if not database.is_file():
        raise StoreError(f"{database}: no such database, there is nothing to back up")
    if into.exists():
        raise StoreError(f"{into}: exists already; name a new file, or move it away")
    if into.absolute().is_relative_to(recordings.absolute()):
        raise StoreError(f"{into}: lies among the recordings, which go into the backup; name a file elsewhere")
    try:
        with tempfile.TemporaryDirectory(dir=into.absolute().parent, prefix=f".{into.name}.") as workplace:
            part = Path(workplace, "part")
            report = _write(database, recordings, part, progress)
            os.rename(part, into)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{into}: the backup failed: {error}") from error
    return replace(report, path=into)


def restore(path: Path, into: Path, *, progress: Progress = lambda progress: None) -> BackupReport:
    """Unpack a backup into a folder and verify every file; the folder appears when all is right.

    Args:
        path: a file that `backup` wrote.
        into: a folder that does not exist, or is empty.
        progress: called after each file, in bytes of the backup file.

    Raises:
        StoreError: the folder holds something, or the backup is damaged, incomplete, or of a newer version.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise StoreError(f"{into}: is not empty, and nothing is overwritten; name a new folder")
    if not path.is_file():
        raise StoreError(f"{path}: no such backup")
    try:
        with tempfile.TemporaryDirectory(dir=into.absolute().parent, prefix=f".{into.name}.") as workplace:
            unpacked = Path(workplace, "unpacked")
            (unpacked / RECORDINGS).mkdir(mode=0o700, parents=True)
            unpacked.chmod(0o700)
            _unpack(path, unpacked, progress)
            manifest = _verified(path, unpacked)
            (unpacked / MANIFEST).unlink()
            os.rename(unpacked, into)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise StoreError(f"{path}: damaged, or no backup of ours: {error}") from error
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path}: cannot be restored into {into}: {error}") from error
    return manifest.report(into)


def _write(database: Path, recordings: Path, part: Path, progress: Progress) -> BackupReport:
    created_at = datetime.now(UTC)
    snapshot = part.with_name(DATABASE)
    calls = _snapshot(database, snapshot, progress)
    files = [(DATABASE, snapshot), *_recordings(recordings)]
    meter = _Meter(progress, sum(file.stat().st_size for _, file in files))
    with open(part, "xb", opener=_private) as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=_COMPRESSION) as tar:
            entries = tuple(_add(tar, name, file, meter) for name, file in files)
            manifest = _Manifest(FORMAT, created_at.isoformat(), _schema(snapshot), calls, entries)
            text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
            tar.addfile(_member(MANIFEST, len(text), created_at.timestamp()), io.BytesIO(text))
        raw.flush()
        os.fsync(raw.fileno())
    return manifest.report(part)


def _snapshot(database: Path, copy: Path, progress: Progress) -> int:
    """Copy a database as it is now, and return how many calls it holds."""
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))

    def told(status: int, remaining: int, total: int) -> None:
        progress(BackupProgress(DATABASE, total - remaining, total))

    uri = f"{database.absolute().as_uri()}?mode=rw"  # rw: never makes a database, and may set up the WAL's index
    with (
        closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        # While this transaction lives the source is as it was, so a copy in steps need not start again at each commit.
        source.execute("BEGIN")
        calls = int(source.execute("SELECT count(*) FROM calls").fetchone()[0])
        source.backup(target, pages=_PAGES, progress=told)
    return calls


def _recordings(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield f"{RECORDINGS}/{file.relative_to(folder).as_posix()}", file


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


def _add(tar: tarfile.TarFile, name: str, path: Path, meter: _Meter) -> _Entry:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        reader = _HashedReader(file, status.st_size)
        tar.addfile(_member(name, status.st_size, status.st_mtime), cast(IO[bytes], reader))
    meter.add(name, status.st_size)
    return _Entry(name, status.st_size, reader.sha256)


def _member(name: str, size: int, mtime: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = size, int(mtime), 0o600
    return member


def _unpack(path: Path, into: Path, progress: Progress) -> None:
    total = path.stat().st_size
    with path.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as tar:
        for member in tar:
            known = member.name in (DATABASE, MANIFEST) or member.name.startswith(f"{RECORDINGS}/")
            if not (member.isfile() and known):
                raise StoreError(f"{path}: holds {member.name!r}, which no backup of ours does; nothing was restored")
            tar.extract(member, into, filter="data")  # refuses absolute names and those that climb out
            progress(BackupProgress(member.name, raw.tell(), total))


def _verified(path: Path, unpacked: Path) -> _Manifest:
    manifest = _read_manifest(path, unpacked / MANIFEST)
    found = {file.relative_to(unpacked).as_posix() for file in unpacked.rglob("*") if file.is_file()} - {MANIFEST}
    for name in sorted(found ^ {entry.path for entry in manifest.files}):
        raise StoreError(f"{path}: {name} is {'not in the manifest' if name in found else 'missing'}; it is damaged")
    for entry in manifest.files:
        file = unpacked / entry.path
        with file.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        if (file.stat().st_size, sha256) != (entry.size, entry.sha256):
            raise StoreError(f"{path}: {entry.path} does not match its checksum; the backup is damaged")
    _check_database(path, unpacked / DATABASE)
    return manifest


def _read_manifest(path: Path, manifest: Path) -> _Manifest:
    try:
        read = json.loads(manifest.read_text(encoding="utf-8"))
        if read["format"] != FORMAT:
            raise StoreError(
                f"{path}: backup format {read['format']}, this program reads {FORMAT}; use a newer version"
            )
        return _Manifest(**{**read, "files": tuple(_Entry(**entry) for entry in read["files"])})
    except FileNotFoundError:
        raise StoreError(f"{path}: has no {MANIFEST} at its end; the backup is cut off, or is none of ours") from None
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: its {MANIFEST} cannot be read: {error}") from error


def _check_database(path: Path, database: Path) -> None:
    schema = _schema(database)
    if schema not in revisions():
        raise StoreError(f"{path}: schema {schema or 'none'} is newer than this program's; install the newer version")
    with closing(sqlite3.connect(database)) as connection:
        [verdict] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreError(f"{path}: the database in it is damaged: {verdict}")


def _schema(database: Path) -> str:
    return current_revision(database_url(database)) or ""


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
