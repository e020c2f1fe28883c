"""One utterance's way through a recogniser: audio in order, one job at a time, off the event loop."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.audio import Samples
from engine.errors import RecognitionError
from engine.ports import Recognizer, RecognizerStream
from engine.speech import Transcript
from engine.threads import Lane
from engine.turns import TurnOver

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the recogniser made of an utterance up to a pause; None where it failed."""

    transcript: Transcript | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The turn-taker's word that the utterance is over, and the stream second at which it was given."""

    over: TurnOver
    decided_s: float


class Utterance:
    """An utterance, from its first sound to its reading. Used on the event loop.

    A recogniser that fails once has failed the whole utterance: to go on with a new stream would read its tail as all
    that was said.

    Args:
        open_stream: begins it with the recogniser; called off the event loop.
        recognizer: reads it.
        start_s: stream second of the first sample that is fed.
        lane: the call's way to the threads.
        on_partial: told of words so far.
        on_reading: told when `reading` is set.
    """

    def __init__(
        self,
        open_stream: Callable[[], RecognizerStream],
        recognizer: Recognizer,
        start_s: float,
        lane: Lane,
        *,
        on_partial: Callable[[str], None],
        on_reading: Callable[["Utterance"], None],
    ) -> None:
        self.recognizer = recognizer
        self.reading: Reading | None = None
        self.conclusion: Conclusion | None = None
        self._open_stream = open_stream
        self._start_s = start_s
        self._lane = lane
        self._on_partial = on_partial
        self._on_reading = on_reading
        self._stream: RecognizerStream | None = None  # touched by the lane's jobs alone
        self._waiting: list[Samples] = []
        self._read_due = False
        self._job: asyncio.Future[tuple[str | None, Transcript | None]] | None = None
        self._closed = False
        self._pause = 0

    @property
    def busy(self) -> bool:
        """Whether audio is with the recogniser."""
        return self._job is not None

    def feed(self, samples: Samples) -> None:
        """Queue the next audio."""
        if not self._closed:
            self._waiting.append(samples)
            self._go_on()

    def read(self) -> None:
        """Ask for a reading of everything fed so far."""
        if not self._closed:
            self._read_due = True
            self._go_on()

    def speech_goes_on(self) -> None:
        """The pause was not the end: readings of it, under way or only asked for, no longer count."""
        self._pause += 1
        self._read_due = False
        if not self._closed:
            self.reading = None

    def fail(self, reason: str) -> None:
        """Take the utterance as not heard and let go of the recogniser."""
        self.reading = Reading(None, f"{self.recognizer.name}: {reason}")
        self.drop()

    def drop(self) -> None:
        """Take no more audio and let go of the recogniser; what is under way is not reported."""
        if self._closed:
            return
        self._closed = True
        self._waiting.clear()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        closing = self._lane.run(self._close_stream)
        closing.add_done_callback(partial(_log_failure, self.recognizer.name))

    def _go_on(self) -> None:
        if self._job is not None or not (self._waiting or self._read_due):
            return
        audio = np.concatenate(self._waiting) if self._waiting else np.zeros(0, np.int16)
        read, self._read_due = self._read_due, False
        self._waiting.clear()
        self._job = self._lane.run(partial(self._work, audio, read))
        self._job.add_done_callback(partial(self._done, self._pause))

    def _work(self, audio: Samples, read: bool) -> tuple[str | None, Transcript | None]:
        if self._stream is None:
            self._stream = self._open_stream()
        words = self._stream.accept(audio) if len(audio) else None
        return words, self._stream.result() if read else None

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def _done(self, pause: int, job: "asyncio.Future[tuple[str | None, Transcript | None]]") -> None:
        if job.cancelled():
            return
        error = job.exception()
        if self._closed:
            return
        self._job = None
        if error is not None:
            if not isinstance(error, RecognitionError):  # a vendor's own error must not end the call
                _log.error("recogniser %s broke", self.recognizer.name, exc_info=error)
            self.fail(str(error))
            self._on_reading(self)
            return
        words, transcript = job.result()
        if words:
            self._on_partial(words)
        if transcript is not None and pause == self._pause:
            self.reading = Reading(transcript.shifted(self._start_s))
            self._on_reading(self)
        if not self._closed:
            self._go_on()


def _log_failure(name: str, closing: "asyncio.Future[None]") -> None:
    if not closing.cancelled() and (error := closing.exception()) is not None:
        _log.error("recogniser %s: a stream could not be closed", name, exc_info=error)
