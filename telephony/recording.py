"""The stereo WAV file of one call: frames at their ticks behind a header that is always true; repair and salvage.

Bot left, caller right, 8 kHz, 16 bits. A frame's place is its tick: byte 44 + tick * 640. Position in the file is
stream seconds by construction, a tick that never came is silence (a hole on disk), and a frame that comes late or twice
lands where it belongs.
"""

import os
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ
from engine.errors import AudioError

HEADER_BYTES = 44
SAMPLE_BYTES = 4
"""Two channels of 16 bits."""
FRAME_BYTES = FRAME_SAMPLES * SAMPLE_BYTES
MAX_TICKS = (2**32 - 1 - 36) // FRAME_BYTES
"""What the 32-bit sizes of a WAV header can count: 37 hours."""

_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")


def _header(data_bytes: int) -> bytes:
    """Return the 44 bytes of a canonical PCM header (RIFF: the sizes at 4 and 40)."""
    rate = SAMPLE_RATE_HZ
    return _HEADER.pack(
        *(b"RIFF", 36 + data_bytes, b"WAVE", b"fmt ", 16, 1, 2, rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 16),
        *(b"data", data_bytes),
    )


def interleave(heard: npt.NDArray[np.int16], spoken: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """Return stereo frames, little-endian int16, shape (n, 160, 2), of two int16 arrays of shape (n, 160)."""
    stereo = np.empty((len(heard), FRAME_SAMPLES, 2), dtype="<i2")
    stereo[:, :, 0] = spoken
    stereo[:, :, 1] = heard
    return stereo


class RecordingFile:
    """A recording open for writing; one thread at a time.

    Args:
        path: must not exist; its folder is made, for the owner alone.

    Raises:
        OSError: the file exists, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._data_bytes = 0
        try:
            self._write_header()
        except OSError:
            os.close(self._file)
            raise

    @classmethod
    def reopen(cls, path: Path) -> "RecordingFile":
        """Open a file that a dead process left, after `repair`, to write further frames.

        Raises:
            OSError: it cannot be opened.
        """
        recording = cls.__new__(cls)
        recording._file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        recording._data_bytes = max(0, os.fstat(recording._file).st_size - HEADER_BYTES)
        return recording

    @property
    def duration_s(self) -> float:
        """Seconds of audio that the header promises."""
        return _seconds(self._data_bytes)

    def write(self, tick: int, frames: npt.NDArray[np.int16]) -> None:
        """Put consecutive frames at their place, then make the header true.

        Args:
            tick: of the first frame.
            frames: little-endian int16, shape (n, 160, 2).

        Raises:
            ValueError: no WAV file can hold the tick.
            OSError: not all could be written. What was written is covered by the header.
        """
        if tick < 0 or tick + len(frames) > MAX_TICKS:
            raise ValueError(f"tick {tick} does not fit in a WAV file")
        if not len(frames):
            return
        rest, at = np.ascontiguousarray(frames).data.cast("B"), HEADER_BYTES + tick * FRAME_BYTES
        try:
            while rest:
                count = os.pwrite(self._file, rest, at)
                rest, at = rest[count:], at + count
                self._data_bytes = max(self._data_bytes, _whole(at - HEADER_BYTES))
        finally:
            self._write_header()

    def close(self) -> None:
        """Cut what the header does not cover, bring all to the disk and close.

        Raises:
            OSError: the disk refused; the file is closed all the same.
        """
        try:
            os.ftruncate(self._file, HEADER_BYTES + self._data_bytes)
            os.fsync(self._file)
        finally:
            os.close(self._file)

    def _write_header(self) -> None:
        os.pwrite(self._file, _header(self._data_bytes), 0)


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was found and mended.

    Args:
        path: the file.
        duration_s: its length now.
        recovered_s: seconds that the header did not know of, or that were salvaged.
        repaired: whether anything was changed.
    """

    path: Path
    duration_s: float
    recovered_s: float
    repaired: bool


def repair(path: Path) -> RepairReport:
    """Make the header of a recording whose process died agree with its length; a sound file is left untouched.

    Raises:
        AudioError: there is no such file, it is not a recording of ours, or it cannot be written.
    """
    try:
        with path.open("r+b") as file:
            head = file.read(HEADER_BYTES)
            known_bytes = _known_bytes(path, head)
            size = os.fstat(file.fileno()).st_size
            data_bytes = _whole(max(0, size - HEADER_BYTES))
            repaired = head != _header(data_bytes) or size != HEADER_BYTES + data_bytes
            if repaired:
                os.pwrite(file.fileno(), _header(data_bytes), 0)
                os.ftruncate(file.fileno(), HEADER_BYTES + data_bytes)
                os.fsync(file.fileno())
    except FileNotFoundError:
        raise AudioError(f"{path}: no such recording") from None
    except OSError as error:
        raise AudioError(f"{path}: cannot be repaired: {error.strerror}") from error
    return RepairReport(path, _seconds(data_bytes), _seconds(max(0, data_bytes - known_bytes)), repaired)


def salvage(
    path: Path, ticks: npt.NDArray[np.int64], heard: npt.NDArray[np.int16], spoken: npt.NDArray[np.int16]
) -> RepairReport:
    """Repair a recording and put frames into it that outlived its writer, such as those in the rings.

    Frames that the file holds already are written over with the same audio, so salvaging twice does no harm. A file
    that was never begun is made.

    Args:
        path: the recording.
        ticks: int64, shape (n,), in any order.
        heard: int16, shape (n, 160), the caller.
        spoken: int16, shape (n, 160), the bot.

    Raises:
        AudioError: as `repair`; or the arrays do not match, or a tick is impossible.
    """
    if not heard.shape == spoken.shape == (len(ticks), FRAME_SAMPLES):
        raise AudioError(f"{len(ticks)} ticks do not match frames of shapes {heard.shape} and {spoken.shape}")
    found = repair(path) if path.exists() else None
    try:
        recording = RecordingFile(path) if found is None else RecordingFile.reopen(path)
        try:
            order = np.argsort(ticks, kind="stable")
            frames = interleave(heard[order], spoken[order])
            for first, last in runs(np.zeros_like(ticks), ticks[order]):
                recording.write(int(ticks[order[first]]), frames[first:last])
        finally:
            recording.close()
    except (OSError, ValueError) as error:
        raise AudioError(f"{path}: cannot take the salvaged frames: {error}") from error
    before_s = found.duration_s - found.recovered_s if found else 0.0
    return RepairReport(path, recording.duration_s, max(0.0, recording.duration_s - before_s), True)


def runs(channels: npt.NDArray[np.int64], ticks: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the index ranges, end exclusive, of one channel with consecutive ticks each; both arrays sorted."""
    if not len(ticks):
        return []
    breaks = np.flatnonzero((np.diff(channels) != 0) | (np.diff(ticks) != 1)) + 1
    edges = [0, *breaks.tolist(), len(ticks)]
    return list(pairwise(edges))


def _known_bytes(path: Path, head: bytes) -> int:
    """Return the header's data size; 0 for a header that was begun but never finished."""
    if len(head) < HEADER_BYTES or not any(head):
        # A process that died between making the file and its header leaves a part of it; a power cut leaves zeros.
        if _header(0).startswith(head) or not any(head):
            return 0
    elif head[8:40] == _header(0)[8:40] and head.startswith(b"RIFF"):
        return int.from_bytes(head[40:], "little")
    raise AudioError(f"{path}: not a recording of ours (stereo, 16 bits, 8 kHz, 44-byte header); left as it is")


def _whole(data_bytes: int) -> int:
    """Return the bytes of whole samples; a frame cut in the middle keeps its beginning."""
    return data_bytes - data_bytes % SAMPLE_BYTES


def _seconds(data_bytes: int) -> float:
    return data_bytes / FRAME_BYTES * FRAME_S
