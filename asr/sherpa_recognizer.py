"""Streaming models on sherpa-onnx: T-one (8 kHz, Russian), Zipformer CTC and transducers; all streams in one batch.

Whoever has audio when `GATHER_S` have passed decodes for all streams that are ready: sherpa-onnx takes several in one
call, and releases Python's lock meanwhile. A stream that was read to its end takes no more audio, so what follows a
reading goes to a new one, and its words are put behind, as with Vosk. Nothing is biased: T-one has no hotwords, and
those of transducers need a file of word pieces that not every model brings. Models that look at whole utterances, as
GigaAM does, are in `asr.sherpa_utterances`.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from asr.named_recognizer import NamedRecognizer
from asr.resampling import to_floats
from asr.sherpa_words import joined
from asr.utterances import said
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import RecognitionError
from engine.ports import RecognizerStream
from engine.speech import Expect, Language, Talker, Transcript, Word

GATHER_S = 0.06

_TAIL_S = 0.6
"""Quiet behind the audio of a reading, so that the last chunk is whole and looks far enough ahead."""


class SherpaRecognizer(NamedRecognizer):
    """Implements `engine.ports.Recognizer`.

    Args:
        model: that all streams share.
        language: what it understands.
        name: for people and records.
    """

    def __init__(self, model: "StreamingModel", language: Language | str, name: str) -> None:
        super().__init__(f"sherpa:{name}", language)
        self._model = model

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance."""
        del expect, hints, talker
        return SherpaStream(self._model, self._language)


class StreamingModel:
    """A model and its open streams.

    Args:
        recognizer: sherpa-onnx's ``OnlineRecognizer``.
    """

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
            stream.accept_waveform(SAMPLE_RATE_HZ, to_floats(samples))
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

    def __init__(self, model: StreamingModel, language: Language | str) -> None:
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
            with _as_ours():
                self._read += self._model.words(self._stream, self._read_samples / SAMPLE_RATE_HZ)
            self.close()
        if not self._read:
            return Transcript((), 0.0, self._samples / SAMPLE_RATE_HZ, self._language)
        return Transcript((said(self._read),), self._read[0].start_s, self._read[-1].end_s, self._language)

    def close(self) -> None:
        """Leave the batch."""
        if self._stream is not None:
            self._model.end(self._stream)
            self._stream = None

    def _advance(self, samples: Samples, *, now: bool) -> str:
        with _as_ours():
            return self._model.advance(self._stream, samples, now=now)


@contextmanager
def _as_ours() -> Iterator[None]:
    """Tell of the library's errors as ours; it looks up tokens that a wrong file lacks."""
    try:
        yield
    except (RuntimeError, LookupError) as error:  # as its C++ errors come through
        raise RecognitionError(f"sherpa-onnx failed: {error}") from error
