"""Versions' files: each a folder under the hash of its content, put in place whole and never changed again."""

import os
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from dialogs.library.folders import FileFacts, content_hash, facts_of, located, sha256, sync_folder, write_durably
from engine.errors import LibraryError

_READ_ONLY = 0o400


class Snapshots:
    """The folders `versions` and `unfinished`; whoever adds holds the library's lock.

    A file that the same scenario's version before has too is linked to that one, so that a hundred versions do not
    hold a hundred copies of a recording.

    Args:
        folder: of the library.
    """

    def __init__(self, folder: Path) -> None:
        self._versions, self._unfinished = folder / "versions", folder / "unfinished"

    def path(self, version_hash: str) -> Path:
        """Return the folder of a version; nothing in it may be changed."""
        return self._versions / version_hash

    def add(self, files: Iterable[tuple[str, bytes]], before: str | None = None) -> str:
        """Put files in place as a version and return its hash; what is there already stays as it is.

        Args:
            files: paths and contents, checked by the caller.
            before: hash of a version that is likely to share files.

        Raises:
            LibraryError: there is no room, or the disk failed.
        """
        draft = self._unfinished / uuid4().hex
        try:
            draft.mkdir(mode=0o700, parents=True)
            facts = {}
            for path, content in files:
                facts[path] = FileFacts(sha256(content), len(content))
                twin = located(self.path(before), path) if before else None
                self._put(located(draft, path), content, twin)
            version = content_hash(facts)
            if not self._holds(version):
                self._place(draft, version)
        except OSError as error:
            raise LibraryError(f"{draft}: the version cannot be written: {error.strerror}") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return version

    def verify(self, version_hash: str) -> Mapping[str, FileFacts]:
        """Return what a version's files are, having read every byte of them.

        Raises:
            LibraryError: they are gone, or are not what they were.
        """
        folder = self.path(version_hash)
        if not folder.is_dir():
            raise LibraryError(f"{folder}: the version is gone; restore the library's folder from a backup")
        facts = facts_of(folder)
        if content_hash(facts) != version_hash:
            raise LibraryError(f"{folder}: the version was changed on disk; restore the library's folder from a backup")
        return facts

    def sweep(self) -> None:
        """Delete what a crash has left unfinished."""
        shutil.rmtree(self._unfinished, ignore_errors=True)

    def _holds(self, version: str) -> bool:
        try:
            self.verify(version)
        except LibraryError:
            return False
        return True

    def _place(self, draft: Path, version: str) -> None:
        for folder, _, _ in os.walk(draft):
            sync_folder(Path(folder))
        self._versions.mkdir(mode=0o700, exist_ok=True)
        target = self.path(version)
        if target.exists():  # what is there is damaged, and these files are what it was
            target.rename(self._unfinished / uuid4().hex)
        draft.rename(target)
        sync_folder(self._versions)
        sync_folder(self._versions.parent)

    @staticmethod
    def _put(path: Path, content: bytes, twin: Path | None) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if twin is not None:
            with suppress(OSError):  # not there, or on a disk that knows no links
                if not twin.is_symlink() and twin.read_bytes() == content:
                    os.link(twin, path)
                    return
        write_durably(path, content, _READ_ONLY)
