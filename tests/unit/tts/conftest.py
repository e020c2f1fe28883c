"""A voice that needs no engine."""

from collections.abc import Callable

import numpy as np
import pytest

from engine.audio import AudioClip
from engine.errors import SynthesisError
from engine.speech import Language
from tts.conditioning import Waveform


class HumVoice:
    """Hums 50 ms a letter, the pitch told by its name; fails on the texts that it is told to fail on."""

    def __init__(self, name: str = "hum", fails_on: str | None = None) -> None:
        self.name, self.fails_on = name, fails_on
        self.spoken: list[str] = []
        self.closed = False
        self.before: Callable[[str], None] = lambda text: None

    @property
    def fingerprint(self) -> str:
        return self.name

    def synthesize(self, text: str) -> AudioClip:
        self.before(text)
        self.spoken.append(text)
        if self.fails_on is not None and self.fails_on in text:
            raise SynthesisError("hoarse")
        t = np.arange(400 * len(text)) / 8000
        return AudioClip((3000 * np.sin(2 * np.pi * (200 + len(self.name) * 50) * t)).astype(np.int16))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def hum() -> type[HumVoice]:
    """The class, so that a test makes as many voices as it needs."""
    return HumVoice


@pytest.fixture
def tone() -> Callable[..., Waveform]:
    """Make a sine wave: frequency in Hz, duration in seconds, sample rate in Hz, peak."""

    def make(frequency_hz: float, duration_s: float, sample_rate_hz: int, peak: float = 0.5) -> Waveform:
        t = np.arange(round(duration_s * sample_rate_hz)) / sample_rate_hz
        return (peak * np.sin(2 * np.pi * frequency_hz * t)).astype(np.float32)

    return make


@pytest.fixture(params=list(Language))
def language(request: pytest.FixtureRequest) -> Language:
    """Each language in turn."""
    return request.param  # type: ignore[no-any-return]
