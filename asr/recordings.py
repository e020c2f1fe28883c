"""Reads recordings in the usual formats, down to the telephone's 8 kHz, channel by channel.

This decodes in the process that asks: for our own files. Files of strangers go through `asr.decoding`.
"""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import numpy.typing as npt
import soxr

from engine.audio import SAMPLE_RATE_HZ
from engine.errors import AudioError, EmptyRecording, SealBroken
from engine.sealing import Keyring, open_stored, plain_path

_MOST_CHANNELS = 2
_RATES_HZ = range(4_000, 192_001)
_FORMATS = "wav,w64,flac,ogg,mp3,aac,aiff,au,caf,mov,matroska,asf,amr,gsm"
"""What holds audio itself: a playlist would have FFmpeg open other files and addresses, whatever its name ends in."""


def read_recording(path: Path, keys: Keyring | None = None) -> npt.NDArray[np.int16]:
    """Decode a recording: WAV, MP3, OGG, FLAC, M4A, WebM, WMA, AMR, GSM.

    It is resampled while it is decoded, so that an hour of stereo takes 115 MB and no more.

    Args:
        path: of the file.
        keys: that open a sealed one.

    Returns:
        int16, shape (n, channels), 8 kHz.

    Raises:
        AudioError: no such file, broken, or more than two channels; the message names the file.
        EmptyRecording: it is whole, and holds no audio.
    """
    try:
        with open_recording(path, keys) as file:
            return np.concatenate(list(telephone_blocks(file, plain_path(path).suffix)))
    except AudioError as error:
        raise type(error)(f"{path}: {error}") from error


def open_recording(path: Path, keys: Keyring | None = None) -> BinaryIO:
    """Open a recording's file, without waiting where it is a pipe; a sealed one as what it holds.

    Raises:
        AudioError: no such file, no ordinary one, it may not be read, or it is sealed and its key missing; the message
            leaves its name to the caller.
    """
    try:
        return open_stored(path, keys)
    except FileNotFoundError:
        raise AudioError("no such file") from None
    except SealBroken as error:
        raise AudioError(str(error).split(": ", 1)[-1]) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        if getattr(error, "errno", None) == errno.EINVAL:
            raise AudioError(f"{why}; give a recording") from None
        raise AudioError(f"cannot be opened ({why}); check its rights") from error


def telephone_blocks(file: BinaryIO, suffix: str) -> Iterator[npt.NDArray[np.int16]]:
    """Yield a recording's audio in blocks, int16 of shape (n, channels) at 8 kHz, as it is decoded.

    Args:
        file: of the recording, at its begin. FFmpeg reads it alone and opens no other.
        suffix: of the file's name; a format without a header, such as GSM, is told by it.

    Raises:
        AudioError: it is broken from the first frame, or has a shape that no call has; the message leaves the file's
            name to the caller.
        EmptyRecording: there is no audio.
    """
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": ""}
    try:
        with av.open(_Source(file, suffix), "r", options=options) as container:
            if not container.streams.audio:
                raise AudioError("holds no audio")
            context = container.streams.audio[0].codec_context
            channels, rate_hz = context.channels, context.rate
            if channels > _MOST_CHANNELS:
                raise AudioError(f"{channels} channels; a call has one or two, so extract those first")
            if channels < 1 or rate_hz not in _RATES_HZ:
                raise AudioError(f"{rate_hz} samples a second; save it with 8 000 to 48 000")
            context.thread_count = 1
            some = False
            for block in _resampled(container, channels, rate_hz):
                some = some or len(block) > 0
                yield block.reshape(-1, channels)
    except (av.FFmpegError, OSError, ValueError, OverflowError, MemoryError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise AudioError(f"not a readable recording ({why}); check that it plays, or convert it to WAV") from error
    if not some:
        raise EmptyRecording("holds no audio")


class _Source:
    """A file as PyAV reads it, under a name that says nothing but its suffix."""

    def __init__(self, file: BinaryIO, suffix: str) -> None:
        self.name = f"recording{suffix}"
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def _resampled(container: av.container.InputContainer, channels: int, rate_hz: int) -> Iterator[npt.NDArray[np.int16]]:
    resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, channels, dtype="int16")
    for block in _decoded(container, channels, rate_hz):
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.zeros((0, channels), dtype=np.int16), last=True)


def _decoded(container: av.container.InputContainer, channels: int, rate_hz: int) -> Iterator[npt.NDArray[np.int16]]:
    """Yield int16 blocks of shape (n, channels), whatever the file's own sample format is."""
    layout = "mono" if channels == 1 else "stereo"
    to_int16 = av.AudioResampler(format="s16", layout=layout, rate=rate_hz)
    for frame in container.decode(audio=0):
        for piece in to_int16.resample(frame):
            yield piece.to_ndarray().astype(np.int16, copy=False).reshape(-1, channels)
    for piece in to_int16.resample(None):
        yield piece.to_ndarray().astype(np.int16, copy=False).reshape(-1, channels)
