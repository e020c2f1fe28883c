"""Restore of a backup into an empty folder: every file is verified before the folder appears."""

import gzip
import hashlib
import json
import os
import sqlite3
import tarfile
import tempfile
import zlib
from contextlib import closing
from pathlib import Path

from engine.errors import StoreError
from engine.store.connection import database_url
from engine.store.manifest import (
    CONTACTS,
    DATABASE,
    FORMAT,
    MANIFEST,
    PAGES,
    RECORDINGS,
    BackupProgress,
    BackupReport,
    Entry,
    Manifest,
    Progress,
    belongs,
)
from engine.store.migrations import current_revision, revisions


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


def _unpack(path: Path, into: Path, progress: Progress) -> None:
    total = path.stat().st_size
    with path.open("rb") as raw, tarfile.open(fileobj=raw, mode="r:gz") as tar:
        for member in tar:
            if not (member.isfile() and belongs(member.name)):
                raise StoreError(f"{path}: holds {member.name!r}, which no backup of ours does; nothing was restored")
            tar.extract(member, into, filter="data")  # refuses absolute names and those that climb out
            progress(BackupProgress(member.name, raw.tell(), total))


def _verified(path: Path, unpacked: Path) -> Manifest:
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
    _check_schema(path, unpacked / DATABASE)
    for name in (DATABASE, CONTACTS, PAGES):
        _check_database(path, unpacked / name)
    return manifest


def _read_manifest(path: Path, manifest: Path) -> Manifest:
    try:
        read = json.loads(manifest.read_text(encoding="utf-8"))
        if read["format"] not in range(1, FORMAT + 1):
            raise StoreError(
                f"{path}: backup format {read['format']}, this program reads up to {FORMAT}; use a newer version"
            )
        return Manifest(**{**read, "files": tuple(Entry(**entry) for entry in read["files"])})
    except FileNotFoundError:
        raise StoreError(f"{path}: has no {MANIFEST} at its end; the backup is cut off, or is none of ours") from None
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{path}: its {MANIFEST} cannot be read: {error}") from error


def _check_schema(path: Path, database: Path) -> None:
    schema = current_revision(database_url(database))
    if schema not in revisions():
        raise StoreError(f"{path}: schema {schema or 'none'} is newer than this program's; install the newer version")


def _check_database(path: Path, database: Path) -> None:
    if not database.exists():
        return
    with closing(sqlite3.connect(database)) as connection:
        [verdict] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise StoreError(f"{path}: {database.name} in it is damaged: {verdict}")
