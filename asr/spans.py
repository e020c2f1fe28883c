"""Where speech is in a recording: from the detector's probabilities to spans, and long ones cut where it is quiet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.ports import VoiceActivityDetector

_SEARCHED_S = 5.0
"""Before a cut is due: there it is made where it is quietest."""

_FRAME_SAMPLES = SAMPLE_RATE_HZ // 50


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording, in its seconds."""

    start_s: float
    end_s: float


def find_speech(
    samples: Samples,
    detector: VoiceActivityDetector,
    *,
    channel: int = 0,
    begin: float = 0.5,
    end: float = 0.35,
    pause_s: float = 0.6,
    least_s: float = 0.15,
    margin_s: float = 0.25,
) -> list[Span]:
    """Find the spans of speech.

    Args:
        samples: int16, shape (n,), 8 kHz, one channel.
        detector: its channel is reset before and after.
        channel: to use there.
        begin: probability that begins speech (Silero's own default).
        end: probability below which it may end (Silero's own default: 0.15 less).
        pause_s: silence that ends a span.
        least_s: shorter sounds are no speech.
        margin_s: kept on either side, since the first and last sounds of a word are weak.
    """
    window = detector.window_samples
    detector.reset(channel)
    name = np.array([channel], dtype=np.int64)
    whole = np.pad(samples, (0, -len(samples) % window)).reshape(-1, window)
    probabilities = np.array([detector.probabilities(name, row[None])[0] for row in whole], dtype=np.float32)
    detector.reset(channel)
    step_s = window / SAMPLE_RATE_HZ
    found = [
        Span(first * step_s, last * step_s)
        for first, last in _runs(probabilities, begin, end, round(pause_s / step_s))
        if (last - first) * step_s >= least_s
    ]
    duration_s = len(samples) / SAMPLE_RATE_HZ
    widened = [Span(max(0.0, span.start_s - margin_s), min(duration_s, span.end_s + margin_s)) for span in found]
    return merged(widened, gap_s=0.0, longest_s=float("inf"))


def merged(spans: Sequence[Span], *, gap_s: float, longest_s: float) -> list[Span]:
    """Join neighbours that are no further apart than the gap, as long as the whole is no longer than allowed."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and span.start_s - last.end_s <= gap_s and span.end_s - last.start_s <= longest_s:
            joined[-1] = Span(last.start_s, span.end_s)
        else:
            joined.append(span)
    return joined


def cut(samples: Samples, span: Span, longest_s: float) -> Iterator[Span]:
    """Yield a span in parts that are not too long, cut where it is quietest.

    Args:
        samples: of the recording; int16, shape (n,), 8 kHz.
        span: to be cut.
        longest_s: of a part; more than 5 s.
    """
    start_s = span.start_s
    while span.end_s - start_s > longest_s:
        cut_s = _quietest_s(samples, start_s + longest_s - _SEARCHED_S, start_s + longest_s)
        yield Span(start_s, cut_s)
        start_s = cut_s
    yield Span(start_s, span.end_s)


def _quietest_s(samples: Samples, from_s: float, to_s: float) -> float:
    """Return the middle of the quietest 100 ms."""
    first = round(from_s * SAMPLE_RATE_HZ)
    part = samples[first : round(to_s * SAMPLE_RATE_HZ)].astype(np.float64)
    frames = part[: len(part) - len(part) % _FRAME_SAMPLES].reshape(-1, _FRAME_SAMPLES)
    loudness = np.convolve((frames**2).sum(axis=1), np.ones(5), "valid")
    return (first + (int(loudness.argmin()) + 2.5) * _FRAME_SAMPLES) / SAMPLE_RATE_HZ


def _runs(probabilities: npt.NDArray[np.float32], begin: float, end: float, pause: int) -> list[tuple[int, int]]:
    """Return runs of speech as (first, one past the last) window, with hysteresis."""
    runs: list[tuple[int, int]] = []
    first: int | None = None
    last = 0
    for index, probability in enumerate(probabilities.tolist()):
        if first is None:
            if probability >= begin:
                first, last = index, index + 1
        elif probability >= end:
            last = index + 1
        elif index + 1 - last >= pause:
            runs.append((first, last))
            first = None
    if first is not None:
        runs.append((first, last))
    return runs
