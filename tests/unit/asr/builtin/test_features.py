"""The front end of the built-in recogniser, against the definition written out and against itself in chunks."""

import numpy as np
import numpy.typing as npt
import pytest

from asr.builtin.features import BANDS, FLOOR, HOP_SAMPLES, STATE_SIZE, WINDOW_SAMPLES, FrontEnd, Normalisation
from engine.errors import AudioError

NORMALISATION = Normalisation(mean=tuple(np.linspace(10, 8, BANDS).tolist()))


def babble(channels: int, frames: int, seed: int = 1) -> npt.NDArray[np.int16]:
    """Noise whose loudness comes and goes, different in each channel."""
    rng = np.random.default_rng(seed)
    samples = frames * HOP_SAMPLES
    swell = np.abs(np.sin(np.arange(samples) / 3000 + np.arange(channels)[:, None])) * 4000
    return (rng.standard_normal((channels, samples)) * swell).astype(np.int16)


def one_band(audio: npt.NDArray[np.int16], frame: int, band: int) -> float:
    """The definition, sum by sum."""
    end = (frame + 1) * HOP_SAMPLES
    padded = np.concatenate([np.zeros(300), audio.astype(float)])
    sound = padded[end + 300 - WINDOW_SAMPLES : end + 300] - 0.97 * padded[end + 299 - WINDOW_SAMPLES : end + 299]
    n = np.arange(WINDOW_SAMPLES)
    window = 0.54 - 0.46 * np.cos(2 * np.pi * n / (WINDOW_SAMPLES - 1))
    top, bottom = 2595 * np.log10(1 + 3500 / 700), 2595 * np.log10(1 + 200 / 700)
    edges = [700 * (10 ** ((bottom + (top - bottom) * i / 16) / 2595) - 1) for i in range(band, band + 3)]
    low, middle, high = (round(hz / 31.25) * 31.25 for hz in edges)
    power = 0.0
    for index in range(129):
        hz = index * 31.25
        bin_power = abs(np.sum(sound * window * np.exp(-2j * np.pi * index * n / 256))) ** 2
        if low < hz < high:
            rising = (hz - low) / (middle - low) if hz <= middle else (high - hz) / (high - middle)
            power += bin_power * rising * 2 / (high - low)
    return float(np.log(power + np.exp(FLOOR)))


def test_frames_are_those_of_the_definition() -> None:
    audio = babble(1, 20)
    front_end = FrontEnd(Normalisation(NORMALISATION.mean, level_frames=1e9, colour_frames=1e9))  # its mean stays put
    frames, _ = front_end.advance(audio, front_end.initial(1))
    for frame, band in [(0, 0), (0, 14), (7, 3), (19, 0), (19, 14)]:
        assert frames[0, frame, band] + NORMALISATION.mean[band] == pytest.approx(
            one_band(audio[0], frame, band), abs=1e-3
        )


def test_chunks_give_what_the_whole_gives() -> None:
    audio = babble(3, 96)
    front_end = FrontEnd(NORMALISATION)
    whole, whole_state = front_end.advance(audio, front_end.initial(3))
    state, parts = front_end.initial(3), []
    for begin, end in [(0, 1), (1, 33), (33, 34), (34, 96)]:
        frames, state = front_end.advance(audio[:, begin * HOP_SAMPLES : end * HOP_SAMPLES], state)
        parts.append(frames)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-4)
    np.testing.assert_allclose(state, whole_state, atol=1e-3)


def test_channels_do_not_touch_each_other() -> None:
    audio = babble(4, 40)
    front_end = FrontEnd(NORMALISATION)
    together, _ = front_end.advance(audio, front_end.initial(4))
    alone, _ = front_end.advance(audio[2:3], front_end.initial(1))
    np.testing.assert_allclose(together[2:3], alone, atol=1e-4)


def test_the_mean_of_a_quiet_caller_is_learnt_and_a_pause_does_not_spoil_it() -> None:
    speech = babble(1, 400) // 8
    front_end = FrontEnd(NORMALISATION)
    _, state = front_end.advance(speech, front_end.initial(1))
    again, _ = front_end.advance(speech, front_end.carried(state))
    assert abs(float(again[:, 50:].mean())) < 0.7
    pause = np.zeros((1, 100 * HOP_SAMPLES), np.int16)
    _, paused = front_end.advance(pause, state)
    after, _ = front_end.advance(speech, paused)
    np.testing.assert_allclose(after[:, 3:], again[:, 3:], atol=0.2)


def test_a_shape_that_does_not_fit_is_an_error() -> None:
    front_end = FrontEnd(NORMALISATION)
    with pytest.raises(AudioError, match=str(STATE_SIZE)):
        front_end.advance(np.zeros((2, 100), np.int16), front_end.initial(2))
