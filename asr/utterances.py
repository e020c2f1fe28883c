"""What recognisers share that read whole utterances: a call's audio is gathered, and read when it is asked for."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.speech import Hypothesis, Transcript, Word

_INAUDIBLE = 30.0
"""Loudest 20 ms, root mean square in int16 units (-61 dB), below which nobody spoke; saves decoding silence."""


class UtteranceReader(Protocol):
    """What reads an utterance at once."""

    def read(self, samples: Samples) -> Transcript:
        """Read one utterance: int16, shape (n,), 8 kHz.

        Raises:
            RecognitionError: the recogniser failed.
        """


class UtteranceStream:
    """One utterance; implements `engine.ports.RecognizerStream`.

    Args:
        reader: that reads it.
        partial_s: seconds of new audio after which `accept` reads all there is anew; None gives no partial results.
    """

    def __init__(self, reader: UtteranceReader, partial_s: float | None) -> None:
        self._reader = reader
        self._partial_samples = round(partial_s * SAMPLE_RATE_HZ) if partial_s else None
        self._chunks: list[Samples] = []
        self._heard = 0
        self._read_at = 0
        self._transcript: Transcript | None = None
        self._shown = ""

    def accept(self, samples: Samples) -> str | None:
        """Keep the next audio; where partial results are on and enough is new, read all of it."""
        if len(samples) == 0:
            return None
        self._chunks.append(samples)
        self._heard += len(samples)
        self._transcript = None
        if self._partial_samples is None or self._heard - self._read_at < self._partial_samples:
            return None
        text = self.result().text
        if text == self._shown:
            return None
        self._shown = text
        return text

    def result(self) -> Transcript:
        """Return the reading of all audio so far; asked again without new audio it is the same one."""
        if self._transcript is None:
            audio = np.concatenate(self._chunks) if self._chunks else np.zeros(0, dtype=np.int16)
            self._chunks = [audio]
            self._read_at = self._heard
            self._transcript = self._reader.read(audio)
        return self._transcript

    def close(self) -> None:
        """Forget the audio."""
        self._chunks = []


def audible(samples: Samples) -> bool:
    """Whether anybody may have spoken: int16, shape (n,), 8 kHz."""
    frames = samples[: len(samples) - len(samples) % 160].reshape(-1, 160).astype(np.float32)
    return len(frames) > 0 and float(np.sqrt((frames**2).mean(axis=1)).max()) > _INAUDIBLE


def said(words: Sequence[Word]) -> Hypothesis:
    """Return the reading that at least one word makes; its confidence is their mean."""
    confidence = sum(word.confidence for word in words) / len(words)
    return Hypothesis(" ".join(word.text for word in words), round(confidence, 3), tuple(words))
