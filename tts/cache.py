"""Spoken prompts kept: fixed ones on disk, a call's own only in memory."""

import hashlib
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.audio import AudioClip

_log = logging.getLogger(__name__)

_MAGIC = b"VBCLIP1\n"
_DIGEST_BYTES = hashlib.sha256().digest_size
_SUFFIX, _PART = ".clip", ".part"
_STALE_PART_S = 3600
_EVICT_TO = 0.9


def prompt_key(fingerprint: str, text: str) -> str:
    """Return the key of a text spoken by a voice: voices that sound different never share one."""
    return hashlib.sha256(f"{fingerprint}\0{text}".encode()).hexdigest()


class PromptCache:
    """Fixed prompts on disk, the least recently used evicted beyond a size.

    Each file holds a magic, the SHA-256 of its samples, and the samples (int16, little-endian, 8 kHz). It is written
    beside its place and renamed into it, so a crash leaves the old file or none; and it is checked on reading, so what
    a crash of the machine left half-written is rendered again, without the cost of a sync for each prompt. Folder and
    files are readable by their owner alone. A disk that fails costs the cache, never the prompt. Thread-safe; several
    processes may share a folder.

    Args:
        folder: made when missing.
        limit_bytes: of all files together.
    """

    def __init__(self, folder: Path, limit_bytes: int = 512 * 2**20) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._writes = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._remove_stale_parts()
        self._size_bytes = sum(size for _, size, _ in self._files())

    @property
    def size_bytes(self) -> int:
        """Of all clips on disk, as far as this process knows."""
        return self._size_bytes

    def get(self, key: str) -> AudioClip | None:
        """Return the clip, or None where there is none or it is damaged (which is then removed)."""
        path = self._path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        start = len(_MAGIC) + _DIGEST_BYTES
        digest, samples = content[len(_MAGIC) : start], content[start:]
        if not content.startswith(_MAGIC) or not samples or hashlib.sha256(samples).digest() != digest:
            _log.warning("prompt cache: %s is damaged; it is rendered again", path)
            self._remove(path, len(content))
            return None
        with _tolerating("touch", path):
            os.utime(path)
        return AudioClip(np.frombuffer(samples, "<i2").astype(np.int16))

    def put(self, key: str, clip: AudioClip) -> None:
        """Keep a clip; what the disk refuses is logged and forgotten."""
        path = self._path(key)
        samples = clip.samples.astype("<i2").tobytes()
        content = _MAGIC + hashlib.sha256(samples).digest() + samples
        with self._lock:
            self._writes += 1
            part = self._folder / f"{key}.{os.getpid()}.{self._writes}{_PART}"
        try:
            before = path.stat().st_size if path.exists() else 0
            part.write_bytes(content)
            part.chmod(0o600)
            part.replace(path)
        except OSError as error:
            _log.warning("prompt cache: cannot write %s: %s", path, error.strerror)
            part.unlink(missing_ok=True)
            return
        with self._lock:
            self._size_bytes += len(content) - before
            crowded = self._size_bytes > self._limit_bytes
        if crowded:
            self._evict(keep=path)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}{_SUFFIX}"

    def _files(self) -> list[tuple[float, int, Path]]:
        """Return time of last use, size and path of each clip, oldest first."""
        found = []
        for path in self._folder.glob(f"*{_SUFFIX}"):
            with _tolerating("stat", path):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return sorted(found)

    def _evict(self, keep: Path) -> None:
        files = self._files()
        with self._lock:
            self._size_bytes = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._size_bytes <= _EVICT_TO * self._limit_bytes:
                break
            if path != keep:
                self._remove(path, size)

    def _remove(self, path: Path, size: int) -> None:
        with _tolerating("remove", path):
            path.unlink()
            with self._lock:
                self._size_bytes -= size

    def _remove_stale_parts(self) -> None:
        for part in self._folder.glob(f"*{_PART}"):
            with _tolerating("remove", part):
                if time.time() - part.stat().st_mtime > _STALE_PART_S:
                    part.unlink()


@contextmanager
def _tolerating(verb: str, path: Path) -> Iterator[None]:
    """Let an operation on one file fail: another process may have been faster, or the disk is full or broken."""
    try:
        yield
    except FileNotFoundError:
        pass
    except OSError as error:
        _log.warning("prompt cache: cannot %s %s: %s", verb, path, error.strerror)


class MemoryCache:
    """Clips in memory, the least recently used dropped beyond a size, and all of them some time after their last use.

    What a call says of a person stays here and is gone when the process is. Thread-safe.

    Args:
        limit_bytes: of all samples together.
        keep_s: how long after its last use a clip is kept; None is for ever.
        monotonic_s: the clock.
    """

    def __init__(
        self,
        limit_bytes: int = 64 * 2**20,
        keep_s: float | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit_bytes, self._keep_s, self._monotonic_s = limit_bytes, keep_s, monotonic_s
        self._clips: OrderedDict[str, tuple[AudioClip, float]] = OrderedDict()
        self._size_bytes = 0
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Of all samples held."""
        return self._size_bytes

    def get(self, key: str) -> AudioClip | None:
        """Return the clip, which then counts as just used."""
        with self._lock:
            self._drop_expired()
            if (found := self._clips.get(key)) is None:
                return None
            self._clips[key] = (found[0], self._monotonic_s())
            self._clips.move_to_end(key)
            return found[0]

    def put(self, key: str, clip: AudioClip) -> None:
        """Keep a clip."""
        with self._lock:
            self._drop(key)
            self._clips[key] = (clip, self._monotonic_s())
            self._size_bytes += clip.samples.nbytes
            self._drop_expired()
            while self._size_bytes > self._limit_bytes and len(self._clips) > 1:
                self._drop(next(iter(self._clips)))

    def forget(self, key: str) -> None:
        """Drop a clip."""
        with self._lock:
            self._drop(key)

    def _drop(self, key: str) -> None:
        if (found := self._clips.pop(key, None)) is not None:
            self._size_bytes -= found[0].samples.nbytes

    def _drop_expired(self) -> None:
        if self._keep_s is None:
            return
        oldest_s = self._monotonic_s() - self._keep_s
        while self._clips and (first := next(iter(self._clips.items())))[1][1] < oldest_s:
            self._drop(first[0])
