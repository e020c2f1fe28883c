"""A call session on an in-memory line in virtual time: the caller speaks in tones, each frequency a sentence."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.accounts import Account, Money, Person
from engine.audio import SAMPLE_RATE_HZ, AudioClip, Samples
from engine.calls import CallClosed, CallEvent, CallOpened, CallRecord, CallRequest, Disposition, Speaker, Turn
from engine.clock import VirtualClock
from engine.dialog import Briefing, Ending, ErrandOutcome, ErrandRequest, Line, Move, Question
from engine.errors import RecognitionError, StoreError, SynthesisError
from engine.listening import Listener
from engine.services import Services
from engine.session import CallSession
from engine.speech import Expect, Hypothesis, Language, Talker, Transcript
from telephony.memory_line import MemoryLine, MemoryTelephone

SENTENCES = {
    400: "yes",
    600: "no",
    800: "who is it",
    1000: "uh-huh",
    1200: "",
    1400: "the recogniser breaks",
    1600: "speaking",
}


def tone(frequency_hz: int, duration_s: float) -> Samples:
    """Return a loud tone."""
    t = np.arange(round(duration_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (8000 * np.sin(2 * np.pi * frequency_hz * t)).astype(np.int16)


class LoudnessDetector:
    """Speech is whatever is loud."""

    window_samples = 256

    def reset(self, channel: int) -> None:
        pass

    def probabilities(self, channels: npt.NDArray[np.int64], windows: npt.NDArray[np.int16]) -> npt.NDArray[np.float32]:
        loud = np.sqrt((windows.astype(np.float32) ** 2).mean(axis=1)) > 500
        return loud.astype(np.float32)


@dataclass
class ToneStream:
    """Hears the sentence that belongs to the strongest frequency."""

    audio: list[Samples] = field(default_factory=list)

    def accept(self, samples: Samples) -> str | None:
        self.audio.append(samples)
        return None

    def result(self) -> Transcript:
        samples = np.concatenate(self.audio)
        spectrum = np.abs(np.fft.rfft(samples))
        frequency_hz = int(np.argmax(spectrum)) * SAMPLE_RATE_HZ / len(samples)
        text = SENTENCES[min(SENTENCES, key=lambda known: abs(known - frequency_hz))]
        if text == "the recogniser breaks":
            raise RecognitionError("broken on purpose")
        hypotheses = (Hypothesis(text, 0.9),) if text else ()
        return Transcript(hypotheses, 0.0, len(samples) / SAMPLE_RATE_HZ, Language.ENGLISH)

    def close(self) -> None:
        self.audio.clear()


class ToneRecognizer:
    """A recogniser of tones."""

    name = "tones"
    language = Language.ENGLISH

    def open(self, expect: Expect, hints: Sequence[str] = (), talker: Talker | None = None) -> ToneStream:
        return ToneStream()


class TonePrompter:
    """Speaks 60 ms a letter."""

    def __init__(self) -> None:
        self.prepared: list[str] = []
        self.forgotten: list[str] = []
        self.unspeakable: set[str] = set()

    def prepare(self, lines: Sequence[Line], within_s: float) -> None:
        self.prepared += (line.text for line in lines)

    async def clip(self, line: Line) -> AudioClip:
        if line.text == "unspeakable" or line.text in self.unspeakable:
            raise SynthesisError("nothing to say")
        return AudioClip(tone(300, 0.06 * len(line.text)))

    def forget(self, lines: Sequence[Line]) -> None:
        self.forgotten += (line.text for line in lines)


class ListStore:
    """Keeps rows in lists."""

    def __init__(self) -> None:
        self.events: list[CallEvent] = []
        self.turns: list[Turn] = []
        self.ends: list[CallClosed] = []
        self.begins: list[CallOpened] = []
        self.accounts: dict[str, str] = {}
        self.refuses: StoreError | None = None
        self.loses: StoreError | None = None

    def opened(self, call: CallOpened) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.begins.append(call)

    def identified(self, call_id: str, account: Account, scenario_hash: str) -> None:
        self.accounts[call_id] = account.account_id

    def event(self, event: CallEvent) -> None:
        self.events.append(event)

    def turn(self, turn: Turn) -> None:
        self.turns.append(turn)

    async def closed(self, call: CallClosed) -> None:
        if self.loses is not None:
            raise self.loses
        self.ends.append(call)

    async def record(self, call_id: str) -> CallRecord | None:
        return None

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


class Interview:
    """Asks one question; "yes" and "no" answer it, anything else is asked again, three silences end the call."""

    scenario = "interview"
    scenario_hash = "0"
    scenario_version = ""
    language = Language.ENGLISH
    consent: frozenset[str] = frozenset()

    def __init__(self, notice: str = "this is a robot", question: str = "is it you, or someone else") -> None:
        self._notice, self._question, self._silences = notice, question, 0

    def begin(self) -> Move:
        return self._ask(Line(self._notice, Language.ENGLISH, "notice", interruptible=False))

    async def attend(self, heard: Transcript) -> None:
        pass

    def reply(self, heard: Transcript) -> Move:
        match heard.text:
            case "yes":
                return self._end(Disposition.ALREADY_PAID)
            case "no":
                return self._end(Disposition.WRONG_PERSON)
            case "42":
                return self._end(Disposition.OPERATOR, transfer=True)
            case "who is it":
                return self._ask(Line("the bank", Language.ENGLISH, "bank"))
        return self._ask(Line("again", Language.ENGLISH, "again"))

    def understands(self, heard: Transcript) -> bool:
        return heard.text in {"yes", "no", "42", "who is it"}

    def consents(self, heard: Transcript) -> bool:
        return heard.text in self.consent

    def foresee(self, heard: Transcript) -> Sequence[Line]:
        return (Line(f"answer to {heard.text}", Language.ENGLISH, "foreseen"),)

    def no_input(self) -> Move:
        self._silences += 1
        if self._silences > 2:
            return self._end(Disposition.NO_INPUT)
        return self._ask(Line("are you there", Language.ENGLISH, "there"))

    def errand_request(self) -> ErrandRequest:
        raise LookupError

    def done(self, outcome: ErrandOutcome) -> Move:
        raise LookupError

    def unreached(self) -> Move:
        return self._ask(Line("nobody is there", Language.ENGLISH, "nobody"))

    def briefing(self, language: Language) -> Briefing:
        return Briefing(
            Line("press one", language, "invitation", fixed=True), (Line("about a loan", language, "summary"),), "b-1"
        )

    def completes(self, text: str) -> bool:
        return text == "yes"

    def unfinished(self, text: str) -> bool:
        return text == "no"

    def backchannel(self, text: str) -> bool:
        return text == "uh-huh"

    def upcoming(self) -> Sequence[Line]:
        return ()

    def _ask(self, *lines: Line) -> Move:
        question = Line(self._question, Language.ENGLISH, "question")
        return Move("asking", (*lines, question), Question(Expect.FREE), None, Language.ENGLISH)

    def _end(self, disposition: Disposition, *, transfer: bool = False) -> Move:
        bye = Line("good bye", Language.ENGLISH, "bye")
        return Move("end", (bye,), None, Ending(disposition, transfer=transfer), Language.ENGLISH)


@pytest.fixture
def interview() -> type[Interview]:
    """Return the dialog's class, to be made with other prompts."""
    return Interview


@dataclass
class Kit:
    """An engine without SIP, models or a database, and the means to drive it in lockstep."""

    telephone: MemoryTelephone
    listener: Listener
    store: ListStore
    prompter: TonePrompter
    services: Services

    async def run(self, duration_s: float) -> None:
        """Let stream time pass; whatever it sets off is done when this returns."""
        for _ in range(round(duration_s / 0.02)):
            self.telephone.tick()
            await self.listener.caught_up()
            for _ in range(8):
                await asyncio.sleep(0)

    def call_in(self, dialog: Interview) -> "Call":
        """Let someone call, and hold the call."""
        line = self.telephone.call_in()
        session = CallSession(line, dialog, self.services)
        return Call(self, line, asyncio.create_task(hold(session)))

    async def call_out(self, dialog: Interview, account: Account) -> "Call":
        """Call someone, and hold the call once they answer."""
        request = CallRequest("out-1", account.debtor.phone, account, "interview", Language.ENGLISH)
        line = await self.telephone.dial(request)
        session = CallSession(line, dialog, self.services)
        return Call(self, line, asyncio.create_task(hold(session)))


@dataclass
class Call:
    """A running call and the means to drive it."""

    kit: Kit
    line: MemoryLine
    task: "asyncio.Task[CallClosed]"

    @property
    def store(self) -> ListStore:
        return self.kit.store

    @property
    def prompter(self) -> TonePrompter:
        return self.kit.prompter

    @property
    def turns(self) -> list[tuple[Speaker, str]]:
        """What was said in this call, in the order of the record."""
        mine = [turn for turn in self.store.turns if turn.call_id == self.line.call_id]
        return [(turn.speaker, turn.text) for turn in sorted(mine, key=lambda turn: turn.index)]

    async def run(self, duration_s: float) -> None:
        """Let stream time pass; whatever it sets off is done when this returns."""
        await self.kit.run(duration_s)

    async def until_quiet(self) -> None:
        """Let the bot finish."""
        await self.run(0.2)
        while np.abs(self.line.spoken[-800:]).max() > 0:
            await self.run(0.1)

    async def until_spoken(self) -> None:
        """Let time pass until the bot begins to speak."""
        while np.abs(self.line.spoken[-160:]).max() == 0:
            await self.run(0.02)

    def begins_to_say(self, *sounds: tuple[int, float]) -> None:
        """The caller will be heard saying this: frequencies, 0 is silence, and their seconds."""
        self.line.remote_says(np.concatenate([tone(frequency_hz, duration_s) for frequency_hz, duration_s in sounds]))

    async def says(self, frequency_hz: int, duration_s: float = 0.6) -> None:
        """The caller says something, and it is heard to its end."""
        self.begins_to_say((frequency_hz, duration_s))
        await self.run(duration_s)

    async def closed(self, within_s: float = 40.0) -> CallClosed:
        """Let time pass until the call has ended."""
        for _ in range(round(within_s / 0.1)):
            if self.task.done():
                break
            await self.run(0.1)
        return await asyncio.wait_for(self.task, 10)


async def hold(session: CallSession) -> CallClosed:
    """Hold a call to its end."""
    await session.run()
    return session.closing()


@pytest.fixture
def kit() -> Callable[..., Any]:
    """Return a context manager that runs an engine; its arguments are those of `Services`."""

    @asynccontextmanager
    async def start(**options: Any) -> AsyncIterator[Kit]:
        telephone, store, prompter = MemoryTelephone(), ListStore(), TonePrompter()
        listener = Listener(LoudnessDetector(), dict.fromkeys(Language, ToneRecognizer()))
        clock = VirtualClock(datetime(2026, 11, 20, 10, tzinfo=UTC))
        judging = asyncio.create_task(listener.run())
        await telephone.start(lambda line: None, [listener, *filter(None, [options.get("fax")])])
        try:
            yield Kit(telephone, listener, store, prompter, Services(listener, prompter, store, clock, **options))
        finally:
            judging.cancel()
            await asyncio.gather(judging, return_exceptions=True)

    return start


@pytest.fixture
def call(kit: Callable[..., Any]) -> Callable[..., Any]:
    """Return a context manager that starts a call, answered, with the given dialog."""

    @asynccontextmanager
    async def start(dialog: Interview | None = None, **options: Any) -> AsyncIterator[Call]:
        async with kit(**options) as engine:
            one = engine.call_in(dialog or Interview())
            try:
                await asyncio.sleep(0)
                await one.run(0.1)
                yield one
            finally:
                if not one.task.done():
                    one.line.remote_ends()
                    await asyncio.wait_for(one.task, 10)

    return start


@pytest.fixture
def account() -> Account:
    """Return an account of 45 000 tenge."""
    return Account(
        account_id="A-1",
        debtor=Person("Alan Brown", "Alan", Language.ENGLISH, "+77000000000"),
        creditor="Sample Bank",
        product={Language.ENGLISH: "personal loan"},
        debt=Money.of(45_000),
        days_past_due=12,
        due_date=date(2026, 11, 8),
        least_promise=Money.of(5_000),
    )
