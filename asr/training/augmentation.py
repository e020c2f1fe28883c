"""What a telephone line, a room and a hurry do to speech, done to log-mel frames.

All work on the power behind the logarithms where that matters, so that noise, echo and limits of a line act as they do
on sound. Levels are natural logarithms of power: 2.3 is 10 dB.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.random import Generator

from asr.builtin.features import BANDS, FLOOR, Floats, log_mel
from engine.audio import SAMPLE_RATE_HZ

_BAND = np.linspace(-1, 1, BANDS, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Noise:
    """How often there is noise, and how far it lies below speech, as `noisy` takes it.

    Args:
        share: of what is spoilt.
        least: level below speech.
        most: level below speech.
    """

    share: float = 0.6
    least: float = -1.0
    most: float = 5.5


def augmented(frames: Floats, rng: Generator, spoilt: float = 1.0, noise: Noise = Noise()) -> Floats:
    """Return an utterance as another speaker in another place might have said it over another line.

    Args:
        frames: shape (n, BANDS).
        rng: draws all that varies.
        spoilt: chance that place and line spoil it; pace and speaker vary always.
        noise: that may be among what spoils it.
    """
    frames = _smoothed(frames, rng.random())
    frames = _stretched(frames, rng.uniform(0.85, 1.2), rng.uniform(-0.12, 0.12), rng)
    frames = _surrounded(frames, rng)
    if rng.random() >= spoilt:
        return np.logaddexp(frames, np.float32(FLOOR)).astype(np.float32)
    if rng.random() < 0.15:
        frames = _echoing(frames, rng.uniform(0.3, 0.75), rng.uniform(-4, -0.7))
    if rng.random() < noise.share:
        frames = noisy(frames, rng.uniform(noise.least, noise.most), rng)
    frames = frames + _line(rng)
    if rng.random() < 0.1:
        frames = _interrupted(frames, rng)
    return _masked(np.logaddexp(frames, np.float32(FLOOR)).astype(np.float32), rng)


def quiet(count: int, level: float, rng: Generator) -> Floats:
    """Return frames of a background without speech."""
    return (level + rng.uniform(-1, 1) * _BAND + _flutter(count, rng)).astype(np.float32)


def noisy(frames: Floats, below: float, rng: Generator) -> Floats:
    """Add a coloured, slowly swelling background that lies below the speech by a level.

    The noise of a room (`telephone.room_noise`), 20 dB below the speech by all its power, lies 1.5 below the louder
    frames' mean over these bands with a common voice, and as high as they with a weak one; its colour is flat here.
    """
    speech = float(np.quantile(frames.mean(axis=1), 0.8))
    slope, bend = rng.uniform(-2.0, 1.5), rng.uniform(-1.5, 1.5)
    colour = slope * _BAND - bend * (_BAND**2 - 0.4)
    knots = rng.normal(0, rng.uniform(0, 1.0), len(frames) // 25 + 2)
    swell = np.interp(np.arange(len(frames)) / 25, np.arange(len(knots)), knots)[:, None]
    noise = speech - below + colour + swell + _flutter(len(frames), rng)
    # Two sounds of like power meet in phase or against it.
    phase = np.clip(rng.standard_normal(frames.shape, np.float32) * _phases(), -0.95, 0.95)
    together = np.logaddexp(frames, noise) + np.log1p(phase / np.cosh((frames - noise) / 2))
    return np.asarray(together, np.float32)


def _smoothed(frames: Floats, share: float) -> Floats:
    """Take away a share of what the two highest cepstra hold: the human training features lack them."""
    lost = np.cos(np.pi * np.array([[13], [14]]) * (2 * np.arange(BANDS) + 1) / (2 * BANDS)) * np.sqrt(2 / BANDS)
    smooth: Floats = (frames - share * (frames @ lost.T) @ lost).astype(np.float32)
    return smooth


def _stretched(frames: Floats, speed: float, warp: float, rng: Generator) -> Floats:
    """Change the pace, and the length of the speaker's vocal tract by warping the bands."""
    at = np.clip(np.arange(0, len(frames) - 1, speed) + rng.random(), 0, len(frames) - 1.001)
    low, part = at.astype(int), (at % 1).astype(np.float32)[:, None]
    frames = frames[low] * (1 - part) + frames[low + 1] * part
    band = np.clip((np.arange(BANDS) + 2) * (1 + warp) - 2, 0, BANDS - 1.001)
    left, share = band.astype(int), (band % 1).astype(np.float32)
    warped: Floats = frames[:, left] * (1 - share) + frames[:, left + 1] * share
    return warped


def _surrounded(frames: Floats, rng: Generator) -> Floats:
    """Put up to 0.6 s of background before the utterance, and up to 0.3 s after it."""
    level = float(np.quantile(frames.mean(axis=1), 0.03)) - rng.uniform(0, 2)
    before, after = (quiet(int(rng.integers(0, most)), level, rng) for most in (60, 30))
    return np.concatenate([before, frames, after])


def _echoing(frames: Floats, decay: float, level: float) -> Floats:
    """Let each frame's power die away over the next ones, as in a room."""
    power = np.exp(frames)
    tail = np.zeros(BANDS, np.float32)
    out = np.empty_like(power)
    for at in range(len(power)):
        out[at] = power[at] + np.float32(np.exp(level)) * tail
        tail = decay * (tail + power[at])
    return np.log(out)


def _line(rng: Generator) -> Floats:
    """Return gain, tilt and ripple of a line, one value a band; sometimes its lowest or highest bands are cut."""
    gain, tilt, bend = rng.uniform(-3, 5), rng.normal(0, 1.2), rng.normal(0, 0.5)
    response = gain + tilt * _BAND + bend * _BAND**2 + rng.normal(0, 0.3, BANDS)
    if rng.random() < 0.1:
        response[: rng.integers(1, 3)] -= rng.uniform(2, 8)
    if rng.random() < 0.1:
        response[-rng.integers(1, 4) :] -= rng.uniform(2, 8)
    return response.astype(np.float32)


def _interrupted(frames: Floats, rng: Generator) -> Floats:
    """Lose packets of 20 ms: the line falls silent or repeats what it had."""
    frames = frames.copy()
    for _ in range(rng.integers(1, 2 + len(frames) // 60)):
        at, lost = int(rng.integers(0, len(frames))), int(rng.choice([2, 2, 4, 6]))
        frames[at : at + lost] = frames[max(0, at - 1)] if rng.random() < 0.6 else FLOOR
    return frames


def _masked(frames: Floats, rng: Generator) -> Floats:
    """Hide stretches of time and bands behind the utterance's average (SpecAugment)."""
    average = frames.mean(axis=0)
    for _ in range(int(rng.integers(0, 2 + len(frames) // 250))):
        begin, width = rng.integers(0, len(frames)), rng.integers(2, 16)
        frames[begin : begin + width] = average
    for _ in range(int(rng.integers(0, 2))):
        begin, width = rng.integers(0, BANDS), rng.integers(1, 4)
        frames[:, begin : begin + width] = average[begin : begin + width]
    return frames


def _flutter(count: int, rng: Generator) -> Floats:
    """Return how noise power varies about its mean from frame to frame, as logarithms: shape (count, BANDS)."""
    frames = _white_noise()
    begin = int(rng.integers(0, len(frames)))
    some: Floats = np.take(frames, np.arange(begin, begin + count), axis=0, mode="wrap")
    return some


@cache
def _white_noise() -> Floats:
    """Return frames of white noise about the logarithm of their mean power."""
    sound = np.random.default_rng(0).normal(0, 1000, (1, 200 * SAMPLE_RATE_HZ)).astype(np.float32)
    (frames,) = log_mel(sound)
    about_mean: Floats = (frames - np.log(np.exp(frames).mean(axis=0))).astype(np.float32)
    return about_mean


@cache
def _phases() -> Floats:
    """Return how far two sounds of a band add to or take from each other's power, as a standard deviation a band.

    It is 1/√(2n) where a band's power comes from n independent lines of the spectrum, and the logarithm of their sum
    varies by about 1/√n.
    """
    spread: Floats = (_white_noise().std(axis=0) / np.sqrt(2)).astype(np.float32)
    return spread
