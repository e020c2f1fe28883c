"""The journal: JSON lines that are only ever added to, each sealed with the hash of itself and all before it.

A line is there when it ends with a line feed and its seal is right. What a crash has cut off behind the last such line
was never promised to anybody; it is passed over when reading, and put aside before the next line is added. Anything
wrong further up is damage, or somebody's hand, and is an error: nobody can say any more what was approved.
"""

import fcntl
import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from dialogs.library import entries
from dialogs.library.entries import Entry
from dialogs.library.folders import sync_folder
from engine.errors import LibraryError

_log = logging.getLogger(__name__)

_SEAL: Final = b',"seal":"'
_END: Final = b'"}'
_UNREAD: Final[tuple[int, int, int]] = (0, 0, 0)


class Journal:
    """One library's journal; any thread, any number of processes.

    Args:
        folder: of the library; it is made with the first line.
    """

    def __init__(self, folder: Path) -> None:
        self._path, self._torn, self._lock = folder / "journal.jsonl", folder / "journal.torn", folder / "lock"
        self._reading = threading.Lock()
        self._state, self._inode = _UNREAD, 0
        self._forget()

    def read(self) -> tuple[Entry, ...]:
        """Return all steps, oldest first; only what is new is read from disk.

        Raises:
            LibraryError: it cannot be read, or is damaged; the message names the line.
        """
        with self._reading:
            try:
                found = self._path.stat()
            except FileNotFoundError:
                self._state = _UNREAD
                self._forget()
                return ()
            except OSError as error:
                raise LibraryError(f"{self._path}: cannot be read: {error.strerror}") from error
            state = found.st_ino, found.st_size, found.st_mtime_ns
            if state != self._state:
                if found.st_ino != self._inode or found.st_size < self._end:  # another file was put in its place
                    self._forget()
                    self._inode = found.st_ino
                self._read_on()
                self._state = state
            return tuple(self._entries)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the library, waiting for whoever has it.

        Raises:
            LibraryError: the folder cannot be written to.
        """
        try:
            self._lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # flock, unlike lockf, also keeps two threads of one process apart.
            handle = os.open(self._lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LibraryError(f"{self._lock}: the library cannot be written to: {error.strerror}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def append(self, entry: Entry) -> None:
        """Add a step; it is on disk then. The caller holds the lock, and has read what is there.

        Raises:
            LibraryError: there is no room, or the disk failed; nothing was added.
        """
        with self._reading:
            body = entries.written(entry)
            seal = _seal(self._last, body)
            try:
                handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
                try:
                    self._put_aside(handle)
                    _write(handle, self._end, body[:-1] + _SEAL + seal + _END + b"\n")
                finally:
                    os.close(handle)
                sync_folder(self._path.parent)
            except OSError as error:
                raise LibraryError(f"{self._path}: the step cannot be written: {error.strerror}") from error

    def _forget(self) -> None:
        self._entries: list[Entry] = []
        self._end, self._last = 0, b""

    def _read_on(self) -> None:
        """Read the lines behind those that are known; all of them anew where something is odd."""
        if self._end and self._read_tail():
            return
        self._forget()
        self._read_tail()

    def _read_tail(self) -> bool:
        """Return whether all that is behind the known lines was whole.

        Raises:
            LibraryError: what is behind them is damaged, and nothing is known.
        """
        try:
            with self._path.open("rb") as file:
                file.seek(self._end)
                tail = file.read()
        except OSError as error:
            raise LibraryError(f"{self._path}: cannot be read: {error.strerror}") from error
        known = self._end
        lines = tail.split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):
            entry = self._opened(line)
            if entry is not None:
                self._entries.append(entry)
                self._end += len(line) + 1
            elif known or number == len(lines) - 1:
                return False
            else:
                where = f"{self._path}:{number}"
                self._forget()
                raise LibraryError(
                    f"{where}: this line is damaged, or was changed; restore the library's folder from a backup"
                )
        return not lines[-1]

    def _opened(self, line: bytes) -> Entry | None:
        head, _, seal = line.rpartition(_SEAL)
        body = head + b"}"
        if _seal(self._last, body) + _END != seal:
            return None
        try:
            entry = entries.read(body)
        except ValueError as error:
            where = f"{self._path}:{len(self._entries) + 1}"
            raise LibraryError(f"{where}: a step that this program does not know; a newer one wrote it") from error
        self._last = seal.removesuffix(_END)
        return entry

    def _put_aside(self, handle: int) -> None:
        """Move what a crash has left behind the last whole line out of the way."""
        rest = os.pread(handle, 2**20, self._end)
        if rest:
            _log.warning("%s: %d bytes of a step that was never completed are put aside", self._path, len(rest))
            with self._torn.open("ab") as file:
                file.write(rest + b"\n")
            os.ftruncate(handle, self._end)


def _seal(before: bytes, body: bytes) -> bytes:
    return hashlib.sha256(before + body).hexdigest().encode()


def _write(handle: int, at: int, line: bytes) -> None:
    try:
        done = 0
        while done < len(line):
            done += os.pwrite(handle, line[done:], at + done)
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, at)
        raise
