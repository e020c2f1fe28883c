"""Recordings where workers of all hosts reach them: in a folder that is mounted everywhere, or in an S3 store.

Who queues a recording copies it there; who analyses it fetches it into a private file and checks that it is the same.
Under keys a copy is sealed, and so is the private file. A copy's name tells neither contact nor client.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any, Final

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem

from analytics.pipeline.orders import Copy, Order, Recording, digest_of, file_digest
from engine.errors import AudioError, ConfigurationError, SealBroken, StoreError
from engine.sealing import SUFFIX, Keyring, SealedWriter, open_stored, plain_path, stored_stat

_CHUNK_BYTES: Final = 1 << 20


class RecordingCopies:
    """Copies of recordings. Whoever may write the place can read and delete all of them: it is analytics' alone.

    Args:
        place: ``s3://bucket/prefix``, whose credentials and endpoint come from the environment, or a folder; None
            where workers read recordings from where they lie.
        keys: with which copies are sealed; None keeps them in clear.
    """

    def __init__(self, place: str | None = None, keys: Keyring | None = None) -> None:
        self._place = place
        self._keys = keys

    def keep(self, order: Order) -> Order:
        """Copy an order's recording, unless it is there already, and return the order with its copy.

        A recording that is gone has none; its worker says so.

        Raises:
            AudioError: it cannot be read, or changes meanwhile.
            StoreError: the place cannot be written.
            ConfigurationError: what S3 needs is not installed.
        """
        recording = order.recording
        if self._place is None or recording is None or recording.copy is not None or not recording.digest:
            return order
        name = f"{recording.digest}{recording.path.suffix.lower()}{SUFFIX if self._keys else ''}"
        with _reached(self._place):
            files, target = _files(f"{self._folder(order.contact_id)}/{name}")
            if not files.exists(target):
                self._put(recording, files, target)
            changed_at = datetime.fromtimestamp(stored_stat(recording.path).st_mtime, UTC)
            copy = Copy(files.unstrip_protocol(target), changed_at)
        return replace(order, recording=replace(recording, copy=copy))

    @contextmanager
    def fetched(self, recording: Recording) -> Iterator[Path]:
        """Give a recording as a file of this machine: its copy if it has one, which is deleted afterwards.

        Raises:
            AudioError: the copy is gone, or is not what was queued.
            StoreError: the place cannot be read; nothing is said about the recording.
            ConfigurationError: what S3 needs is not installed.
        """
        if recording.copy is None:
            yield recording.path
            return
        with fetched_copy(recording.copy, recording.path.name) as path:
            if file_digest(path, self._keys) != recording.digest:
                raise AudioError(f"{recording.copy.url}: has changed since it was queued; give the recording again")
            yield path

    def remove(self, contact_id: str) -> None:
        """Delete what was copied of a contact.

        Raises:
            StoreError: the place cannot be written.
        """
        if self._place is None:
            return
        with _reached(self._place):
            files, folder = _files(self._folder(contact_id))
            if files.exists(folder):
                files.rm(folder, recursive=True)

    def _folder(self, contact_id: str) -> str:
        name = digest_of("copies", contact_id)
        return f"{str(self._place).rstrip('/')}/{name[:2]}/{name}"

    def _put(self, recording: Recording, files: Any, target: str) -> None:
        """Write a copy that is there whole or not at all."""
        with TemporaryDirectory(prefix="voicebot-recording-") as folder:
            whole, seen = Path(folder, "copy"), hashlib.sha256()
            with _content(recording.path, self._keys) as source, whole.open("wb") as file:
                sealed = SealedWriter(file, self._keys) if self._keys else None
                while data := source.read(_CHUNK_BYTES):
                    seen.update(data)
                    (sealed or file).write(data)
                if sealed is not None:
                    sealed.close()
            if seen.hexdigest() != recording.digest:
                raise AudioError(f"{recording.path}: changes while it is read; give it again when it is whole")
            if not isinstance(files, LocalFileSystem):
                files.put_file(str(whole), target)
                return
            part = f"{target}.{token_hex(4)}.part"
            files.makedirs(files._parent(target), exist_ok=True)
            files.put_file(str(whole), part)
            files.mv(part, target)


@contextmanager
def fetched_copy(copy: Copy, name: str) -> Iterator[Path]:
    """Give a copy as a private file, by the name and with the time of change of its original.

    Args:
        copy: what to fetch.
        name: of the original, in clear.

    Raises:
        AudioError: it is gone.
        StoreError: the place cannot be read.
        ConfigurationError: what S3 needs is not installed.
    """
    with TemporaryDirectory(prefix="voicebot-recording-") as folder:
        path = Path(folder, name + (SUFFIX if copy.url.endswith(SUFFIX) else ""))
        with _reached(copy.url):
            files, source = _files(copy.url)
            files.get_file(source, str(path))
        changed_s = copy.changed_at.timestamp()
        os.utime(path, (changed_s, changed_s))
        yield plain_path(path)


def recordings_at(url: str, suffixes: frozenset[str]) -> list[tuple[Path, Path, Copy]]:
    """Return the recordings at a URL: one, or all below it whose names say that they are some.

    Args:
        url: of a file or of a folder.
        suffixes: of recordings, in lower case.

    Returns:
        Of each its path within the store, the one of the folder that it was found by, and where it lies.

    Raises:
        AudioError: there is none.
        StoreError: the place cannot be read.
        ConfigurationError: what S3 needs is not installed.
    """
    with _reached(url):
        files, root = _files(url)
        alone = not url.endswith("/") and files.isfile(root)
        folder = Path("/", files._parent(root) if alone else root)
        found = [(plain_path(Path("/", one)), one) for one in ([root] if alone else sorted(files.find(root)))]
        taken = [
            (path, folder, Copy(files.unstrip_protocol(one), files.modified(one)))
            for path, one in found
            if alone or path.suffix.lower() in suffixes
        ]
    if not taken:
        raise AudioError(f"{url}: no recording is there; name a file, or a folder with some")
    return taken


@contextmanager
def _reached(place: str) -> Iterator[None]:
    """Tell a recording's own troubles from those of the place that it lies in."""
    try:
        yield
    except (AudioError, ConfigurationError):
        raise
    except (FileNotFoundError, IsADirectoryError) as error:
        raise AudioError(f"{place}: no such recording; it may have been deleted") from error
    except Exception as error:  # each store has exceptions of its own
        raise StoreError(f"{place}: cannot be reached ({type(error).__name__}: {error})") from error


def _files(url: str) -> tuple[Any, str]:
    """Return a file system and the path in it."""
    try:
        files, path = url_to_fs(url, use_listings_cache=False)  # other hosts write, too
    except ImportError as error:
        raise ConfigurationError(f"{url}: s3fs is missing: pip install 'collection-voicebot[s3]'") from error
    return files, path


def _content(path: Path, keys: Keyring | None) -> BufferedReader:
    try:
        return open_stored(path, keys)
    except (OSError, SealBroken) as error:
        raise AudioError(f"{path}: cannot be read ({error})") from error
