"""Batches of channels are judged as each one alone would be."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from asr.silero_detector import WINDOW_SAMPLES, SileroDetector
from engine.errors import AudioError, ModelMissing


@pytest.fixture(scope="module")
def detector() -> SileroDetector:
    return SileroDetector()


def noise(windows: int, channels: int) -> npt.NDArray[np.int16]:
    """Make bursts of noise, shape (channels, windows, 256)."""
    rng = np.random.default_rng(3)
    loud = rng.integers(1, 6000, (channels, windows, 1))
    return (rng.normal(0, 1, (channels, windows, WINDOW_SAMPLES)) * loud).astype(np.int16)


def test_a_batch_is_judged_as_single_channels_are(detector: SileroDetector) -> None:
    """Channels that come and go in a growing batch get the very probabilities that they get alone."""
    audio = noise(12, channels=70)
    rng = np.random.default_rng(4)
    together: dict[int, list[float]] = {channel: [] for channel in range(70)}
    taken = [0] * 70
    while min(taken) < 12:
        live = [channel for channel in range(70) if taken[channel] < 12 and rng.random() < 0.7]
        names = np.array([1000 + 3 * channel for channel in live], dtype=np.int64)
        windows = (
            np.stack([audio[channel, taken[channel]] for channel in live]) if live else np.zeros((0, 256), np.int16)
        )
        for channel, probability in zip(live, detector.probabilities(names, windows), strict=True):
            together[channel].append(float(probability))
            taken[channel] += 1
    for channel in range(0, 70, 9):
        alone = SileroDetector() if channel == 0 else detector
        alone.reset(5)
        singly = [float(alone.probabilities(np.array([5]), audio[channel, i][None])[0]) for i in range(12)]
        np.testing.assert_allclose(together[channel], singly, atol=1e-5)
    for channel in range(70):
        detector.reset(1000 + 3 * channel)


def test_a_reset_channel_has_forgotten_everything(detector: SileroDetector) -> None:
    """After a reset the same window gets the same probability as at first, though its row was used by others."""
    window = noise(3, channels=1)[0]
    first = [float(detector.probabilities(np.array([1]), row[None])[0]) for row in window]
    unforgotten = float(detector.probabilities(np.array([1]), window[0][None])[0])
    detector.reset(1)
    again = [float(detector.probabilities(np.array([2]), row[None])[0]) for row in window]
    detector.reset(2)
    assert again == first
    assert unforgotten != first[0]


def test_no_channel_is_no_work(detector: SileroDetector) -> None:
    """An empty batch gives an empty answer."""
    assert detector.probabilities(np.zeros(0, np.int64), np.zeros((0, 256), np.int16)).shape == (0,)


@pytest.mark.parametrize("windows", [np.zeros((1, 160), np.int16), np.zeros((2, 256), np.int16), np.zeros((1, 256))])
def test_wrong_windows_are_refused(detector: SileroDetector, windows: npt.NDArray[np.int16]) -> None:
    """A shape or type that does not fit is an error that names what is wanted."""
    with pytest.raises(AudioError, match=r"int16 of shape \(1, 256\)"):
        detector.probabilities(np.array([1]), windows)


def test_a_missing_or_broken_model_names_the_mend(tmp_path: Path) -> None:
    """Without the ONNX file, or with another one in its place, the message holds the command that mends it."""
    broken = tmp_path / "silero_vad.onnx"
    with pytest.raises(ModelMissing, match="pip install --no-deps silero-vad"):
        SileroDetector(broken)
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelMissing, match="not a loadable ONNX model"):
        SileroDetector(broken)
