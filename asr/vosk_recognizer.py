"""Vosk in this process: streaming, with partial results, word times and N-best readings.

Where the model's configuration allows it, Vosk is told the telephone's 8000 Hz and resamples to its model's rate
itself: measured against 16 kHz made by soxr, the same processor time, and readings that differ no more than with other
chunk sizes. A model whose ``conf/mfcc.conf`` does not allow it fails on 8000 Hz, so for it soxr makes its own rate.
A model is thread-safe and shared; a recogniser object of Vosk's belongs to one utterance.
"""

import re
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import vosk

from asr.named_recognizer import NamedRecognizer
from asr.resampling import Upsampler
from asr.vosk_results import Readings, partial_text, segment_readings, utterance
from engine.audio import SAMPLE_RATE_HZ, Samples
from engine.errors import ModelMissing, RecognitionError
from engine.ports import RecognizerStream
from engine.speech import Expect, Language, Talker, Transcript

_models: dict[Path, Any] = {}
_models_lock = threading.Lock()


class VoskRecognizer(NamedRecognizer):
    """Implements `engine.ports.Recognizer`; streams may run in parallel threads, since Vosk releases Python's lock.

    It is not biased by ``expect`` or ``hints``: a grammar of Vosk's admits nothing beside itself, so a debtor who
    answers something unexpected would not be understood at all.

    Args:
        path: the unpacked model's folder; a folder is loaded once in a process.
        language: what the model understands.
        name: for people and records; by default the folder's name.
        alternatives: readings to return at most. With 1 each word has its own confidence; with more, a reading's
            confidence is its share among the readings.

    Raises:
        ModelMissing: there is no Vosk model in the folder.
    """

    def __init__(self, path: Path, language: Language | str, *, name: str | None = None, alternatives: int = 1) -> None:
        super().__init__(f"vosk:{name or path.name}", language)
        self._model = _load(path.resolve())
        self._rate_hz = input_rate_hz(path)
        self._alternatives = alternatives

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> RecognizerStream:
        """Begin an utterance."""
        del expect, hints, talker
        return VoskStream(self._model, self._rate_hz, self._language, self._alternatives)


class VoskStream:
    """One utterance; implements `engine.ports.RecognizerStream`.

    A final result makes Vosk begin anew, so the words read until then are kept, and what follows is put behind them.
    """

    def __init__(self, model: Any, rate_hz: int, language: Language | str, alternatives: int) -> None:
        self._language = language
        self._limit = alternatives
        self._segments: list[Readings] = []
        self._samples = 0
        self._unread = False
        self._shown = ""
        self._upsampler = Upsampler(rate_hz)
        try:
            self._vosk = vosk.KaldiRecognizer(model, float(rate_hz))
        except Exception as error:  # Vosk raises bare Exception
            raise RecognitionError("Vosk failed to begin an utterance") from error
        self._vosk.SetWords(True)
        # 1 would make Vosk answer in its form for alternatives, which has no confidence per word.
        self._vosk.SetMaxAlternatives(alternatives if alternatives > 1 else 0)

    def accept(self, samples: Samples) -> str | None:
        """Take the next audio; return all words so far, or None where they are the same as before."""
        if len(samples) == 0:
            return None
        self._samples += len(samples)
        self._unread = True
        ended = self._feed(self._upsampler.next(samples))
        tail = "" if ended else partial_text(self._vosk.PartialResult())
        text = " ".join(filter(None, [*(readings[0].text for readings in self._segments if readings), tail]))
        if text == self._shown:
            return None
        self._shown = text
        return text

    def result(self) -> Transcript:
        """Return the reading of all audio so far."""
        if self._unread:
            self._feed(self._upsampler.next(np.zeros(0, dtype=np.int16), last=True))
            self._segments.append(segment_readings(self._vosk.FinalResult()))
            self._unread = False
        return utterance(self._segments, self._limit, self._samples / SAMPLE_RATE_HZ, self._language)

    def close(self) -> None:
        """Free Vosk's decoder."""
        self._vosk = None

    def _feed(self, samples: Samples) -> bool:
        """Give audio at the model's rate; return whether a segment ended and was read."""
        if len(samples) == 0:
            return False
        try:
            ended = bool(self._vosk.AcceptWaveform(samples.astype("<i2").tobytes()))
        except Exception as error:  # Vosk raises bare Exception
            raise RecognitionError(f"Vosk failed on {len(samples)} samples") from error
        if ended:
            self._segments.append(segment_readings(self._vosk.Result()))
        return ended


def input_rate_hz(path: Path) -> int:
    """Return the rate to give a model: 8000 where its feature configuration takes that, else its own."""
    for place in ("conf/mfcc.conf", "mfcc.conf"):
        if (path / place).is_file():
            options = (path / place).read_text(encoding="utf-8")
            rate = re.search(r"--sample-frequency=(\d+)", options)
            own_hz = int(rate[1]) if rate else 16000
            return SAMPLE_RATE_HZ if "--allow-upsample=true" in options or own_hz == SAMPLE_RATE_HZ else own_hz
    return SAMPLE_RATE_HZ


def _load(path: Path) -> Any:
    with _models_lock:
        if path not in _models:
            if not ((path / "am" / "final.mdl").is_file() or (path / "final.mdl").is_file()):
                raise ModelMissing(f"{path}: no Vosk model here (no am/final.mdl); see `voicebot models list`")
            vosk.SetLogLevel(-1)
            try:
                model = vosk.Model(str(path))
                # A damaged graph is found no earlier.
                vosk.KaldiRecognizer(model, float(input_rate_hz(path)))
            except Exception as error:  # Vosk raises bare Exception
                raise ModelMissing(f"{path}: Vosk cannot load this model; remove it and get it again") from error
            _models[path] = model
        return _models[path]
