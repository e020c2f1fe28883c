"""Fax machines by their tones, and what is none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.audio import FRAME_SAMPLES, AudioBatch, read_wav
from engine.calls import Disposition
from engine.fax import FaxDetector
from engine.hearing import FaxHeard, FaxTone

APOLOGY = Path(__file__).parents[3] / "telephony" / "sounds" / "apology.wav"


def tone(hz: float, duration_s: float, *, rms: float = 1000.0, turns_s: float = 0.0) -> np.ndarray:
    """Return a tone, its phase turned round every so often."""
    at = np.arange(round(8000 * duration_s)) / 8000
    wave = np.sqrt(2) * rms * np.sin(2 * np.pi * hz * at)
    if turns_s:
        wave *= np.where((at // turns_s).astype(int) % 2, -1, 1)
    return wave


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(8000 * duration_s))


def hear(*parts: np.ndarray, noise_rms: float = 0.0, channel: int = 3, detector: FaxDetector | None = None) -> Any:
    """Feed a channel, beside another that hears noise alone, and return what was told of each."""
    random = np.random.default_rng(1)
    samples = np.concatenate(parts)
    samples = (samples + random.normal(0, noise_rms, len(samples))).clip(-32768, 32767).astype(np.int16)
    detector = detector or FaxDetector()
    told: list[FaxHeard] = []
    other: list[FaxHeard] = []
    detector.open(channel, told.append)
    detector.open(channel + 1, other.append)
    for tick in range(len(samples) // FRAME_SAMPLES):
        frame = samples[tick * FRAME_SAMPLES : (tick + 1) * FRAME_SAMPLES]
        heard = np.stack([frame, random.normal(0, 2000, FRAME_SAMPLES).astype(np.int16)])
        channels = np.array([channel, channel + 1])
        detector.accept(AudioBatch(channels, np.array([tick, tick + 7]), heard, np.zeros_like(heard)))
    assert other == []
    return told


@pytest.mark.parametrize("hz", [2085, 2100, 2115])
@pytest.mark.parametrize("turns_s", [0.0, 0.45])
def test_a_called_machine_is_known_within_its_tolerance(hz: float, turns_s: float) -> None:
    """After a second of it, once, with the phase turned as modems do, in noise, from any point of a frame on."""
    told = hear(silence(0.507), tone(hz, 3.0, turns_s=turns_s), noise_rms=100)
    assert [heard.tone for heard in told] == [FaxTone.CED]
    assert 1.4 < told[0].at_s < 1.7


@pytest.mark.parametrize("hz", [1062, 1100, 1138])
def test_a_calling_machine_is_known_by_its_second_burst(hz: float) -> None:
    """Half a second every three and a half."""
    bursts = [silence(1.003), *(part for _ in range(3) for part in (tone(hz, 0.5), silence(3.0)))]
    told = hear(*bursts, noise_rms=100)
    assert [heard.tone for heard in told] == [FaxTone.CNG]
    assert 4.9 < told[0].at_s < 5.2


@pytest.mark.parametrize(
    "parts",
    [
        [silence(1), tone(1100, 0.5), silence(10)],
        [silence(1), tone(1100, 0.5), silence(1.0), tone(1100, 0.5), silence(5)],
        [tone(1100, 4.0), silence(1)],
        [tone(2100, 0.9), silence(0.1), tone(2100, 0.9)],
        [tone(2100, 3.0, rms=20)],
        [tone(2100, 3.0) + tone(1900, 3.0)],
        [tone(2000, 3.0), tone(2200, 3.0), tone(425, 3.0), tone(1000, 1.0), tone(1400, 1.0)],
        [sum(tone(220 * harmonic, 4.0, rms=2000 / harmonic) for harmonic in range(1, 12))],
    ],
    ids=["beep", "two beeps", "long tone", "short CED", "faint", "two tones", "other tones", "vowel"],
)
def test_what_is_no_fax_is_not_taken_for_one(parts: list[np.ndarray]) -> None:
    """An answering machine's beep above all."""
    assert hear(*parts) == []


def test_speech_is_no_fax() -> None:
    """Eight seconds of it, in three languages."""
    samples, _ = read_wav(APOLOGY)
    assert hear(samples[:, 0].astype(np.float64)) == []


def test_calls_that_nobody_listens_to_may_have_any_channel() -> None:
    """Such as the second leg of a transfer, or one that still rings with early media."""
    told: list[FaxHeard] = []
    detector = FaxDetector()
    detector.open(3, told.append)
    frames = tone(2100, 1.2).astype(np.int16).reshape(-1, FRAME_SAMPLES)
    for tick, frame in enumerate(frames):
        heard = np.stack([frame, frame])
        detector.accept(AudioBatch(np.array([3, 300]), np.array([tick, tick]), heard, np.zeros_like(heard)))
    assert [one.tone for one in told] == [FaxTone.CED]


def test_only_the_first_minute_is_listened_to() -> None:
    """And to a channel that is another call's by now, the first call's ear has no claim."""
    assert hear(silence(61), tone(2100, 3.0)) == []
    detector = FaxDetector()
    first = detector.open(500, lambda heard: pytest.fail("the first call was over"))
    told = hear(tone(2100, 0.5), channel=500, detector=detector)
    detector.close(first)
    told += hear(tone(2100, 1.5), channel=500, detector=detector)
    assert [heard.tone for heard in told] == [FaxTone.CED]


async def test_a_call_that_a_fax_answers_is_ended_as_such(call: Callable[..., Any]) -> None:
    """The bot hangs up, and the disposition keeps the number from being tried again."""
    async with call(fax=FaxDetector()) as one:
        one.line.remote_says(tone(2100, 3.0).astype(np.int16))
        closed = await one.closed()
    assert closed.disposition is Disposition.FAX
    assert not closed.disposition.conversation
    assert 0.9 < closed.duration_s < 2.0
