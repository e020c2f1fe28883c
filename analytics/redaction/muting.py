"""Audio without what was found in its words: the spans of a channel's speaker are silent."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from analytics.redaction.values import Kind, Span
from engine.audio import SAMPLE_RATE_HZ, Samples

PAD_S: Final = 0.25
"""Muted before and behind a span: word times are some 100 ms uncertain, Whisper's more."""
FADE_S: Final = 0.01
"""Of the edges, within the pad, so that they do not click."""


def mute(
    samples: Samples,
    spans: Iterable[Span],
    sample_rate_hz: int = SAMPLE_RATE_HZ,
    *,
    pad_s: float = PAD_S,
    kinds: Iterable[Kind] = tuple(Kind),
) -> Samples:
    """Return a copy of one channel with the spans silent; everything else is the same to the bit.

    Args:
        samples: int16, shape (n,): of the channel whose speaker said the spans, or of all sides together.
        spans: those of that channel's role alone, or of all roles where the recording is mono.
        sample_rate_hz: of the samples.
        pad_s: seconds more on either side.
        kinds: that are muted; all unless said otherwise.

    Raises:
        ValueError: the samples are not one channel of int16.
    """
    if samples.ndim != 1 or samples.dtype != np.int16:
        raise ValueError(f"one channel of int16 is wanted, not {samples.ndim} dimensions of {samples.dtype}")
    muted, wanted = samples.copy(), frozenset(kinds)
    fade = round(FADE_S * sample_rate_hz)
    for first, stop in _stretches(spans, wanted, pad_s, sample_rate_hz, len(samples)):
        muted[first:stop] = 0
        before, behind = min(fade, first), min(fade, len(samples) - stop)
        down = np.linspace(1.0, 0.0, before, endpoint=False)
        up = np.linspace(1.0, 0.0, behind, endpoint=False)[::-1]
        muted[first - before : first] = np.rint(muted[first - before : first] * down)
        muted[stop : stop + behind] = np.rint(muted[stop : stop + behind] * up)
    return muted


def _stretches(
    spans: Iterable[Span], kinds: frozenset[Kind], pad_s: float, sample_rate_hz: int, length: int
) -> list[tuple[int, int]]:
    """Return what is silent, as indices of samples, joined where it would leave less than two fades between."""
    joined: list[tuple[int, int]] = []
    for span in sorted((one for one in spans if one.kind in kinds), key=lambda one: one.start_s):
        first = max(0, round((span.start_s - pad_s) * sample_rate_hz))
        stop = min(length, round((span.end_s + pad_s) * sample_rate_hz))
        if stop <= first:
            continue
        if joined and first - joined[-1][1] < 2 * FADE_S * sample_rate_hz:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((first, stop))
    return joined
