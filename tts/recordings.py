"""Recorded prompts: any audio file that FFmpeg reads, made fit for the line like synthesised ones."""

from pathlib import Path

import av
import numpy as np

from engine.audio import AudioClip
from engine.errors import AudioError, SynthesisError
from tts.conditioning import RULES, Waveform, telephone_clip

_LONGEST_S = 300


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
    """Decode a file of any format, rate and number of channels to one trimmed and levelled 8 kHz clip.

    Raises:
        AudioError: the file is missing, holds no audio, is silent, or is longer than five minutes.
    """
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise AudioError(f"{path}: holds no audio")
            samples, rate = _decode(container, path)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise AudioError(f"{path}: cannot be decoded ({error}); save it as a 16-bit PCM WAV file") from error
    try:
        return telephone_clip([samples], rate)
    except SynthesisError as error:
        raise AudioError(f"{path}: is silent; record it again") from error


def _decode(container: av.container.InputContainer, path: Path) -> tuple[Waveform, int]:
    rate = container.streams.audio[0].rate
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
