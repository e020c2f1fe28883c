"""Level, pitch and their change, in real samples."""

import numpy as np
import pytest
from scipy import signal

from analytics.conversation import Role
from analytics.measures import Measured, Side, measure
from analytics.response import Span
from engine.audio import SAMPLE_RATE_HZ, Samples

from .talking import contact, said, voice

BANK, CLIENT = Side.BANK, Side.CLIENT
BURSTS = [(i * 2.0, i * 2.0 + 1.5) for i in range(12)]


def bursts(hertz: list[float], amplitude: list[float]) -> Samples:
    """Return twelve bursts of 1.5 s, a third of them with each pitch and amplitude."""
    return voice(24.0, *((start, end, hertz[i // 4], amplitude[i // 4]) for i, (start, end) in enumerate(BURSTS)))


def heard(client: Samples, bank: Samples | None = None) -> dict[str, Measured]:
    silent = np.zeros(len(client), np.int16)
    return dict(measure(contact(duration_s=24.0), audio={BANK: silent if bank is None else bank, CLIENT: client}))


@pytest.mark.parametrize("hertz", [75.0, 110.0, 180.0, 250.0, 350.0])
def test_a_known_pitch(hertz: float) -> None:
    """Within two per cent, also where the telephone has cut the fundamental off; the silent side has none."""
    whole = bursts([hertz] * 3, [3000.0] * 3)
    cut = signal.butter(6, 300, "highpass", fs=SAMPLE_RATE_HZ, output="sos")
    telephone = signal.sosfilt(cut, whole).astype(np.int16)

    for channel in (whole, telephone):
        found = heard(channel)
        assert found["client_pitch_hz"].value == pytest.approx(hertz, rel=0.02)
        assert found["client_pitch_change_st"].value == pytest.approx(0.0, abs=0.1)
        assert found["bank_pitch_hz"].value is None
        assert found["bank_level_dbfs"].value is None


def test_noise_has_no_pitch() -> None:
    """Loud bursts of it are voiced all the same."""
    noise = np.random.default_rng(3).normal(0, 3000, 24 * SAMPLE_RATE_HZ)
    for start_s, end_s in zip(
        [end for _, end in BURSTS], [start for start, _ in [*BURSTS[1:], (24.0, 0)]], strict=True
    ):
        noise[round(start_s * SAMPLE_RATE_HZ) : round(end_s * SAMPLE_RATE_HZ)] /= 1000
    found = heard(noise.astype(np.int16))

    assert found["client_talk_s"].value == pytest.approx(18.0, abs=0.2)
    assert found["client_pitch_hz"].value is None
    assert found["client_level_dbfs"].value == pytest.approx(20 * np.log10(3000 / 32768), abs=0.3)


def test_a_rising_voice_is_agitated() -> None:
    """Twice as loud is 6 dB; three semitones higher; both ends are compared."""
    found = heard(bursts([150.0, 160.0, 150.0 * 2 ** (3 / 12)], [1500.0, 2000.0, 3000.0]))

    assert found["client_level_change_db"].value == pytest.approx(6.0, abs=0.2)
    assert found["client_pitch_change_st"].value == pytest.approx(3.0, abs=0.2)
    parts = {part.name: part.value for part in found["client_agitation"].parts}
    assert parts == {"level": pytest.approx(1.0, abs=0.04), "pitch": pytest.approx(0.75, abs=0.05)}
    assert found["client_agitation"].value == pytest.approx(0.875, abs=0.04)
    falling = heard(bursts([180.0, 160.0, 150.0], [3000.0, 2000.0, 1500.0]))
    assert falling["client_agitation"].value == 0


def test_a_raised_voice_is_shown_where_it_was() -> None:
    """One burst 10 dB above the others."""
    channel = voice(24.0, *((start, end, 150.0, 8000.0 if start == 10.0 else 2500.0) for start, end in BURSTS))
    raised = heard(channel)["client_raised_voice"]

    (shown,) = raised.evidence
    assert raised.value == 1
    assert (shown.start_s, shown.end_s) == (pytest.approx(10.0, abs=0.3), pytest.approx(11.5, abs=0.3))
    assert shown.value == pytest.approx(10.1, abs=0.5)
    assert heard(bursts([150.0] * 3, [2500.0] * 3))["client_raised_voice"].value == 0


def test_speaking_faster_needs_words_at_both_ends() -> None:
    """Ten words in the first third of the talk, fifteen in the last."""
    slow, fast = " ".join(["да"] * 10), " ".join(["да"] * 15)
    lines = [said(Role.CLIENT, start, text, start + 5.0) for start, text in [(0.0, slow), (6.0, slow), (12.0, fast)]]
    found = measure(contact(*lines))

    assert found["client_rate_change"].value == pytest.approx(1.5)
    assert found["client_agitation"].value is None
    assert [one.value for one in found["client_rate_change"].evidence] == pytest.approx([2.0, 3.0])
    assert measure(contact(*lines[:1]))["client_rate_change"].value is None


def test_a_moment_of_sound_tells_nothing_of_a_voice() -> None:
    """Half a second: it sounds, and no more is said of it."""
    found = heard(voice(24.0, (1.0, 1.5, 150.0, 3000.0)))

    assert found["client_talk_s"].value == pytest.approx(0.5, abs=0.02)
    unknown = ("level_dbfs", "level_change_db", "pitch_hz", "pitch_change_st", "raised_voice", "agitation")
    assert [found[f"client_{name}"].value for name in unknown] == [None] * len(unknown)


@pytest.mark.parametrize("length", [0, 1, 79, 80, 319, 4000])
@pytest.mark.parametrize("amplitude", [0, 32767])
def test_a_channel_of_hardly_anything(length: int, amplitude: int) -> None:
    """Empty, silent, too short for a frame, or a level that never changes: no voice, and nothing is told of one."""
    found = heard(np.full(length, amplitude, np.int16))

    assert found["client_talk_s"].value == 0
    assert found["client_pitch_hz"].value is None
    assert found["client_level_dbfs"].value is None


def test_spans_of_another_detector_bound_the_voice() -> None:
    """Where it heard no speech, as in music, neither level nor pitch is measured; spans may end behind the audio."""
    channel = voice(24.0, (0.0, 11.0, 300.0, 6000.0), (12.0, 24.0, 120.0, 3000.0))
    found = measure(contact(duration_s=25.0), {BANK: [], CLIENT: [Span(12.0, 30.0)]}, {CLIENT: channel})

    assert found["client_talk_s"].value == 13.0
    assert found["client_pitch_hz"].value == pytest.approx(120.0, rel=0.02)
    assert found["bank_talk_share"].value == 0
