"""The listening side: what the recogniser gets, when it is read, and what becomes of faults."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.audio import FRAME_SAMPLES, AudioBatch, Samples
from engine.dialog import Question
from engine.errors import ModelMissing, RecognitionError
from engine.hearing import Heard, HearingFailed, PauseRead, RecognitionFailed, Sound
from engine.listening import LOOKBACK_S, READING_DEADLINE_S, Ear, Listener
from engine.speech import Expect, Hypothesis, Language, Talker, Transcript, Word
from engine.turns import NoInput, TimeUp, TurnLimits, TurnTaker

LOUD = np.full(FRAME_SAMPLES, 8000, np.int16)
QUIET = np.zeros(FRAME_SAMPLES, np.int16)


@dataclass
class Detector:
    """Speech is whatever is loud; notes the channels of each call, and fails or hangs when told."""

    window_samples: int = 256
    calls: list[list[int]] = field(default_factory=list)
    fails: bool = False
    hangs: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.hangs.set()

    def reset(self, channel: int) -> None:
        pass

    def probabilities(self, channels: npt.NDArray[np.int64], windows: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        self.calls.append(channels.tolist())
        self.hangs.wait(20)
        if self.fails:
            raise RuntimeError("the detector broke")
        return (np.abs(windows).max(axis=1) > 500).astype(np.float32)


@dataclass
class Stream:
    """Reads the number of loud 20 ms in what it was given; a word begins with the first of them."""

    owner: "Counter"
    audio: list[Samples] = field(default_factory=list)
    readings: int = 0
    closed: bool = False

    def accept(self, samples: Samples) -> str | None:
        if self.owner.breaks:
            raise self.owner.breaks.pop()
        self.audio.append(samples)
        return None

    def result(self) -> Transcript:
        self.readings += 1
        self.owner.reading.set()
        self.owner.free.wait(20)
        loud = np.flatnonzero(np.concatenate(self.audio))
        if not len(loud):
            return Transcript((), 0.0, 0.0, self.owner.language)
        text = str(round(len(loud) / FRAME_SAMPLES))
        word = Word(text, loud[0] / 8000, (loud[-1] + 1) / 8000, 0.9)
        return Transcript((Hypothesis(text, 0.9, (word,)),), 0.0, 0.0, self.owner.language)

    def close(self) -> None:
        self.closed = True


@dataclass
class Counter:
    """A recogniser that counts, and that a test can hold up or break."""

    language: Language = Language.ENGLISH
    name: str = "counter"
    streams: list[Stream] = field(default_factory=list)
    asked: list[tuple[Expect, tuple[str, ...], Talker | None]] = field(default_factory=list)
    breaks: list[Exception] = field(default_factory=list)
    free: threading.Event = field(default_factory=threading.Event)
    reading: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.free.set()

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> Stream:
        self.asked.append((expect, tuple(hints), talker))
        self.streams.append(Stream(self))
        return self.streams[-1]


@dataclass
class Understanding:
    """Which words are a whole answer."""

    whole: tuple[str, ...] = ()

    def completes(self, text: str) -> bool:
        return text in self.whole

    def unfinished(self, text: str) -> bool:
        return False


@dataclass(eq=False)
class Caller:
    """One channel, and what its ear told."""

    room: "Room"
    channel: int
    turns: TurnTaker
    ear: Ear
    told: list[Sound]
    tick: int = 0

    async def hears(self, loud_s: float = 0.0, quiet_s: float = 0.0, *, wait: bool = True) -> None:
        """Let the caller speak, then be silent; ``wait`` also for readings."""
        for frame, duration_s in ((LOUD, loud_s), (QUIET, quiet_s)):
            for _ in range(round(duration_s / 0.02)):
                await self.room.tick({self: frame}, wait=wait)

    def all(self, kind: type) -> list[Any]:
        return [sound for sound in self.told if isinstance(sound, kind)]


@dataclass
class Room:
    """A listener and the means to drive it in lockstep."""

    listener: Listener
    detector: Detector

    def enter(
        self,
        channel: int = 0,
        *,
        expect: Expect = Expect.FREE,
        hints: tuple[str, ...] = (),
        limits: TurnLimits | None = None,
        whole: tuple[str, ...] = (),
        language: Language = Language.ENGLISH,
    ) -> Caller:
        """Open an ear whose caller has been asked a question."""
        turns, told = TurnTaker(limits), []
        turns.bot_takes_floor(Question(expect, hints=hints))
        turns.bot_yields(0.0)
        ear = self.listener.open(channel, turns, language, Understanding(whole), told.append)
        return Caller(self, channel, turns, ear, told)

    async def tick(self, frames: dict[Caller, Samples], *, wait: bool = True) -> None:
        """One tick of these callers, with all that it sets off; ``wait`` also for readings."""
        self.feed(frames)
        await self.listener.caught_up(readings=wait)

    def feed(self, frames: dict[Caller, Samples]) -> None:
        """One tick of these callers."""
        callers = list(frames)
        numbers = [caller.tick for caller in callers]
        heard = np.stack(list(frames.values()))
        channels = np.array([caller.channel for caller in callers], np.int64)
        self.listener.accept(AudioBatch(channels, np.array(numbers, np.int64), heard, np.zeros_like(heard)))
        for caller in callers:
            caller.tick += 1


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def room(counter: Counter) -> Callable[..., Any]:
    """Return a context manager that runs a listener; everything that hangs is let go at its end."""

    @asynccontextmanager
    async def start(**options: Any) -> AsyncIterator[Room]:
        detector = Detector()
        kazakh = Counter(Language.KAZAKH, "kazakh counter")
        listener = Listener(detector, {Language.ENGLISH: counter, Language.KAZAKH: kazakh}, **options)
        judging = asyncio.create_task(listener.run())
        try:
            yield Room(listener, detector)
        finally:
            counter.free.set()
            detector.hangs.set()
            judging.cancel()
            await asyncio.gather(judging, return_exceptions=True)

    return start


async def test_recognition_gets_the_audio_before_the_onset_too(room: Callable[..., Any], counter: Counter) -> None:
    """Soft first consonants lie before what the detector takes for speech; times count from the call's beginning."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(quiet_s=2.0)
        await caller.hears(1.0, 1.5)
    (heard,) = caller.all(Heard)
    assert heard.transcript.text == "50"
    audio = np.concatenate(counter.streams[0].audio)
    assert int(np.flatnonzero(audio)[0]) / 8000 == pytest.approx(LOOKBACK_S, abs=0.04)
    (word,) = heard.transcript.hypotheses[0].words
    assert (word.start_s, word.end_s) == (pytest.approx(2.0), pytest.approx(3.0))
    assert heard.transcript.start_s == pytest.approx(2.0, abs=0.04)


async def test_speech_in_the_first_frames_of_a_call_is_whole(room: Callable[..., Any]) -> None:
    """There is less to look back on than usual."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(0.6, 1.5)
    assert caller.all(Heard)[0].transcript.text == "30"


@pytest.mark.parametrize("lost", [3, 50])
async def test_ticks_that_were_lost_count_as_silence(room: Callable[..., Any], lost: int) -> None:
    """Words after a gap keep their time."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(1.0)
        caller.tick += lost
        await caller.hears(0.4, 1.5)
    words = [heard.transcript.hypotheses[0].words[0] for heard in caller.all(Heard)]
    assert words[-1].end_s == pytest.approx(1.4 + lost * 0.02)


async def test_a_gap_of_minutes_brings_no_minutes_of_silence(room: Callable[..., Any]) -> None:
    """The listener takes no longer to catch up than over a short one, and time is right after it."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(quiet_s=0.2)
        before = len(here.detector.calls)
        caller.tick += 15_000
        await caller.hears(0.6, 1.5)
        assert len(here.detector.calls) - before < 200
    (heard,) = caller.all(Heard)
    assert heard.transcript.start_s == pytest.approx(300.2, abs=0.04)


async def test_a_pause_is_read_once_and_the_reading_serves_when_the_turn_ends(
    room: Callable[..., Any], counter: Counter
) -> None:
    """The words are there when silence has lasted long enough: nothing is read again."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(0.6, 1.5)
    assert counter.streams[0].readings == 1
    assert [type(sound) for sound in caller.told] == [PauseRead, Heard]
    assert caller.told[0].transcript.text == caller.told[1].transcript.text == "30"


async def test_a_whole_answer_ends_the_turn_early(room: Callable[..., Any]) -> None:
    """The dialog is asked about the words of the pause."""
    async with room() as here:
        caller = here.enter(whole=("30",))
        await caller.hears(0.6, 0.5)
    assert caller.all(Heard)


async def test_a_reading_of_a_pause_that_was_none_does_not_count(room: Callable[..., Any], counter: Counter) -> None:
    """It was under way when speech went on, and came late; the turn is read as a whole at its end."""
    async with room() as here:
        caller = here.enter(whole=("30",))
        counter.free.clear()
        await caller.hears(0.6, 0.3, wait=False)
        assert await asyncio.to_thread(counter.reading.wait, 20)
        await caller.hears(0.4, wait=False)
        counter.free.set()
        await here.listener.caught_up()
        assert caller.told == []
        await caller.hears(quiet_s=1.5)
    (heard,) = caller.all(Heard)
    assert heard.transcript.text == "50"


async def test_a_reading_that_a_pause_asked_for_is_not_made_once_speech_goes_on(
    room: Callable[..., Any], counter: Counter
) -> None:
    """The recogniser was busy through the second pause: words so far must not pass for the whole turn."""
    async with room() as here:
        caller = here.enter()
        counter.free.clear()
        await caller.hears(0.6, 0.3, wait=False)
        assert await asyncio.to_thread(counter.reading.wait, 20)
        await caller.hears(0.4, 0.3, wait=False)
        await caller.hears(0.4, wait=False)
        counter.free.set()
        await here.listener.caught_up()
        assert caller.told == []
        await caller.hears(quiet_s=1.5)
    (heard,) = caller.all(Heard)
    assert heard.transcript.text == "70"


async def test_a_reading_that_takes_too_long_is_given_up(room: Callable[..., Any], counter: Counter) -> None:
    """Silence on the line is worse than a question repeated; the deadline counts from the end of the turn."""
    async with room() as here:
        caller = here.enter()
        counter.free.clear()
        await caller.hears(0.6, 0.9 + READING_DEADLINE_S - 0.2, wait=False)
        assert caller.told == []
        await caller.hears(quiet_s=0.5, wait=False)
        failed, heard = caller.told
        assert isinstance(failed, RecognitionFailed)
        assert failed.reason == "counter: no reading in 4 s"
        assert isinstance(heard, Heard)
        assert heard.transcript.hypotheses == ()
        counter.free.set()
        await caller.hears(0.6, 1.5)
        assert caller.all(Heard)[-1].transcript.text == "30"
        assert len(caller.told) == 4
    assert counter.streams[0].closed


async def test_a_call_whose_recogniser_hangs_leaves_the_threads_to_the_others(
    room: Callable[..., Any], counter: Counter
) -> None:
    """One bad call holds one thread, however often it is asked again."""
    async with room(recognition_threads=2) as here:
        bad, good = here.enter(0), here.enter(1, language=Language.KAZAKH)
        counter.free.clear()
        for _ in range(3):
            await bad.hears(0.6, 1.2, wait=False)
        await good.hears(0.6, 0.5, wait=False)
        for _ in range(2000):
            await good.hears(quiet_s=0.02, wait=False)
            await asyncio.sleep(0.01)
            if good.all(Heard):
                break
        assert good.all(Heard)[0].transcript.text == "30"
        assert len(counter.streams) == 1


@pytest.mark.parametrize("error", [RecognitionError("server away"), ValueError("a vendor's own")])
async def test_a_recogniser_that_fails_once_has_failed_the_utterance(
    room: Callable[..., Any], counter: Counter, error: Exception
) -> None:
    """The tail of a sentence is not taken for all of it; the next utterance is read as ever."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(0.4)
        counter.breaks.append(error)
        await caller.hears(0.4, 0.3)
        await caller.hears(0.4, 1.5)
        failed, heard = caller.told
        assert isinstance(failed, RecognitionFailed)
        assert str(error) in failed.reason
        assert heard.transcript.hypotheses == ()
        assert heard.voiced_s > 1.0
        assert len(counter.streams) == 1
        assert counter.streams[0].closed
        await caller.hears(0.6, 1.5)
    assert caller.all(Heard)[-1].transcript.text == "30"


async def test_channels_that_are_full_at_once_are_judged_in_one_batch(room: Callable[..., Any]) -> None:
    """And each hears its own caller."""
    async with room() as here:
        callers = [here.enter(channel) for channel in (0, 3, 7)]
        for tick in range(120):
            frames = {caller: LOUD if tick < 20 * (i + 1) else QUIET for i, caller in enumerate(callers)}
            await here.tick(frames)
        assert set(map(tuple, here.detector.calls)) == {(0, 3, 7)}
    assert [caller.all(Heard)[0].transcript.text for caller in callers] == ["20", "40", "60"]


async def test_another_language_is_recognised_from_the_next_utterance_on(room: Callable[..., Any]) -> None:
    """The one under way is read, and labelled, in the language it was begun in."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(0.4)
        assert caller.ear.listen_in(Language.KAZAKH)
        await caller.hears(0.2, 1.5)
        await caller.hears(0.6, 1.5)
        assert not caller.ear.listen_in(Language.RUSSIAN)
        await caller.hears(0.6, 1.5)
    assert [heard.transcript.language for heard in caller.all(Heard)] == ["en", "kk", "kk"]


async def test_the_recogniser_is_told_what_the_question_expects_and_who_speaks(
    room: Callable[..., Any], counter: Counter
) -> None:
    """The same speaker in all utterances of a call, another one in another call."""
    async with room() as here:
        callers = [here.enter(0, expect=Expect.DATE, hints=("в пятницу",)), here.enter(1)]
        for caller in (*callers, callers[0]):
            await caller.hears(0.4, 1.5)
    assert [asked[:2] for asked in counter.asked] == [
        (Expect.DATE, ("в пятницу",)),
        (Expect.FREE, ()),
        (Expect.DATE, ("в пятницу",)),
    ]
    first, other, again = (asked[2] for asked in counter.asked)
    assert first is again is not None
    assert other is not first


async def test_a_language_without_a_recogniser_is_refused_at_the_beginning(room: Callable[..., Any]) -> None:
    """The message says how to get one."""
    async with room() as here:
        with pytest.raises(ModelMissing, match="models list"):
            here.enter(language=Language.RUSSIAN)


async def test_an_ear_closed_in_the_middle_of_a_job_tells_nothing_and_lets_go(
    room: Callable[..., Any], counter: Counter
) -> None:
    """The stream is closed once the job has returned, in its thread."""
    async with room() as here:
        caller = here.enter()
        counter.free.clear()
        await caller.hears(0.6, 0.3, wait=False)
        assert await asyncio.to_thread(counter.reading.wait, 20)
        caller.ear.close()
        assert not counter.streams[0].closed
        counter.free.set()
        for _ in range(2000):
            if counter.streams[0].closed:
                break
            await asyncio.sleep(0.01)
        assert counter.streams[0].closed
    assert caller.told == []


async def test_an_ear_closed_while_its_window_is_judged_begins_nothing(
    room: Callable[..., Any], counter: Counter
) -> None:
    """The detector's word comes after the call's end."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(0.04)
        here.detector.hangs.clear()
        for _ in range(4):
            here.feed({caller: LOUD})
            await asyncio.sleep(0.001)
        caller.ear.close()
        here.detector.hangs.set()
        await asyncio.sleep(0.05)
    assert counter.streams == []
    assert caller.told == []


async def test_the_ear_of_a_channels_last_call_does_not_take_the_next_calls_with_it(room: Callable[..., Any]) -> None:
    """A channel is the next call's as soon as the line has ended, which may be before the last session has."""
    async with room() as here:
        last, following = here.enter(5), here.enter(5)
        last.ear.close()
        await following.hears(0.6, 1.5)
    assert following.all(Heard)[0].transcript.text == "30"
    assert last.told == []


async def test_an_ear_may_be_closed_after_the_listener_has_stopped(room: Callable[..., Any]) -> None:
    """At the end of the engine, calls end in any order."""
    async with room() as here:
        caller = here.enter()
        await caller.hears(0.6)
    caller.ear.frame(100, QUIET)
    caller.ear.close()


async def test_a_detector_that_fails_deafens_no_call_for_longer_than_it_fails(
    room: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Its windows are silence, the calls' time goes on, and the log says so once."""
    async with room() as here:
        caller = here.enter()
        here.detector.fails = True
        await caller.hears(quiet_s=5.5)
        assert [type(sound) for sound in caller.told] == [NoInput]
        assert len(caplog.records) == 1
        here.detector.fails = False
        await caller.hears(0.6, 1.5)
    assert caller.all(Heard)[0].transcript.text == "30"


async def test_a_detector_that_hangs_lets_calls_end_and_memory_be(room: Callable[..., Any]) -> None:
    """Time goes on without it, some seconds late."""
    async with room() as here:
        caller = here.enter(limits=TurnLimits(longest_call_s=20.0))
        await caller.hears(quiet_s=1.0)
        here.detector.hangs.clear()
        for _ in range(26):
            for _ in range(50):
                here.feed({caller: QUIET})
            await asyncio.sleep(0)
        assert [type(sound) for sound in caller.told] == [NoInput, TimeUp]
        assert caller.ear._window_fill <= 4.1 * 8000


async def test_a_dialog_that_breaks_over_a_window_deafens_its_own_call_alone(
    room: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The listener listens on for the others, and the broken one is told, once."""
    async with room() as here:
        broken, well = here.enter(0), here.enter(1)
        broken.turns.advance = lambda now_s: 1 / 0
        for tick in range(100):
            await here.tick(dict.fromkeys((broken, well), LOUD if tick < 30 else QUIET))
    assert well.all(Heard)[0].transcript.text == "30"
    assert broken.told == [HearingFailed("ZeroDivisionError: division by zero")]
    assert caplog.text.count("channel 0") == 1
