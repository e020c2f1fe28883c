"""Whisper on CTranslate2: reads whole utterances live, and whole recordings a second time with word times.

Live, the window is shorter than Whisper's 30 s. Most of an utterance's cost is the encoder, and that grows with the
window. Measured with tiny.en on one thread over 100 spoken answers of up to 5 s, 8 kHz, mu-law, noise at 15-25 dB
(``benchmarks/whisper_window.py``, half of the reading times): 30 s took 0.51 s with 5.1 % of words wrong, 15 s with a
second look through the whole window at doubtful readings 0.14 s with 4.9 %, 10 s 0.09 s with 5.9 %, 8 s 0.07 s with
9.1 %: too short a window makes Whisper say the sentence again and again. Over answers of up to 16 s the second look
matters: 4.9 % with it against 7.5 % without and 4.7 % with 30 s alone. The window must be filled with silence before
the spectrum is taken; zeros behind the spectrum, as is usual, cost 1 % more words.

Greedy search does as well here as a beam of 5 (5.9 % against 6.5 % wrong with 15 s alone), and is faster.

Recordings are read in windows that are packed full of speech, several at a time (`asr.whisper_windows`): tiny.en took
0.024 s of a core for each second of a channel in which somebody speaks half of the time, with 2.9 % of words wrong; by
itself, window by window of each stretch, 0.063 s with 4.9 % (``benchmarks/whisper_recordings.py``).

Nothing is put into the prompt to bias it. A sentence of the expected kind as hotwords raised the words wrong from 5.9 %
to 13.8 % (a promise) and 17.8 % (yes or no), with a beam of 5 from 6.5 % to 7.1 % and 11.6 %.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_whisper import BatchedInferencePipeline, WhisperModel
from faster_whisper.tokenizer import Tokenizer

from asr.named_recognizer import NamedRecognizer
from asr.resampling import to_floats
from asr.spans import Span, merged
from asr.utterances import UtteranceStream, audible, said
from asr.whisper_readings import Reading, believable
from asr.whisper_windows import Window, windows
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import ModelMissing, RecognitionError
from engine.ports import RecognizerStream
from engine.speech import Expect, Hypothesis, Language, Talker, Transcript, Word

_RATE_HZ = 16000
_SHORT_S = 15.0
_WHOLE_S = 30.0
_MARGIN_S = 3.0
"""Silence that a window must hold behind the speech, so that Whisper finds its end."""

_WINDOWS_AT_A_TIME = 8
"""Of a recording: more need more memory and gain nothing."""

_models: dict[tuple[Path, str, str, int], WhisperModel] = {}
_models_lock = threading.Lock()


class WhisperRecognizer(NamedRecognizer):
    """Implements `engine.ports.Recognizer`.

    One model serves all threads without a lock: CTranslate2 runs ``workers`` calls at a time on shared weights, one
    thread each, and queues the rest. With one thread per call the throughput of a machine is highest, and a call's time
    does not depend on its neighbours until all workers are busy.

    Args:
        path: folder of a CTranslate2 conversion (``model.bin``); loaded once in a process.
        language: what it shall understand.
        name: for people and records; by default the folder's name.
        alternatives: readings to return at most; more than one needs a beam and takes about 10 % longer.
        partial_s: seconds of new audio after which `accept` reads the utterance anew; None gives no partial results.
        windows_s: lengths of window to choose from, in ascending order; the last is the fallback for doubtful readings.
        workers: utterances read at a time; by default one per core.
        device: as CTranslate2 names it: ``cpu``, ``cuda``, ``auto``.

    Raises:
        ModelMissing: there is no such model in the folder.
    """

    def __init__(
        self,
        path: Path,
        language: Language | str,
        *,
        name: str | None = None,
        alternatives: int = 1,
        partial_s: float | None = None,
        windows_s: tuple[float, ...] = (_SHORT_S, _WHOLE_S),
        workers: int | None = None,
        device: str = "cpu",
    ) -> None:
        super().__init__(f"whisper:{name or path.name}", language)
        self._model = _load(path.resolve(), device, workers or os.cpu_count() or 1)
        if not self._model.model.is_multilingual and language != "en":
            raise ModelMissing(f"{path}: this Whisper model understands English only, not {language}")
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, task="transcribe", language=str(language)
        )
        self._prompt = self._model.get_prompt(self._tokenizer, [], without_timestamps=True)
        self._alternatives = alternatives
        self._partial_s = partial_s
        self._windows_s = windows_s

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance. Not biased: see the module's measurements."""
        del expect, hints, talker
        return UtteranceStream(self, self._partial_s)

    def read(self, samples: Samples) -> Transcript:
        """Read one utterance.

        Args:
            samples: int16, shape (n,), 8 kHz.

        Raises:
            RecognitionError: CTranslate2 failed.
        """
        duration_s = len(samples) / SAMPLE_RATE_HZ
        return Transcript(self._hypotheses(samples, duration_s), 0.0, duration_s, self._language)

    def read_recording(self, samples: Samples, spans: Sequence[Span]) -> Iterator[Transcript]:
        """Read speech in a whole recording, with a beam and word times: full windows, several at a time.

        A window whose reading is not to be believed is read again alone, stretch by stretch, with Whisper's fallbacks.

        Args:
            samples: int16, shape (n,), 8 kHz, one channel.
            spans: where speech is, in their order.

        Yields:
            A transcript for each stretch in which words were read, times in seconds of the recording.

        Raises:
            RecognitionError: CTranslate2 failed.
        """
        packed = windows(samples, spans)
        for first in range(0, len(packed), _WINDOWS_AT_A_TIME):
            together = packed[first : first + _WINDOWS_AT_A_TIME]
            for window, reading, words in self._read_windows(samples, together):
                if words and (reading.suspect or not believable(reading)):
                    yield from self._read_anew(samples, window.spans)
                    continue
                for _, told in window.told(words):
                    yield self._of_words(told)

    def _read_windows(
        self, samples: Samples, together: Sequence[Window]
    ) -> Iterator[tuple[Window, Reading, tuple[Word, ...]]]:
        """Yield the windows with what was read in each; its words' times are the window's."""
        sounds = [to_floats(window.samples(samples), _RATE_HZ) for window in together]
        ends_s = np.cumsum([len(sound) / _RATE_HZ for sound in sounds]).tolist()
        begins_s = [0.0, *ends_s[:-1]]
        read: list[list[Any]] = [[] for _ in together]
        try:
            segments, _ = BatchedInferencePipeline(self._model).transcribe(
                np.concatenate(sounds),
                language=str(self._language),
                clip_timestamps=[
                    {"start": start_s, "end": end_s} for start_s, end_s in zip(begins_s, ends_s, strict=True)
                ],
                word_timestamps=True,
                vad_filter=False,
                batch_size=len(together),
            )
            for segment in segments:
                read[begins_s.index(min(begins_s, key=lambda at_s: abs(at_s - segment.seek / 100)))].append(segment)
        except (RuntimeError, ValueError) as error:
            raise RecognitionError(f"{self._name}: failed on {ends_s[-1]:.1f} s of audio") from error
        for window, begin_s, parts in zip(together, begins_s, read, strict=True):
            pieces = [piece for part in parts for piece in part.words or ()]
            words = tuple(
                replace(word, start_s=word.start_s - begin_s, end_s=word.end_s - begin_s)
                for word in _whole_words(pieces)
            )
            score = min((float(part.avg_logprob) for part in parts), default=0.0)
            silent = max((float(part.no_speech_prob) for part in parts), default=0.0)
            yield window, Reading(" ".join(part.text.strip() for part in parts), score, silent), words

    def _read_anew(self, samples: Samples, spans: Sequence[Span]) -> Iterator[Transcript]:
        """Read stretches one after the other, as Whisper does by itself."""
        clips = [edge for span in merged(spans, gap_s=1.0, longest_s=25.0) for edge in (span.start_s, span.end_s)]
        try:
            segments, _ = self._model.transcribe(
                to_floats(samples, _RATE_HZ),
                language=str(self._language),
                clip_timestamps=clips,
                word_timestamps=True,
                vad_filter=False,
                # What was said before biases towards loops, and a call's turns are short.
                condition_on_previous_text=False,
            )
            for segment in segments:
                if transcript := self._transcript(segment):
                    yield transcript
        except (RuntimeError, ValueError) as error:
            raise RecognitionError(f"{self._name}: failed on {len(samples) / SAMPLE_RATE_HZ:.1f} s of audio") from error

    def _of_words(self, words: tuple[Word, ...]) -> Transcript:
        return Transcript((said(words),), words[0].start_s, words[-1].end_s, self._language)

    def _hypotheses(self, samples: Samples, duration_s: float) -> tuple[Hypothesis, ...]:
        if not audible(samples):
            return ()
        if duration_s + 1 > _WHOLE_S:
            return self._long(samples, duration_s)
        audio = to_floats(samples, _RATE_HZ)
        whole_s = self._windows_s[-1]
        window_s = next((window for window in self._windows_s if window >= duration_s + _MARGIN_S), whole_s)
        readings = self._decode(audio, window_s)
        if window_s < whole_s and readings[0].suspect:
            readings = self._decode(audio, whole_s)
        if not believable(readings[0]):
            return ()
        best: dict[str, Hypothesis] = {}
        for reading in readings:
            if believable(reading):
                best.setdefault(reading.text, reading.hypothesis)
        return tuple(best.values())

    def _long(self, samples: Samples, duration_s: float) -> tuple[Hypothesis, ...]:
        """Read what does not fit into a window, in several."""
        parts = [transcript.hypotheses[0] for transcript in self._read_anew(samples, [Span(0.0, duration_s)])]
        if not parts:
            return ()
        words = tuple(word for part in parts for word in part.words)
        confidence = sum(part.confidence for part in parts) / len(parts)
        return (Hypothesis(" ".join(part.text for part in parts), confidence, words),)

    def _decode(self, audio: npt.NDArray[np.float32], window_s: float) -> list[Reading]:
        """Return the readings in a window, best first; always at least one, which may be empty."""
        length = round(window_s * _RATE_HZ)
        filled = np.pad(audio[:length], (0, max(0, length - len(audio))))
        # The extractor makes one frame of 10 ms for each 160 samples and one more for the padding it is told to add.
        features = self._model.feature_extractor(filled, padding=0)[:, : round(window_s * 100)]
        limit = int(12 + 8 * len(audio) / _RATE_HZ)
        try:
            result = self._model.model.generate(
                self._model.encode(features.astype(np.float32)),
                [self._prompt],
                beam_size=max(1, self._alternatives),
                num_hypotheses=self._alternatives,
                max_length=len(self._prompt) + limit,
                return_scores=True,
                return_no_speech_prob=True,
            )[0]
        except (RuntimeError, ValueError) as error:
            raise RecognitionError(f"{self._name}: failed on {len(audio) / _RATE_HZ:.1f} s of audio") from error
        return [
            Reading(
                self._tokenizer.decode(tokens).strip(),
                score * len(tokens) / (len(tokens) + 1),  # CTranslate2 leaves the end-of-text token out of its mean
                float(result.no_speech_prob),
                cut=len(tokens) >= limit,
            )
            for tokens, score in zip(result.sequences_ids, result.scores, strict=True)
        ]

    def _transcript(self, segment: Any) -> Transcript | None:
        reading = Reading(segment.text.strip(), float(segment.avg_logprob), float(segment.no_speech_prob))
        if not believable(reading):
            return None
        words = _whole_words(segment.words or ())
        # The segment's own score counts its time stamps in, which are far less sure than its words.
        confidence = sum(word.confidence for word in words) / len(words) if words else reading.hypothesis.confidence
        hypothesis = Hypothesis(reading.text, confidence, words)
        start_s, end_s = (words[0].start_s, words[-1].end_s) if words else (float(segment.start), float(segment.end))
        return Transcript((hypothesis,), start_s, end_s, self._language)


def _whole_words(pieces: Iterable[Any]) -> tuple[Word, ...]:
    """Join what Whisper splits without a space, such as ``$15`` and ``,000``."""
    words: list[Word] = []
    for piece in pieces:
        text, start_s, end_s = piece.word, round(float(piece.start), 3), round(float(piece.end), 3)
        confidence = float(piece.probability)
        if words and not text.startswith(" "):
            last = words.pop()
            text, start_s, confidence = last.text + text, last.start_s, min(last.confidence, confidence)
        words.append(Word(text.strip(), start_s, end_s, confidence))
    return tuple(words)


def _load(path: Path, device: str, workers: int) -> WhisperModel:
    if not (path / "model.bin").is_file():
        raise ModelMissing(f"{path}: no Whisper model for CTranslate2 here (no model.bin); see `voicebot models list`")
    if not (path / "tokenizer.json").is_file():
        raise ModelMissing(f"{path}: the model lacks its tokenizer.json; see `voicebot models list`")
    compute = "int8" if device == "cpu" else "default"
    key = (path, device, compute, workers)
    with _models_lock:
        if key not in _models:
            try:
                model = WhisperModel(str(path), device=device, compute_type=compute, cpu_threads=1, num_workers=workers)
            except Exception as error:  # the reader of tokenizer.json raises bare Exception
                raise ModelMissing(f"{path}: faster-whisper cannot load this model ({error})") from error
            wanted, given = model.model.n_mels, len(model.feature_extractor.mel_filters)
            if wanted != given:
                raise ModelMissing(
                    f"{path}: the model reads {wanted} mel bands and would be given {given}; "
                    "put its own preprocessor_config.json there"
                )
            _models[key] = model
        return _models[key]
