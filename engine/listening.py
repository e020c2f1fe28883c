"""The listening side of all calls: voice activity in one batch, turn-taking, and recognition per utterance.

`Listener` takes every tick, runs the detector once for all channels whose next window is full (off the event loop, in
one thread) and hands each channel's probability to its `Ear`. An `Ear` keeps the little audio that lies before an
onset, drives its `TurnTaker`, feeds the open utterance to its recogniser in a thread pool, and tells the session what
matters.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import numpy as np

from engine.activity import SpeechBegan, SpeechStopped, Thresholds, VoiceActivity
from engine.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioBatch, Samples
from engine.errors import ModelMissing, RecognitionError
from engine.ports import Recognizer, RecognizerStream, VoiceActivityDetector
from engine.speech import Hypothesis, Language, Transcript, Word
from engine.turns import (
    Decision,
    DigitsOver,
    Ignore,
    Interrupt,
    Listen,
    NoInput,
    Read,
    TimeUp,
    TurnOver,
    TurnTaker,
)

_log = logging.getLogger(__name__)

LOOKBACK_S = 0.3
"""Audio before a detected onset that recognition gets too: soft first consonants lie before it."""

READING_DEADLINE_S = 4.0
"""A turn whose reading takes longer counts as not heard: silence on the line is worse than a question repeated."""

_HISTORY_S = 1.0
_LONGEST_GAP_S = 2.0


@dataclass(frozen=True, slots=True)
class Partial:
    """What the caller seems to be saying."""

    text: str


@dataclass(frozen=True, slots=True)
class PauseRead:
    """The words up to a pause that may be the end: time to foresee the answer to them."""

    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Heard:
    """A caller's turn is over and read; an empty transcript is speech that was not understood.

    ``voiced_s`` tells a cough from a sentence; ``interrupted`` says that it cut the bot short; ``decided_s`` is the
    stream second at which silence had lasted long enough.
    """

    transcript: Transcript
    interrupted: bool
    decided_s: float

    @property
    def voiced_s(self) -> float:
        """From the first to the last sound."""
        return self.transcript.end_s - self.transcript.start_s


@dataclass(frozen=True, slots=True)
class RecognitionFailed:
    """The recogniser failed on this call; the turn is taken as not heard."""

    reason: str


Sound = Partial | PauseRead | Heard | Interrupt | NoInput | DigitsOver | TimeUp | RecognitionFailed


class Understanding(Protocol):
    """What the ear asks of the dialog."""

    def completes(self, text: str) -> bool:
        """Whether these words are a whole answer already."""

    def unfinished(self, text: str) -> bool:
        """Whether more words are likely to follow."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the recogniser made of an utterance up to a pause; None where it failed."""

    transcript: Transcript | None
    reason: str = ""


class _Utterance:
    """One utterance's way through the recogniser: audio in order, one job at a time, in a pool thread."""

    def __init__(
        self,
        recognizer: Recognizer,
        listen: Listen,
        start_s: float,
        executor: Executor,
        on_partial: Callable[[str], None],
        on_reading: Callable[["_Utterance"], None],
        on_progress: Callable[[], None],
    ) -> None:
        self.reading: _Reading | None = None
        self.over: TurnOver | None = None
        self.decided_s = 0.0
        self._recognizer = recognizer
        self._listen = listen
        self._start_s = start_s
        self._executor = executor
        self._on_partial = on_partial
        self._on_reading = on_reading
        self._on_progress = on_progress
        self._stream: RecognizerStream | None = None
        self._waiting: list[Samples] = []
        self._read_due = False
        self._busy = False
        self._dropped = False
        self._pause = 0

    @property
    def busy(self) -> bool:
        """Whether a job is in a pool thread."""
        return self._busy

    def feed(self, samples: Samples) -> None:
        """Queue the next audio."""
        self._waiting.append(samples)
        self._go_on()

    def read(self) -> None:
        """Ask for a reading of everything fed so far."""
        self._read_due = True
        self._go_on()

    def speech_goes_on(self) -> None:
        """The pause was not the end: readings of it, also one under way, no longer count."""
        self._pause += 1
        self.reading = None

    def drop(self) -> None:
        """Forget the utterance; whatever is under way is not reported."""
        self._dropped = True
        self._go_on()

    def _go_on(self) -> None:
        if self._busy:
            return
        if self._dropped:
            if self._stream is not None:
                self._executor.submit(self._stream.close)
                self._stream = None
            return
        if not self._waiting and not self._read_due:
            return
        audio = np.concatenate(self._waiting) if self._waiting else np.zeros(0, np.int16)
        read, self._read_due = self._read_due, False
        self._waiting.clear()
        self._busy = True
        work = asyncio.get_running_loop().run_in_executor(self._executor, self._work, audio, read)
        work.add_done_callback(partial(self._done, self._pause, read))

    def _work(self, audio: Samples, read: bool) -> tuple[str | None, Transcript | None]:
        if self._stream is None:
            self._stream = self._recognizer.open(self._listen.expect)
        words = self._stream.accept(audio) if len(audio) else None
        return words, self._stream.result() if read else None

    def _done(self, pause: int, read: bool, work: "asyncio.Future[tuple[str | None, Transcript | None]]") -> None:
        self._busy = False
        self._on_progress()
        if work.cancelled():
            return
        error = work.exception()
        if self._dropped:
            self._go_on()
            return
        if error is not None:
            if not isinstance(error, RecognitionError):  # a vendor's own error must not end the call
                _log.error("recogniser %s broke", self._recognizer.name, exc_info=error)
            self._stream = None
            self._report(_Reading(None, f"{self._recognizer.name}: {error}"))
            return
        words, transcript = work.result()
        if words:
            self._on_partial(words)
        if transcript is not None and pause == self._pause:
            self._report(_Reading(_shifted(transcript, self._start_s)))
        elif read and self.over is not None:
            self._read_due = True
        self._go_on()

    def _report(self, reading: _Reading) -> None:
        self.reading = reading
        self._on_reading(self)


def _shifted(transcript: Transcript, by_s: float) -> Transcript:
    def word(word: Word) -> Word:
        return replace(word, start_s=word.start_s + by_s, end_s=word.end_s + by_s)

    def hypothesis(hypothesis: Hypothesis) -> Hypothesis:
        return replace(hypothesis, words=tuple(word(one) for one in hypothesis.words))

    return replace(transcript, hypotheses=tuple(hypothesis(one) for one in transcript.hypotheses))


class Ear:
    """One call's listening; made by `Listener.open`. Everything happens on the event loop."""

    def __init__(
        self,
        turns: TurnTaker,
        recognizers: Mapping[Language, Recognizer],
        language: Language,
        understanding: Understanding,
        tell: Callable[[Sound], None],
        executor: Executor,
        activity: VoiceActivity,
        on_progress: Callable[[], None],
    ) -> None:
        self.turns = turns
        self._recognizers = recognizers
        self._recognizer = recognizers[language]
        self._understanding = understanding
        self._tell = tell
        self._executor = executor
        self._activity = activity
        self._on_progress = on_progress
        self._history: deque[Samples] = deque(maxlen=round(_HISTORY_S / FRAME_S))
        self._window: list[Samples] = []
        self._window_fill = 0
        self._next_tick: int | None = None
        self._heard_s = 0.0
        self._judged_s = 0.0
        self._utterance: _Utterance | None = None
        self._concluding: list[_Utterance] = []

    @property
    def listened_s(self) -> float:
        """How far, in stream seconds, the caller's audio has been judged."""
        return self._judged_s

    def behind(self, window_samples: int) -> bool:
        """Whether audio waits for the detector, or words for the recogniser."""
        utterances = [*self._concluding, *([self._utterance] if self._utterance else [])]
        return self._window_fill >= window_samples or any(one.busy for one in utterances)

    def frame(self, tick: int, samples: Samples) -> None:
        """Take one frame; ticks that were missed count as silence."""
        missing = 0 if self._next_tick is None else min(tick - self._next_tick, round(_LONGEST_GAP_S / FRAME_S))
        for _ in range(missing):
            self._append(np.zeros(FRAME_SAMPLES, np.int16))
        self._append(samples)
        self._next_tick = tick + 1
        self._heard_s = (tick + 1) * FRAME_S

    def take_window(self, window_samples: int) -> Samples | None:
        """Return the next full window for the detector, if there is one."""
        if self._window_fill < window_samples:
            return None
        audio = np.concatenate(self._window)
        self._window = [audio[window_samples:]]
        self._window_fill -= window_samples
        self._judged_s = self._heard_s - self._window_fill / SAMPLE_RATE_HZ
        return audio[:window_samples]

    def judge(self, probability: float, end_s: float) -> None:
        """Take the detector's word on the window that ends here, and act on what is due."""
        change = self._activity.window(probability, end_s)
        if isinstance(change, SpeechBegan):
            if self._utterance is not None:
                self._utterance.speech_goes_on()
            self._decide(self.turns.speech_began(change.at_s))
        elif isinstance(change, SpeechStopped):
            self.turns.speech_stopped(change.at_s)
        self._decide(self.turns.advance(end_s))
        for utterance in list(self._concluding):
            if utterance.over is not None and end_s - utterance.over.end_s > READING_DEADLINE_S:
                utterance.reading = _Reading(None, f"{self._recognizer.name}: no reading in {READING_DEADLINE_S:.0f} s")
                self._conclude(utterance, utterance.over)

    def listen_in(self, language: Language) -> bool:
        """Recognise another language from the next utterance on; return whether there is a recogniser for it."""
        self._recognizer = self._recognizers.get(language, self._recognizer)
        return language in self._recognizers

    def press(self, digit: str, at_s: float) -> None:
        """Take a key."""
        self._decide(self.turns.digit(digit, at_s))

    def close(self) -> None:
        """Stop listening and forget what is under way."""
        for utterance in self._concluding:
            utterance.drop()
        self._concluding.clear()
        self._ignore()

    def _append(self, samples: Samples) -> None:
        self._history.append(samples)
        self._window.append(samples)
        self._window_fill += len(samples)
        if self._utterance is not None:
            self._utterance.feed(samples)

    def _decide(self, decisions: tuple[Decision, ...]) -> None:
        for decision in decisions:
            match decision:
                case Listen():
                    self._begin(decision)
                case Read():
                    if self._utterance is not None:
                        self._utterance.read()
                case Ignore():
                    self._ignore()
                case TurnOver():
                    self._finish(decision)
                case _:
                    self._tell(decision)

    def _ignore(self) -> None:
        if self._utterance is not None:
            self._utterance.drop()
            self._utterance = None

    def _begin(self, listen: Listen) -> None:
        self._ignore()
        back = min(len(self._history), round((self._heard_s - listen.from_s + LOOKBACK_S) / FRAME_S))
        start_s = self._heard_s - back * FRAME_S
        self._utterance = _Utterance(
            self._recognizer,
            listen,
            start_s,
            self._executor,
            lambda words: self._tell(Partial(words)),
            self._read,
            self._on_progress,
        )
        if back:
            self._utterance.feed(np.concatenate(list(self._history)[-back:]))

    def _read(self, utterance: _Utterance) -> None:
        reading = utterance.reading
        if utterance.over is not None:
            self._conclude(utterance, utterance.over)
        elif utterance is self._utterance and reading and reading.transcript and reading.transcript.text:
            text = reading.transcript.text
            asked = self._understanding
            self.turns.pause_read(complete=asked.completes(text), unfinished=asked.unfinished(text))
            self._tell(PauseRead(reading.transcript))

    def _finish(self, over: TurnOver) -> None:
        utterance, self._utterance = self._utterance, None
        if utterance is None:
            return
        utterance.over, utterance.decided_s = over, self._judged_s
        self._concluding.append(utterance)
        if utterance.reading is not None:
            self._conclude(utterance, over)
        else:
            utterance.read()

    def _conclude(self, utterance: _Utterance, over: TurnOver) -> None:
        self._concluding.remove(utterance)
        utterance.drop()
        reading = utterance.reading
        transcript = reading.transcript if reading else None
        if reading is not None and transcript is None:
            self._tell(RecognitionFailed(reading.reason))
        hypotheses = transcript.hypotheses if transcript else ()
        language = self._recognizer.language
        heard = Transcript(hypotheses, over.start_s, over.end_s, language)
        self._tell(Heard(heard, over.interrupted, utterance.decided_s))


class Listener:
    """Listens to all calls; an `engine.ports.AudioSink`."""

    def __init__(
        self,
        detector: VoiceActivityDetector,
        recognizers: Mapping[Language, Recognizer],
        *,
        thresholds: Thresholds | None = None,
        recognition_threads: int = 2,
    ) -> None:
        self._detector = detector
        self._recognizers = recognizers
        self._thresholds = thresholds
        self._ears: dict[int, Ear] = {}
        self._detecting = ThreadPoolExecutor(1, thread_name_prefix="vad")
        self._recognising = ThreadPoolExecutor(recognition_threads, thread_name_prefix="asr")
        self._more = asyncio.Event()
        self._progress = asyncio.Event()
        self._judging = False

    def open(
        self,
        channel: int,
        turns: TurnTaker,
        language: Language,
        understanding: Understanding,
        tell: Callable[[Sound], None],
    ) -> Ear:
        """Begin to listen to a channel.

        Args:
            channel: as it appears in batches.
            turns: the call's floor.
            language: that the dialog begins in.
            understanding: the call's dialog.
            tell: called on the event loop with what matters to the session; must not block.

        Raises:
            ModelMissing: there is no recogniser for the language.
        """
        if language not in self._recognizers:
            raise ModelMissing(f"no recogniser for {language}; see `voicebot models list --language {language}`")
        self._detecting.submit(self._detector.reset, channel)
        window_s = self._detector.window_samples / SAMPLE_RATE_HZ
        activity = VoiceActivity(window_s, self._thresholds)
        ear = Ear(
            turns, self._recognizers, language, understanding, tell, self._recognising, activity, self._progress.set
        )
        self._ears[channel] = ear
        return ear

    def close(self, channel: int) -> None:
        """Stop listening to a channel."""
        ear = self._ears.pop(channel, None)
        if ear is not None:
            ear.close()

    def accept(self, batch: AudioBatch) -> None:
        """Take one tick of all channels; see `engine.ports.AudioSink`."""
        for row, channel in enumerate(batch.channels.tolist()):
            ear = self._ears.get(channel)
            if ear is not None:
                ear.frame(int(batch.ticks[row]), batch.heard[row].copy())
        self._more.set()

    async def caught_up(self) -> None:
        """Wait until all audio taken so far is judged and no reading is under way."""
        size = self._detector.window_samples
        while self._judging or any(ear.behind(size) for ear in self._ears.values()):
            self._progress.clear()
            await self._progress.wait()

    async def run(self) -> None:
        """Judge what comes in until cancelled."""
        loop = asyncio.get_running_loop()
        size = self._detector.window_samples
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while ready := self._ready(size):
                    self._judging = True
                    channels = np.array([channel for channel, _, _, _ in ready], np.int64)
                    windows = np.stack([window for _, _, window, _ in ready])
                    judged = await loop.run_in_executor(
                        self._detecting, self._detector.probabilities, channels, windows
                    )
                    for (_, ear, _, end_s), probability in zip(ready, judged.tolist(), strict=True):
                        ear.judge(probability, end_s)
                    self._judging = False
                    self._progress.set()
        finally:
            self._detecting.shutdown(wait=False, cancel_futures=True)
            self._recognising.shutdown(wait=False, cancel_futures=True)

    def _ready(self, size: int) -> list[tuple[int, Ear, Samples, float]]:
        ready = []
        for channel, ear in self._ears.items():
            window = ear.take_window(size)
            if window is not None:
                ready.append((channel, ear, window, ear.listened_s))
        return ready
