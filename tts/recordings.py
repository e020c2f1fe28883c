"""Recorded prompts: any audio file that FFmpeg reads, made fit for the line like synthesised ones."""

from pathlib import Path

import av
import numpy as np

from engine.audio import AudioClip
from engine.errors import AudioError, SynthesisError
from tts.conditioning import RULES, Waveform, telephone_clip

_LONGEST_S = 300
_RATES_HZ = range(4_000, 192_001)
_FORMATS = "wav,w64,flac,ogg,mp3,aac,aiff,caf,au,mov,matroska,asf"
"""What holds audio itself: a playlist would have FFmpeg open other files and addresses, whatever its name ends in."""


def recording_fingerprint(path: Path) -> str:
    """Return what names a recording's present content: path, size and time of change.

    Raises:
        AudioError: there is no such file.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise AudioError(f"{path}: {error.strerror}; record it there, or take it out of the scenario") from error
    return f"recording;{path.resolve()};{status.st_size};{status.st_mtime_ns};rules={RULES}"


def read_recording(path: Path) -> AudioClip:
    """Decode a file of any usual format, rate and number of channels to one trimmed and levelled 8 kHz clip.

    Raises:
        AudioError: the file is missing, holds no audio, is silent, is longer than five minutes, or has a sample rate
            that no recording has.
    """
    try:
        options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
        with av.open(str(path), options=options) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: holds no audio")
            samples, rate = _decode(container, path)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise AudioError(
            f"{path}: cannot be decoded ({getattr(error, 'strerror', None) or error}); save it as a 16-bit PCM WAV file"
        ) from error
    try:
        return telephone_clip([samples], rate)
    except SynthesisError as error:
        raise AudioError(f"{path}: is silent; record it again") from error


def _decode(container: av.container.InputContainer, path: Path) -> tuple[Waveform, int]:
    rate = container.streams.audio[0].rate
    if rate not in _RATES_HZ:  # five minutes, and what resampling takes, are as large as the file says
        raise AudioError(f"{path}: has {rate} samples a second; save it with 8 000 to 48 000")
    to_mono = av.AudioResampler(format="flt", layout="mono", rate=rate)
    pieces: list[Waveform] = []
    total = 0
    for frame in container.decode(audio=0):
        for mono in to_mono.resample(frame):
            pieces.append(_flat(mono))
            total += len(pieces[-1])
        if total > _LONGEST_S * rate:
            raise AudioError(f"{path}: is longer than {_LONGEST_S} s; a prompt is a few sentences")
    pieces += [_flat(mono) for mono in to_mono.resample(None)]
    return (np.concatenate(pieces) if pieces else np.zeros(0, np.float32)), rate


def _flat(frame: av.AudioFrame) -> Waveform:
    samples: Waveform = np.asarray(frame.to_ndarray(), np.float32).reshape(-1)
    return samples
