"""Recorded prompts."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from engine.audio import write_wav
from engine.errors import AudioError
from tts.conditioning import Waveform
from tts.recordings import read_recording, recording_fingerprint

Tone = Callable[..., Waveform]


def _int16(samples: Waveform) -> np.ndarray:
    return np.round(samples * 32767).astype(np.int16)


def _encode(path: Path, samples: Waveform, rate: int, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(_int16(samples)[None], format="s16", layout="mono")
        frame.rate = rate
        resampled = av.AudioResampler(format=stream.format, layout="mono", rate=rate, frame_size=stream.frame_size or 0)
        for piece in [*resampled.resample(frame), *resampled.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.wav", "pcm_s16le", 44100),
        ("a.ogg", "libopus", 48000),
        ("a.mp3", "libmp3lame", 22050),
        ("a.flac", "flac", 8000),
    ],
)
def test_any_format_becomes_an_8_khz_clip(tone: Tone, tmp_path: Path, name: str, codec: str, rate: int) -> None:
    """Whatever the container, codec and rate, the tone arrives at its pitch and with its length."""
    file = tmp_path / name
    _encode(file, tone(500, 1.0, rate), rate, codec)
    clip = read_recording(file)
    assert clip.sample_rate_hz == 8000
    assert clip.duration_s == pytest.approx(1.14, abs=0.08)
    spectrum = np.abs(np.fft.rfft(clip.samples))
    assert np.argmax(spectrum) / clip.duration_s == pytest.approx(500, abs=5)


def test_both_channels_of_a_stereo_file_are_heard(tone: Tone, tmp_path: Path) -> None:
    """A voice that was recorded on one side only is not lost."""
    file = tmp_path / "stereo.wav"
    right = _int16(tone(500, 0.5, 16000))
    write_wav(file, np.stack([np.zeros_like(right), right], axis=1), 16000)
    assert read_recording(file).duration_s == pytest.approx(0.64, abs=0.02)


def test_broken_recordings_are_refused_with_the_file_and_the_mend(tmp_path: Path) -> None:
    """No audio, no such file and silence are told apart."""
    broken, silent = tmp_path / "broken.mp3", tmp_path / "silent.wav"
    broken.write_bytes(b"<html>not found</html>" * 50)
    write_wav(silent, np.zeros(8000, np.int16))
    for file, complaint in [
        (broken, "save it as"),
        (silent, "is silent"),
        (tmp_path / "gone.wav", "save it as"),
        (tmp_path, "save it as"),
    ]:
        with pytest.raises(AudioError, match=complaint) as caught:
            read_recording(file)
        assert str(file) in str(caught.value)


def test_a_recording_of_minutes_is_no_prompt(tmp_path: Path) -> None:
    """A file of an hour, dropped there by mistake, does not fill the memory."""
    file = tmp_path / "long.wav"
    write_wav(file, np.ones(8000 * 301, np.int16))
    with pytest.raises(AudioError, match="longer than 300 s"):
        read_recording(file)


@pytest.mark.parametrize("rate", [1, 100, 2**30])
def test_a_rate_that_no_recording_has_is_refused(tmp_path: Path, rate: int) -> None:
    """A file of kilobytes that claims it would take gigabytes to resample."""
    file = tmp_path / "odd.wav"
    write_wav(file, np.ones(800, np.int16), 8000)
    content = bytearray(file.read_bytes())
    content[24:28] = rate.to_bytes(4, "little")
    file.write_bytes(content)
    with pytest.raises(AudioError, match=f"{rate} samples a second"):
        read_recording(file)


@pytest.mark.parametrize("name", ["list.ffconcat", "list.wav"])
def test_a_playlist_opens_no_other_file(tone: Tone, tmp_path: Path, name: str) -> None:
    """FFmpeg tells formats by their content: a list of files is none, whatever it is called."""
    write_wav(tmp_path / "other.wav", _int16(tone(500, 0.5, 8000)))
    (tmp_path / name).write_text("ffconcat version 1.0\nfile other.wav\n")
    with pytest.raises(AudioError, match="cannot be decoded"):
        read_recording(tmp_path / name)


def test_a_replaced_recording_is_told_from_the_old_one(tmp_path: Path) -> None:
    """Size and time of change are part of what names a recording."""
    file = tmp_path / "a.wav"
    file.write_bytes(b"1")
    first = recording_fingerprint(file)
    file.write_bytes(b"22")
    assert recording_fingerprint(file) != first
    with pytest.raises(AudioError, match="No such file"):
        recording_fingerprint(tmp_path / "gone.wav")
