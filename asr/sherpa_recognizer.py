"""Streaming models on sherpa-onnx: T-one (8 kHz, Russian), Zipformer CTC and transducers; all streams in one batch.

Whoever has audio when `GATHER_S` have passed decodes for all streams that are ready: sherpa-onnx takes several in one
call, and releases Python's lock meanwhile. A stream that was read to its end takes no more audio, so what follows a
reading goes to a new one, and its words are put behind, as with Vosk. Nothing is biased: T-one has no hotwords, and
those of transducers need a file of word pieces that not every model brings. GigaAM is not among them: it looks at whole
utterances, and sherpa-onnx has it for recordings alone.
"""

import threading
import time
from collections.abc import Sequence
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from asr.sherpa_loading import load
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import RecognitionError
from engine.ports import RecognizerStream
from engine.speech import Expect, Hypothesis, Language, Talker, Transcript, Word

GATHER_S = 0.06

UNKNOWN_CONFIDENCE = 0.8
"""Of words from models that give no probabilities: the engine must be told something, and it is not certainty."""

_TAIL_S = 0.6
"""Quiet behind the audio of a reading, so that the last chunk is whole and looks far enough ahead."""

_LETTER_S = 0.06
"""Taken for the length of a word's last letter; models tell beginnings alone."""

_shared: dict[Path, "_Shared"] = {}
_shared_lock = threading.Lock()


class SherpaRecognizer:
    """Implements `engine.ports.Recognizer`; a model is loaded once in a process and shared by all streams.

    Args:
        path: folder of the model: ``tokens.txt`` with ``model.onnx`` (T-one, Zipformer CTC), or with an encoder, a
            decoder and a joiner.
        language: what the model understands.
        name: for people and records; by default the folder's name.

    Raises:
        ModelMissing: there is no such model in the folder, or it cannot be loaded.
    """

    def __init__(self, path: Path, language: Language | str, *, name: str | None = None) -> None:
        with _shared_lock:
            folder = path.resolve()
            if folder not in _shared:
                _shared[folder] = _Shared(load(folder))
            self._model = _shared[folder]
        self._name = f"sherpa:{name or path.name}"
        self._language = language

    @property
    def name(self) -> str:
        """Such as ``sherpa:sherpa-onnx-streaming-t-one-russian-2025-09-08``."""
        return self._name

    @property
    def language(self) -> Language | str:
        """What the model understands."""
        return self._language

    @property
    def waits(self) -> bool:
        """Each stream computes in the thread that it is called in."""
        return False

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance."""
        del expect, hints, talker
        return SherpaStream(self._model, self._language)


class _Shared:
    """A model and its open streams."""

    def __init__(self, recognizer: Any) -> None:
        self.recognizer = recognizer
        self.lock = threading.Lock()
        self._open: list[Any] = []
        self._last_s = 0.0

    def begin(self) -> Any:
        """Return a new stream."""
        with self.lock:
            stream = self.recognizer.create_stream()
            self._open.append(stream)
            return stream

    def end(self, stream: Any) -> None:
        """Forget a stream."""
        with self.lock:
            if stream in self._open:
                self._open.remove(stream)

    def advance(self, stream: Any, samples: Samples, *, now: bool) -> str:
        """Give a stream audio, decode all that are ready if it is time, and return the stream's text."""
        with self.lock:
            stream.accept_waveform(SAMPLE_RATE_HZ, samples.astype(np.float32) / np.float32(32768))
            if now or time.monotonic() - self._last_s >= GATHER_S:
                self._last_s = time.monotonic()
                while ready := [one for one in self._open if self.recognizer.is_ready(one)]:
                    self.recognizer.decode_streams(ready)
            return str(self.recognizer.get_result(stream)).strip()

    def words(self, stream: Any, offset_s: float) -> tuple[Word, ...]:
        """Return a stream's words."""
        with self.lock:
            tokens, starts = self.recognizer.tokens(stream), self.recognizer.timestamps(stream)
            log_probs = self.recognizer.ys_probs(stream)
        return joined(tokens, [start + offset_s for start in starts], log_probs)


class SherpaStream:
    """One utterance; implements `engine.ports.RecognizerStream`."""

    def __init__(self, model: _Shared, language: Language | str) -> None:
        self._model = model
        self._language = language
        self._stream: Any = None
        self._read: tuple[Word, ...] = ()
        self._read_samples = 0
        self._samples = 0
        self._shown = ""

    def accept(self, samples: Samples) -> str | None:
        """Take the next audio; return all words so far, or None where they are the same as before."""
        if len(samples) == 0:
            return None
        if self._stream is None:
            self._stream, self._read_samples = self._model.begin(), self._samples
        self._samples += len(samples)
        text = " ".join([*(word.text for word in self._read), *self._advance(samples, now=False).split()])
        if text == self._shown:
            return None
        self._shown = text
        return text

    def result(self) -> Transcript:
        """Return the reading of all audio so far."""
        if self._stream is not None:
            self._advance(np.zeros(round(_TAIL_S * SAMPLE_RATE_HZ), np.int16), now=True)
            self._read += self._model.words(self._stream, self._read_samples / SAMPLE_RATE_HZ)
            self.close()
        if not self._read:
            return Transcript((), 0.0, self._samples / SAMPLE_RATE_HZ, self._language)
        confidence = sum(word.confidence for word in self._read) / len(self._read)
        hypothesis = Hypothesis(" ".join(word.text for word in self._read), round(confidence, 3), self._read)
        return Transcript((hypothesis,), self._read[0].start_s, self._read[-1].end_s, self._language)

    def close(self) -> None:
        """Leave the batch."""
        if self._stream is not None:
            self._model.end(self._stream)
            self._stream = None

    def _advance(self, samples: Samples, *, now: bool) -> str:
        try:
            return self._model.advance(self._stream, samples, now=now)
        except RuntimeError as error:  # as the library's C++ errors come through
            raise RecognitionError(f"sherpa-onnx failed: {error}") from error


def joined(tokens: Sequence[str], starts_s: Sequence[float], log_probs: Sequence[float]) -> tuple[Word, ...]:
    """Put tokens together to words.

    Args:
        tokens: letters with spaces between words, or pieces of words of which the first begins with a space or «▁».
        starts_s: one for each token.
        log_probs: one for each token, or none.
    """
    words: list[Word] = []
    text = ""
    times: list[float] = []
    probs: list[float] = []
    values: Sequence[float | None] = log_probs or [None] * len(tokens)
    for token, start_s, log_prob in [*zip(tokens, starts_s, values, strict=True), (" ", 0.0, None)]:
        letters = token.replace("▁", " ")
        if letters.startswith(" ") and text:
            confidence = exp(sum(probs) / len(probs)) if probs else UNKNOWN_CONFIDENCE
            words.append(Word(text, round(times[0], 3), round(times[-1] + _LETTER_S, 3), round(confidence, 3)))
            text, times, probs = "", [], []
        if letters.strip():
            text += letters.strip()
            times.append(start_s)
            probs += [log_prob] if log_prob is not None else []
    return tuple(words)
