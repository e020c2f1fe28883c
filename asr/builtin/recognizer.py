"""The recogniser in the box: Russian and Kazakh, all calls of the process in one batch.

While it is not settled which language a caller speaks, both are read side by side, and the surer reading counts. The
network's trunk serves both, so that the second language costs its own search alone.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from weakref import WeakKeyDictionary

from asr.builtin.batch import Batch, Line, Reading
from asr.builtin.choosing import added, choose, choose_all, settled
from asr.builtin.hypotheses import Floats
from asr.builtin.model import Model
from asr.spans import Span, cut, merged
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import ModelMissing
from engine.ports import RecognizerStream
from engine.speech import Expect, Hypothesis, Language, Talker, Transcript

_WIDE = 256
"""Hypotheses where time does not press: in recordings."""

_JOINED_S = 0.6
"""Between stretches of a recording that are read as one where there is but one language."""

_LONGEST_S = 25.0
"""Longer stretches are cut where it is quietest: memory and time grow with the square."""

_LONGEST_OF_ONE_LANGUAGE_S = 8.0
"""The same where others are listened for: within a stretch the language does not change."""

_RECORDINGS = 8
"""Read at a time."""

_PATIENCE_S = 600.0
"""For a recording: on a busy machine it takes long, and is read all the same."""

_batches: dict[tuple[Path, int | None], tuple[Model, Batch]] = {}
_batches_lock = threading.Lock()


@dataclass
class _Memory:
    """What is known of a talker."""

    sound: Floats | None = None
    evidence: dict[Language, float] = field(default_factory=dict)


class BuiltInRecognizer:
    """Implements `engine.ports.Recognizer`; one model and one batch serve all languages and streams of a process.

    Args:
        path: folder of the model; loaded once in a process.
        language: that the dialog speaks.
        name: for people and records; by default the folder's name.
        beside: other languages to listen for, until a talker's language is settled.

    Raises:
        ModelMissing: the model is not whole, or does not know the language.
    """

    def __init__(
        self, path: Path, language: Language | str, *, name: str | None = None, beside: Sequence[Language] = ()
    ) -> None:
        self._path = path.resolve()
        self._model, self._batch = _load(self._path)
        if language not in self._model.tongues:
            raise ModelMissing(f"{path}: understands {', '.join(self._model.tongues)}, not {language}")
        self._language = Language(language)
        self._beside = tuple(one for one in beside if one in self._model.tongues and one is not self._language)
        self._name = f"built-in:{name or path.name}"

    @property
    def name(self) -> str:
        """Such as ``built-in:voicebot-ru-kk``."""
        return self._name

    @property
    def language(self) -> Language:
        """That the dialog speaks; what was heard may be in another one."""
        return self._language

    @property
    def _languages(self) -> tuple[Language, ...]:
        return self._language, *self._beside

    @property
    def waits(self) -> bool:
        """Streams wait for the batch's thread."""
        return True

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance, biased to what is expected, and to hear the talker's line as it was."""
        memory = _memory(talker)
        both = talker is not None and not settled(memory.evidence, self._language)
        languages = self._languages if both else (self._language,)
        steering = {language: self._model.tongues[language].steering(expect, hints) for language in languages}
        return BuiltInStream(self._batch, self._batch.open(steering, memory.sound), self._language, memory)

    def read_recording(self, samples: Samples, spans: Sequence[Span]) -> Iterator[Transcript]:
        """Read speech in a whole recording, with a wider search than a call has time for.

        Args:
            samples: int16, shape (n,), 8 kHz, one channel.
            spans: where speech is, in their order.

        Yields:
            A transcript for each stretch of speech, times in seconds of the recording.

        Raises:
            RecognitionError: the recogniser failed.
        """
        for _, transcript in self.read_stretches(samples, spans):
            yield transcript

    def read_stretches(self, samples: Samples, spans: Sequence[Span]) -> Iterator[tuple[Span, Transcript]]:
        """Read speech in a whole recording, and tell where each transcript was read.

        Long stretches are cut where it is quietest. Where other languages are listened for, each stretch between pauses
        is read in all of them, and the language of each is chosen with those of its neighbours when all are read.

        Args:
            samples: int16, shape (n,), 8 kHz, one channel.
            spans: where speech is, in their order.

        Yields:
            A stretch of speech and what was read in it; times in seconds of the recording.

        Raises:
            RecognitionError: the recogniser failed.
        """
        joined = merged(spans, gap_s=0.0 if self._beside else _JOINED_S, longest_s=_LONGEST_S)
        longest_s = _LONGEST_OF_ONE_LANGUAGE_S if self._beside else _LONGEST_S
        stretches = [part for stretch in joined for part in cut(samples, stretch, longest_s)]
        readings = self._readings(samples, stretches)
        if not self._beside:
            for span, reading in zip(stretches, readings, strict=True):
                yield span, _told(reading, self._language, span)
            return
        whole = list(readings)
        languages = choose_all([one.evidence for one in whole])
        for span, reading, language in zip(stretches, whole, languages, strict=True):
            yield span, _told(reading, language, span)

    def _readings(self, samples: Samples, stretches: Sequence[Span]) -> Iterator[Reading]:
        _, batch = _load(self._path, _WIDE)
        tongues, sound = self._model.tongues, None
        for span in stretches:
            line = batch.open({one: tongues[one].steering(Expect.FREE) for one in self._languages}, sound)
            try:
                batch.feed(line, samples[round(span.start_s * SAMPLE_RATE_HZ) : round(span.end_s * SAMPLE_RATE_HZ)])
                reading = batch.read(line)
            finally:
                batch.close(line)
            sound = reading.sound
            yield reading


def _told(reading: Reading, language: Language, span: Span) -> Transcript:
    """Return a stretch in a language, without what is doubtful: nobody asked what could make it clear."""
    read = _transcript(reading.hypotheses[language], span.end_s - span.start_s, language)
    return (replace(read, hypotheses=()) if read.doubtful else read).shifted(span.start_s)


def _transcript(hypotheses: tuple[Hypothesis, ...], duration_s: float, language: Language) -> Transcript:
    words = hypotheses[0].words if hypotheses else ()
    start_s, end_s = (words[0].start_s, words[-1].end_s) if words else (0.0, duration_s)
    return Transcript(hypotheses, start_s, end_s, language)


class BuiltInStream:
    """One utterance; implements `engine.ports.RecognizerStream`."""

    def __init__(self, batch: Batch, line: Line, language: Language, memory: _Memory) -> None:
        self._batch = batch
        self._line = line
        self._language = language
        self._memory = memory
        self._before = memory.evidence
        self._samples = 0
        self._shown = ""

    def accept(self, samples: Samples) -> str | None:
        """Queue the next audio; return the words that were found until now, or None where they are known."""
        if len(samples) == 0:
            return None
        self._samples += len(samples)
        words = self._batch.feed(self._line, samples)
        if words == self._shown:
            return None
        self._shown = words
        return words

    def result(self) -> Transcript:
        """Return the reading of all audio so far, in the language in which it is surest."""
        reading = self._batch.read(self._line)
        self._memory.sound = reading.sound
        language, hypotheses = self._choose(reading)
        return _transcript(hypotheses, self._samples / SAMPLE_RATE_HZ, language)

    def close(self) -> None:
        """Leave the batch."""
        self._batch.close(self._line)

    def _choose(self, reading: Reading) -> tuple[Language, tuple[Hypothesis, ...]]:
        if len(reading.hypotheses) == 1:
            return self._language, reading.hypotheses[self._language]
        # A pause may be read before the end: the last reading of an utterance replaces the earlier ones.
        self._memory.evidence = added(self._before, reading.evidence)
        best = choose(reading.evidence, self._before, self._language)
        return best, reading.hypotheses[best]


_memories: WeakKeyDictionary[Talker, _Memory] = WeakKeyDictionary()
_memories_lock = threading.Lock()


def _memory(talker: Talker | None) -> _Memory:
    if talker is None:
        return _Memory()
    with _memories_lock:
        return _memories.setdefault(talker, _Memory())


def _load(path: Path, hypotheses: int | None = None) -> tuple[Model, Batch]:
    """Return the model of a folder, loaded once, and its batch of calls or, with a wider search, of recordings."""
    with _batches_lock:
        if (path, None) not in _batches:
            model = Model.load(path)
            _batches[path, None] = model, Batch(model)
        if (path, hypotheses) not in _batches:
            model, _ = _batches[path, None]
            _batches[path, hypotheses] = model, Batch(model, _RECORDINGS, hypotheses=hypotheses, patience_s=_PATIENCE_S)
        return _batches[path, hypotheses]
