"""Synthetic contacts whose answers are known."""

from datetime import UTC, datetime

import numpy as np

from analytics.conversation import Conversation, Medium, Role, Utterance
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.speech import Word

STARTED = datetime(2026, 11, 23, 9, tzinfo=UTC)
WORD_S = 0.4


def said(role: Role, start_s: float, text: str, end_s: float | None = None, confidence: float = 1.0) -> Utterance:
    """Return an utterance whose words follow each other evenly, without pauses; 0.4 s each by default."""
    words = text.split()
    each_s = WORD_S if end_s is None else (end_s - start_s) / max(len(words), 1)
    timed = tuple(
        Word(word, start_s + i * each_s, start_s + (i + 1) * each_s, confidence) for i, word in enumerate(words)
    )
    return Utterance(role, timed, start_s, start_s + len(words) * each_s if end_s is None else end_s)


def contact(
    *utterances: Utterance,
    duration_s: float = 30.0,
    medium: Medium = Medium.CALL,
    attributes: dict[str, str] | None = None,
) -> Conversation:
    """Return a contact of some utterances."""
    ordered = tuple(sorted(utterances, key=lambda one: one.start_s))
    return Conversation("c1", medium, STARTED, duration_s, ordered, attributes or {})


def voice(duration_s: float, *sounds: tuple[float, float, float, float], noise: float = 3.0) -> Samples:
    """Return a channel with a buzz of ten harmonics in each (start, end, hertz, amplitude)."""
    samples = np.random.default_rng(5).normal(0, noise, round(duration_s * SAMPLE_RATE_HZ))
    for start_s, end_s, hertz, amplitude in sounds:
        first, last = round(start_s * SAMPLE_RATE_HZ), round(end_s * SAMPLE_RATE_HZ)
        times = np.arange(last - first) / SAMPLE_RATE_HZ
        samples[first:last] += amplitude * sum(np.sin(2 * np.pi * hertz * k * times) / k for k in range(1, 11))
    return np.clip(samples, -32768, 32767).astype(np.int16)
