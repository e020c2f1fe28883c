"""Recordings of any format, as they come from other systems."""

from pathlib import Path

import av
import numpy as np
import pytest

from asr.decoding import decode_untrusted
from asr.recordings import read_recording
from engine.errors import AudioError
from engine.sealing import Keyring, seal_in_place


def _encode(path: Path, samples: np.ndarray, rate: int, codec: str) -> None:
    """Write int16 samples of shape (channels, n)."""
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(samples.T.reshape(1, -1), format="s16", layout=layout)
        frame.rate = rate
        resampled = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=stream.frame_size or 0)
        for piece in [*resampled.resample(frame), *resampled.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))


def _tone(hertz: float, rate: int) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(2 * rate) / rate)).astype(np.int16)


def _pitch(samples: np.ndarray) -> float:
    """Return the loudest frequency of the middle second, in Hz."""
    middle = samples[4000:12000].astype(float)
    return float(np.argmax(np.abs(np.fft.rfft(middle))))


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("a.mp3", "libmp3lame", 44100),
        ("a.mp3", "libmp3lame", 8000),
        ("a.ogg", "libopus", 48000),
        ("a.flac", "flac", 16000),
        ("a.wav", "pcm_alaw", 8000),
    ],
)
def test_both_sides_of_a_call_arrive_at_their_pitch(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    """Whatever the container, codec and rate, left stays left, right stays right, and time is kept."""
    _encode(tmp_path / name, np.stack([_tone(500, rate), _tone(1200, rate)]), rate, codec)
    samples = decode_untrusted(tmp_path / name)
    np.testing.assert_allclose(samples, read_recording(tmp_path / name), atol=2)
    assert samples.dtype == np.int16
    assert samples.shape[1] == 2
    assert len(samples) / 8000 == pytest.approx(2.0, abs=0.2)
    assert _pitch(samples[:, 0]) == pytest.approx(500, abs=3)
    assert _pitch(samples[:, 1]) == pytest.approx(1200, abs=3)


def test_an_mp3_that_breaks_off_gives_what_there_is(tmp_path: Path) -> None:
    """Half a file is half a call."""
    _encode(tmp_path / "whole.mp3", _tone(500, 44100)[None], 44100, "libmp3lame")
    data = (tmp_path / "whole.mp3").read_bytes()
    (tmp_path / "half.mp3").write_bytes(data[: len(data) // 2])
    samples = read_recording(tmp_path / "half.mp3")
    assert 0.7 < len(samples) / 8000 < 1.3
    (tmp_path / "empty.mp3").touch()
    with pytest.raises(AudioError, match=r"empty\.mp3"):
        read_recording(tmp_path / "empty.mp3")


def test_a_sealed_recording_is_heard_and_a_missing_key_told(tmp_path: Path) -> None:
    """By the decoder in its own process, whose format a name such as a.mp3.sealed still tells."""
    keys, path = Keyring([bytes(32)]), tmp_path / "a.mp3"
    _encode(path, np.stack([_tone(500, 16000), _tone(1200, 16000)]), 16000, "libmp3lame")
    clear = read_recording(path)
    sealed = seal_in_place(path, keys)
    for name in (path, sealed):
        np.testing.assert_allclose(decode_untrusted(name, keys=keys), clear, atol=2)
        np.testing.assert_allclose(read_recording(name, keys), clear, atol=2)
    with pytest.raises(AudioError, match=r"a\.mp3: is sealed, and no key is given: set VOICEBOT_PRIVACY__KEYS"):
        decode_untrusted(path)
