"""The listening side of all calls: voice activity in one batch, turn-taking, and recognition per utterance.

`Listener` takes every tick, runs the detector once for all channels whose next window is full (off the event loop, in
one thread) and hands each channel's probability to its `Ear`. An `Ear` keeps the little audio that lies before an
onset, drives its `TurnTaker`, feeds the open utterance to its recogniser (`engine.recognising`), and tells the session
what matters.

Time in a call passes with the windows that are judged. Where the detector fails, or lags too far behind, its windows
count as silence: the call is deaf then, yet asks, and ends.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.activity import SpeechBegan, SpeechStopped, Thresholds, VoiceActivity
from engine.audio import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE_HZ, AudioBatch, Samples
from engine.errors import ModelMissing
from engine.hearing import Heard, HearingFailed, Partial, PauseRead, RecognitionFailed, Sound, Understanding
from engine.ports import Recognizer, VoiceActivityDetector
from engine.recognising import Conclusion, Utterance
from engine.speech import Language, Talker, Transcript
from engine.threads import Lane, WorkThreads
from engine.turns import (
    Decision,
    Ignore,
    Listen,
    Read,
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
_LONGEST_LAG_S = 4.0
"""Audio that may wait for the detector; more than the longest gap brings at once."""


class Ear:
    """One call's listening; made by `Listener.open`. Everything happens on the event loop."""

    def __init__(
        self,
        turns: TurnTaker,
        recognizers: Mapping[Language, Recognizer],
        language: Language,
        understanding: Understanding,
        tell: Callable[[Sound], None],
        *,
        lane: Lane,
        activity: VoiceActivity,
        window_samples: int,
        on_close: Callable[["Ear"], None],
    ) -> None:
        self._turns = turns
        self._recognizers = recognizers
        self._recognizer = recognizers[language]
        self._understanding = understanding
        self._tell = tell
        self._lane = lane
        self._activity = activity
        self._window_samples = window_samples
        self._on_close = on_close
        self._history: deque[Samples] = deque(maxlen=round(_HISTORY_S / FRAME_S))
        self._window: list[Samples] = []
        self._window_fill = 0
        self._next_tick: int | None = None
        self._heard_s = 0.0
        self._taken_s = 0.0
        self._judged_s = 0.0
        self._lagging = False
        self._closed = False
        self._utterance: Utterance | None = None
        self._concluding: list[Utterance] = []
        self._talker = Talker()

    @property
    def taken_s(self) -> float:
        """Where the last window that was taken ends, in stream seconds."""
        return self._taken_s

    @property
    def unjudged(self) -> bool:
        """Whether audio waits for the detector."""
        return self._window_fill >= self._window_samples

    @property
    def unread(self) -> bool:
        """Whether words are with the recogniser."""
        return any(one.busy for one in (*self._concluding, self._utterance) if one is not None)

    def frame(self, tick: int, samples: Samples) -> None:
        """Take one frame; ticks that were missed count as silence."""
        missing = 0 if self._next_tick is None else min(tick - self._next_tick, round(_LONGEST_GAP_S / FRAME_S))
        for _ in range(missing):
            self._append(np.zeros(FRAME_SAMPLES, np.int16))
        self._append(samples)
        self._next_tick = tick + 1
        self._heard_s = (tick + 1) * FRAME_S
        while self._window_fill > _LONGEST_LAG_S * SAMPLE_RATE_HZ and self.take_window() is not None:
            self._overdue()

    def take_window(self) -> Samples | None:
        """Return the next full window for the detector, if there is one."""
        size = self._window_samples
        if self._window_fill < size:
            return None
        audio = np.concatenate(self._window)
        self._window = [audio[size:]]
        self._window_fill -= size
        self._taken_s = self._heard_s - self._window_fill / SAMPLE_RATE_HZ
        return audio[:size]

    def judge(self, probability: float, end_s: float) -> None:
        """Take the detector's word on the window that ends here, and act on what is due.

        A word that comes when the ear is closed, or when its window was given up as overdue, is ignored.
        """
        if self._closed or end_s <= self._judged_s:
            return
        self._judged_s = end_s
        change = self._activity.window(probability, end_s)
        if isinstance(change, SpeechBegan):
            if self._utterance is not None:
                self._utterance.speech_goes_on()
            self._decide(self._turns.speech_began(change.at_s))
        elif isinstance(change, SpeechStopped):
            self._turns.speech_stopped(change.at_s)
        self._decide(self._turns.advance(end_s))
        for utterance in list(self._concluding):
            if utterance.conclusion is not None and end_s - utterance.conclusion.decided_s > READING_DEADLINE_S:
                utterance.fail(f"no reading in {READING_DEADLINE_S:.0f} s")
                self._conclude(utterance, utterance.conclusion)

    def listen_in(self, language: Language) -> bool:
        """Recognise another language from the next utterance on; return whether there is a recogniser for it."""
        self._recognizer = self._recognizers.get(language, self._recognizer)
        return language in self._recognizers

    def press(self, digit: str, at_s: float) -> None:
        """Take a key."""
        self._decide(self._turns.digit(digit, at_s))

    def close(self) -> None:
        """Stop listening and forget what is under way."""
        self._closed = True
        for utterance in self._concluding:
            utterance.drop()
        self._concluding.clear()
        self._ignore()
        self._on_close(self)

    def fail(self, reason: str) -> None:
        """Stop listening, and tell the session why."""
        self.close()
        self._tell(HearingFailed(reason))

    def _overdue(self) -> None:
        if not self._lagging:
            self._lagging = True
            _log.error("voice activity detection is over %.0f s late; what it misses is silence", _LONGEST_LAG_S)
        self.judge(0.0, self._taken_s)

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
        self._utterance = Utterance(
            partial(self._recognizer.open, listen.expect, listen.hints, self._talker),
            self._recognizer,
            self._heard_s - back * FRAME_S,
            self._lane,
            on_partial=lambda words: self._tell(Partial(words)),
            on_reading=self._read,
        )
        if back:
            self._utterance.feed(np.concatenate(list(self._history)[-back:]))

    def _read(self, utterance: Utterance) -> None:
        reading = utterance.reading
        if utterance.conclusion is not None:
            self._conclude(utterance, utterance.conclusion)
        elif utterance is self._utterance and reading and reading.transcript and reading.transcript.text:
            text = reading.transcript.text
            asked = self._understanding
            self._turns.pause_read(complete=asked.completes(text), unfinished=asked.unfinished(text))
            self._tell(PauseRead(reading.transcript))

    def _finish(self, over: TurnOver) -> None:
        utterance, self._utterance = self._utterance, None
        assert utterance is not None, "a turn that is over was listened to"
        utterance.conclusion = conclusion = Conclusion(over, self._judged_s)
        self._concluding.append(utterance)
        if utterance.reading is not None:
            self._conclude(utterance, conclusion)
        else:
            utterance.read()

    def _conclude(self, utterance: Utterance, conclusion: Conclusion) -> None:
        self._concluding.remove(utterance)
        utterance.drop()
        reading, over = utterance.reading, conclusion.over
        transcript = reading.transcript if reading else None
        if reading is not None and transcript is None:
            self._tell(RecognitionFailed(reading.reason))
        hypotheses = transcript.hypotheses if transcript else ()
        language = transcript.language if transcript else utterance.recognizer.language
        heard = Transcript(hypotheses, over.start_s, over.end_s, language)
        self._tell(Heard(heard, over.interrupted, conclusion.decided_s))


@dataclass(frozen=True, slots=True)
class _Window:
    """Audio of one channel for the detector."""

    channel: int
    ear: Ear
    samples: Samples
    end_s: float


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
        self._detecting = WorkThreads(1, "vad")
        self._recognising = WorkThreads(recognition_threads, "asr")
        self._deaf = False
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
        self._detecting.submit(partial(self._detector.reset, channel))
        size = self._detector.window_samples
        ear = Ear(
            turns,
            self._recognizers,
            language,
            understanding,
            tell,
            lane=Lane(self._recognising, self._progress.set),
            activity=VoiceActivity(size / SAMPLE_RATE_HZ, self._thresholds),
            window_samples=size,
            on_close=partial(self._forget, channel),
        )
        self._ears[channel] = ear
        return ear

    def accept(self, batch: AudioBatch) -> None:
        """Take one tick of all channels; see `engine.ports.AudioSink`."""
        for row, channel in enumerate(batch.channels.tolist()):
            ear = self._ears.get(channel)
            if ear is not None:
                ear.frame(int(batch.ticks[row]), batch.heard[row].copy())
        self._more.set()

    async def caught_up(self, *, readings: bool = True) -> None:
        """Wait until all audio taken so far is judged and, with ``readings``, no reading is under way."""
        while self._judging or any(ear.unjudged or (readings and ear.unread) for ear in self._ears.values()):
            self._progress.clear()
            await self._progress.wait()

    async def run(self) -> None:
        """Judge what comes in until cancelled."""
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while ready := self._ready():
                    self._judging = True
                    await self._judge(ready)
                    self._judging = False
                    self._progress.set()
        finally:
            self._detecting.close()
            self._recognising.close()

    def _ready(self) -> list[_Window]:
        ready = []
        for channel, ear in self._ears.items():
            samples = ear.take_window()
            if samples is not None:
                ready.append(_Window(channel, ear, samples, ear.taken_s))
        return ready

    async def _judge(self, ready: list[_Window]) -> None:
        probabilities = await self._probabilities(ready)
        for window, probability in zip(ready, probabilities, strict=True):
            try:
                window.ear.judge(probability, window.end_s)
            except Exception as error:  # a callback of one call: its fault must not deafen the others
                _log.exception("the ear on channel %d failed", window.channel)
                window.ear.fail(f"{type(error).__name__}: {error}")

    async def _probabilities(self, ready: list[_Window]) -> list[float]:
        channels = np.array([window.channel for window in ready], np.int64)
        samples = np.stack([window.samples for window in ready])
        work = self._detecting.submit(lambda: self._detector.probabilities(channels, samples))
        try:
            async with asyncio.timeout(_LONGEST_LAG_S):
                found = await asyncio.wrap_future(work)
        except Exception:  # a vendor's own error must not end the listening to all calls
            if not self._deaf:
                _log.exception("voice activity detection failed; what it misses is silence")
            self._deaf = True
            return [0.0] * len(ready)
        self._deaf = False
        return [float(probability) for probability in found]

    def _forget(self, channel: int, ear: Ear) -> None:
        if self._ears.get(channel) is ear:  # the channel may be the next call's by now
            del self._ears[channel]
