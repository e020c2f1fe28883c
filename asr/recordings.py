"""Reads any recording that FFmpeg's libraries can decode, down to the telephone's 8 kHz, channel by channel."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import soxr

from engine.audio import SAMPLE_RATE_HZ
from engine.errors import AudioError

_MOST_CHANNELS = 2


def read_recording(path: Path) -> npt.NDArray[np.int16]:
    """Decode a recording: WAV, MP3, OGG, FLAC and whatever else PyAV knows.

    It is resampled while it is decoded, so that an hour of stereo takes 115 MB and no more.

    Returns:
        int16, shape (n, channels), 8 kHz.

    Raises:
        AudioError: no such file, no audio in it, broken, or more than two channels; the message names the file.
    """
    if not path.is_file():
        raise AudioError(f"{path}: no such file")
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: holds no audio")
            stream = container.streams.audio[0]
            channels, rate_hz = stream.channels, stream.rate
            if channels > _MOST_CHANNELS:
                raise AudioError(f"{path}: {channels} channels; a call has one or two, so extract those first")
            resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, channels, dtype="int16")
            blocks = [resampler.resample_chunk(block) for block in _decoded(container, channels, rate_hz)]
            blocks.append(resampler.resample_chunk(np.zeros((0, channels), dtype=np.int16), last=True))
    except av.FFmpegError as error:
        why = error.strerror or type(error).__name__
        raise AudioError(
            f"{path}: not a readable recording ({why}); check that it plays, or convert it to WAV"
        ) from error
    samples: npt.NDArray[np.int16] = np.concatenate([block.reshape(-1, channels) for block in blocks])
    if len(samples) == 0:
        raise AudioError(f"{path}: holds no audio")
    return samples


def _decoded(container: av.container.InputContainer, channels: int, rate_hz: int) -> Iterator[npt.NDArray[np.int16]]:
    """Yield int16 blocks of shape (n, channels), whatever the file's own sample format is."""
    layout = "mono" if channels == 1 else "stereo"
    to_int16 = av.AudioResampler(format="s16", layout=layout, rate=rate_hz)
    for frame in container.decode(audio=0):
        for piece in to_int16.resample(frame):
            yield piece.to_ndarray().astype(np.int16, copy=False).reshape(-1, channels)
    for piece in to_int16.resample(None):
        yield piece.to_ndarray().astype(np.int16, copy=False).reshape(-1, channels)
