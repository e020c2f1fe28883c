"""Models on sherpa-onnx that read whole utterances: GigaAM and others of NeMo's form, CTC and transducers.

As many threads decode at a time as there are cores. Utterances that come while all are busy wait, and who is next takes
those of about the same length together: sherpa-onnx fills the shorter ones of a call up to the longest, and reads the
filling too. Nothing is biased: these models take no hotwords.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from asr.named_recognizer import NamedRecognizer
from asr.resampling import to_floats
from asr.sherpa_loading import WHOLE_RATE_HZ
from asr.sherpa_words import joined
from asr.spans import Span, cut
from asr.utterances import UtteranceStream, audible, said
from engine.audio import SAMPLE_RATE_HZ, Samples, silence
from engine.errors import RecognitionError
from engine.ports import RecognizerStream
from engine.speech import Expect, Language, Talker, Transcript, Word

LONGEST_S = 22.0
"""Read at once; GigaAM has learned from no more than 25 s."""

TOGETHER = 8
"""Utterances that a call decodes at most: more need more memory."""

_ALIKE = 1.5
"""By how much lengths may differ for utterances to be decoded together.

With layers as wide as GigaAM's eight of 3 s took a sixth less of a core in one call than in eight, but one of 20 s with
seven of 1 to 3 s five times as much.
"""

_AHEAD = 32
"""Stretches of a recording that are read before the first of them is told, so that some are of one length."""

_TAIL_S = 0.2
"""Quiet behind an utterance, so that the last letter's step is whole."""


class SherpaUtteranceRecognizer(NamedRecognizer):
    """Implements `engine.ports.Recognizer`, and reads recordings (`asr.transcription.RecordingReader`).

    Args:
        model: that all streams share.
        language: what it understands.
        name: for people and records.
        partial_s: seconds of new audio after which `accept` reads the utterance anew; None gives no partial results.
    """

    def __init__(self, model: "UtteranceModel", language: Language | str, name: str, partial_s: float | None) -> None:
        super().__init__(f"sherpa:{name}", language)
        self._model = model
        self._partial_s = partial_s

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance."""
        del expect, hints, talker
        return UtteranceStream(self, self._partial_s)

    def read(self, samples: Samples) -> Transcript:
        """Read one utterance.

        Args:
            samples: int16, shape (n,), 8 kHz.

        Raises:
            RecognitionError: sherpa-onnx failed.
        """
        duration_s = len(samples) / SAMPLE_RATE_HZ
        words = [word for part in self._read(samples, [Span(0.0, duration_s)]) for word in part]
        return Transcript((said(words),) if words else (), 0.0, duration_s, self._language)

    def read_recording(self, samples: Samples, spans: Sequence[Span]) -> Iterator[Transcript]:
        """Read speech in a whole recording, several stretches at a time.

        Args:
            samples: int16, shape (n,), 8 kHz, one channel.
            spans: where speech is, in their order.

        Yields:
            A transcript for each stretch in which words were read, times in seconds of the recording.

        Raises:
            RecognitionError: sherpa-onnx failed.
        """
        for words in self._read(samples, spans):
            if words:
                yield Transcript((said(words),), words[0].start_s, words[-1].end_s, self._language)

    def _read(self, samples: Samples, spans: Sequence[Span]) -> Iterator[tuple[Word, ...]]:
        """Yield the words of each stretch, none of which is too long, in seconds of the samples."""
        parts = [part for span in spans for part in cut(samples, span, LONGEST_S)]
        for first in range(0, len(parts), _AHEAD):
            ahead = parts[first : first + _AHEAD]
            sounds = [samples[round(one.start_s * SAMPLE_RATE_HZ) : round(one.end_s * SAMPLE_RATE_HZ)] for one in ahead]
            for part, words in zip(ahead, self._model.read(sounds), strict=True):
                yield tuple(
                    replace(one, start_s=round(one.start_s + part.start_s, 3), end_s=round(one.end_s + part.start_s, 3))
                    for one in words
                )


@dataclass(eq=False)
class _Utterance:
    """What waits for a worker; its words come later. Whether it is taken is told under the model's lock."""

    samples: Samples
    words: "Future[tuple[Word, ...]]" = field(default_factory=Future)
    taken: bool = False

    def is_like(self, other: "_Utterance") -> bool:
        return len(self.samples) <= _ALIKE * len(other.samples) and len(other.samples) <= _ALIKE * len(self.samples)


class UtteranceModel:
    """A model, and the utterances that wait for one of its workers.

    Args:
        recognizer: sherpa-onnx's ``OfflineRecognizer``, which takes calls of several threads.
        workers: calls at a time; by default one per core.
    """

    def __init__(self, recognizer: Any, workers: int | None = None) -> None:
        self._recognizer = recognizer
        self._free = threading.BoundedSemaphore(workers or os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._waiting: list[_Utterance] = []

    def read(self, sounds: Sequence[Samples]) -> list[tuple[Word, ...]]:
        """Return the words of each utterance, times in its own seconds; those of other threads are read along.

        Args:
            sounds: each int16, shape (n,), 8 kHz.

        Raises:
            RecognitionError: sherpa-onnx failed.
        """
        mine = [_Utterance(sound) for sound in sounds]
        heard = [one for one in mine if audible(one.samples)]
        with self._lock:
            self._waiting += heard
        while not all(one.taken for one in heard):
            with self._free:
                self._decode(self._take())
        return [one.words.result() if one in heard else () for one in mine]

    def _take(self) -> list[_Utterance]:
        """Return the utterance that waits longest, and others that are like it; none where others took all."""
        with self._lock:
            together = [one for one in self._waiting if one.is_like(self._waiting[0])][:TOGETHER]
            for one in together:
                self._waiting.remove(one)
                one.taken = True
            return together

    def _decode(self, together: Sequence[_Utterance]) -> None:
        if not together:
            return
        try:
            streams = [self._recognizer.create_stream() for _ in together]
            for one, stream in zip(together, streams, strict=True):
                whole = np.concatenate([one.samples, silence(_TAIL_S)])
                stream.accept_waveform(WHOLE_RATE_HZ, to_floats(whole, WHOLE_RATE_HZ))
            self._recognizer.decode_streams(streams)
            read = [joined(one.result.tokens, one.result.timestamps, one.result.ys_log_probs) for one in streams]
        except Exception as error:  # whatever it is, each thread that waits for its words must learn of it
            for one in together:
                one.words.set_exception(RecognitionError(f"sherpa-onnx failed: {error}"))
            return
        for one, words in zip(together, read, strict=True):
            one.words.set_result(words)
