"""The line of the tests spoils speech by as much as it says."""

import numpy as np
import pytest

from asr.training.telephone import through_a_law, with_lost_packets, with_noise

TONE = (8000 * np.sin(np.arange(8000) * 0.3)).astype(np.int16)


@pytest.mark.parametrize("level_db", [20, 5])
def test_noise_lies_below_speech_by_the_decibels_asked_for(level_db: int) -> None:
    noise = with_noise(TONE, level_db, np.random.default_rng(0)).astype(float) - TONE
    ratio = np.mean(TONE.astype(float) ** 2) / np.mean(noise**2)
    assert 10 * np.log10(ratio) == pytest.approx(level_db, abs=0.3)


def test_a_law_keeps_thirteen_bits_of_quiet_and_eight_of_loud_sound() -> None:
    for loudness in (30000, 3000, 300):
        audio = (loudness * np.sin(np.arange(4000) * 0.3)).astype(np.int16)
        error = through_a_law(audio).astype(float) - audio
        assert 10 * np.log10(np.mean(audio.astype(float) ** 2) / np.mean(error**2)) > 30
    assert len(np.unique(through_a_law(np.arange(-32768, 32768).astype(np.int16)))) == 256


def test_lost_packets_are_as_many_as_asked_for_and_whole() -> None:
    audio = np.random.default_rng(1).integers(-3000, 3000, 160 * 1000).astype(np.int16)
    lost = (with_lost_packets(audio, 0.03, np.random.default_rng(0)) != audio).reshape(-1, 160).mean(axis=1)
    assert 0.02 < np.mean(lost > 0.9) < 0.04
    assert set(np.round(lost)) == {0.0, 1.0}
