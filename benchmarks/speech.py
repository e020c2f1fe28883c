"""Recorded speech for benchmarks, with a noise of its own that makes every frame one of a kind."""

from pathlib import Path

import numpy as np

from engine.audio import SAMPLE_RATE_HZ, Samples

NOISE_RMS = 150


def speech(seconds: float, *, seed: int = 3) -> Samples:
    """Return recorded speech, again and again, over noise that is nowhere the same: int16, shape (n,), 8 kHz."""
    recording = Path(__file__).parent / "sipp" / "caller.ulaw"
    code = ~np.frombuffer(recording.read_bytes(), dtype=np.uint8)
    exponent, mantissa = (code >> 4 & 7).astype(int), (code & 15).astype(int)
    value = ((mantissa << 3) + 0x84 << exponent) - 0x84  # ITU-T G.711, µ-law
    said = np.where(code & 0x80, -value, value)
    count = round(seconds * SAMPLE_RATE_HZ)
    whole = np.resize(said, count) + np.random.default_rng(seed).normal(0, NOISE_RMS, count)
    return np.clip(whole, -32000, 32000).astype(np.int16)
