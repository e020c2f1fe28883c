"""The rings file itself: made, checked, locked, and mapped into arrays. The contract is in RINGS.md."""

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ
from engine.errors import TelephonyError
from telephony.ring_layout import BYTE_ORDER_MARK, HEADER, MAGIC, MEDIA, SLOT, TX, VERSION, RingShape


class SlotState(IntEnum):
    """What a slot is doing."""

    FREE = 0
    OPEN = 1
    """A call that has no media yet."""
    LIVE = 2
    """Ticks are written."""
    ENDED = 3
    """The last tick was written; the engine has not released the slot yet."""


class RingFile:
    """A mapped rings file. Both ends and the salvage are views of it.

    Args:
        path: of the file; it must exist.
        shared: hold a shared lock, which tells a salvage that the rings are in use.

    Raises:
        TelephonyError: there is no such file, or it is not a rings file of this version.
    """

    def __init__(self, path: Path, *, shared: bool = True) -> None:
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise TelephonyError(f"{path}: cannot open the rings ({error.strerror})") from error
        try:
            if shared:
                fcntl.flock(self._fd, fcntl.LOCK_SH)
            self.shape = _read_shape(self._fd, path)
            self._map = mmap.mmap(self._fd, self.shape.file_bytes)
        except BaseException:
            os.close(self._fd)
            raise
        slots = self.shape.slots
        self.header: npt.NDArray[Any] = np.frombuffer(self._map, HEADER, 1)
        self.slots: npt.NDArray[Any] = np.frombuffer(self._map, SLOT, slots, self.shape.slots_at)
        tx, media = self.shape.tx_depth, self.shape.media_depth
        self.tx: npt.NDArray[Any] = np.frombuffer(self._map, TX, slots * tx, self.shape.tx_at).reshape(slots, tx)
        self.media: npt.NDArray[Any] = np.frombuffer(self._map, MEDIA, slots * media, self.shape.media_at).reshape(
            slots, media
        )

    @classmethod
    def create(cls, path: Path, shape: RingShape) -> "RingFile":
        """Make a new file, mode 0600, and map it.

        Raises:
            TelephonyError: it exists already, or the disk refuses it.
        """
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(fd, 0, shape.file_bytes)
                os.pwrite(fd, shape.header().tobytes(), 0)
            except OSError:
                path.unlink()  # or every try on a full disk would leave one more
                raise
            finally:
                os.close(fd)
        except OSError as error:
            raise TelephonyError(
                f"{path}: cannot make the rings of {shape.file_bytes} bytes ({error.strerror})"
            ) from error
        return cls(path)

    def exclusive(self) -> bool:
        """Try to lock the file for oneself alone, and say whether nobody else uses it."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Let go of the file and its lock. The memory stays mapped as long as any array of it is alive."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)  # the map holds a duplicate of the descriptor, and the lock with it
        os.close(self._fd)


@contextmanager
def opened(path: Path) -> Iterator[RingFile]:
    """Map a rings file without claiming that it is in use."""
    rings = RingFile(path, shared=False)
    try:
        yield rings
    finally:
        rings.close()


def _read_shape(fd: int, path: Path) -> RingShape:
    raw = os.pread(fd, HEADER.itemsize, 0)
    if len(raw) < HEADER.itemsize:
        raise TelephonyError(f"{path}: not a rings file (only {len(raw)} bytes); remove it")
    header = np.frombuffer(raw, HEADER)[0]
    if header["magic"] != MAGIC:
        raise TelephonyError(f"{path}: not a rings file (bad magic); remove it")
    if header["byte_order"] != BYTE_ORDER_MARK or header["version"] != VERSION:
        raise TelephonyError(f"{path}: rings of version {header['version']}, this program has {VERSION}; remove it")
    if header["frame_samples"] != FRAME_SAMPLES or header["sample_rate_hz"] != SAMPLE_RATE_HZ:
        raise TelephonyError(f"{path}: rings of another frame size or sample rate; remove it")
    try:
        shape = RingShape(int(header["slots"]), int(header["tx_depth"]), int(header["media_depth"]))
    except ValueError as error:
        raise TelephonyError(f"{path}: damaged rings header ({error}); remove it") from error
    size = os.fstat(fd).st_size
    if int(header["file_bytes"]) != shape.file_bytes or size < shape.file_bytes:
        raise TelephonyError(f"{path}: damaged rings file ({size} bytes, {shape.file_bytes} wanted); remove it")
    return shape
