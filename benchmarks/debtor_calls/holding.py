"""Holds the calls: a real engine with the built-in recogniser, and debtors in processes of their own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from benchmarks.debtor_calls.household import House, households
from benchmarks.debtor_calls.line import Condition
from benchmarks.debtor_calls.scoring import CallScore, responses_ms, score
from benchmarks.debtor_calls.speech import ANSWERED, Voices
from benchmarks.debtor_calls.stories import Story
from benchmarks.debtor_calls.talks import Talk
from config.ahead import render_ahead
from config.demo.cast import CREDITOR
from config.demo.stage import demo_settings
from config.settings import Settings
from config.wiring import Voicebot, running, sip_parts
from dialogs.fakes import FakeErrands
from dialogs.scenario import Scenario
from engine.calls import CallRecord, CallRequest
from engine.dialog import Move
from engine.errors import VoicebotError
from engine.ports import Dialog
from engine.services import News
from engine.speech import Language
from telephony.call_ids import new_call_id

_APART_S = 0.25
"""Between two dials, so that the calls are at different places."""


@dataclass(frozen=True, slots=True)
class Job:
    """One call to be held.

    Args:
        story: that the debtor tells.
        condition: of their line.
        recorded: a single answer of a recorded voice.
        by_text: the texts alone lead to the right end.
    """

    story: Story
    condition: Condition
    recorded: bool
    by_text: bool


def benchmark_settings(settings: Settings, folder: Path, channels: int, recogniser: str | None) -> Settings:
    """Return the user's settings with channels enough, and a recogniser for Russian and Kazakh.

    Args:
        settings: the user's.
        folder: for all that the calls write.
        channels: calls at once.
        recogniser: by name; None leaves the choice to the settings.
    """
    settings = demo_settings(settings, folder)
    settings = settings.model_copy(update={"sip": settings.sip.model_copy(update={"channels": channels})})
    if recogniser is None:
        return settings
    prefer = settings.asr.prefer.model_copy(update={"ru": (recogniser,), "kk": (recogniser,)})
    return settings.model_copy(update={"asr": settings.asr.model_copy(update={"prefer": prefer})})


class Exchange:
    """Places the calls and passes between the bot and the debtors.

    Args:
        scenario: of all calls.
        voices: of the debtors.
    """

    def __init__(self, scenario: Scenario, voices: Voices) -> None:
        self.scenario = scenario
        self._voices = voices
        self._held: dict[str, tuple[Talk, House]] = {}
        """By id of the call, which is also the debtor's name."""
        self._answers: set[asyncio.Task[None]] = set()

    def open_dialog(self, request: CallRequest) -> Dialog:
        """Make the dialog of a call."""
        return self._held[request.call_id][0].open(self.scenario)  # type: ignore[return-value]

    def watch(self, call_id: str, news: News) -> None:
        """Follow what the bot says."""
        if isinstance(news, Move) and call_id in self._held:
            talk, house = self._held[call_id]
            talk.follow(news)
            if talk.finished and talk.lines[-1].readings:  # nothing of this call is of interest any more
                house.hang_up(call_id)

    def turn(self, call_id: str) -> None:
        """Let a debtor answer."""
        if call_id in self._held:
            answer = asyncio.create_task(self._answer(call_id, *self._held[call_id]))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)

    async def _answer(self, call_id: str, talk: Talk, house: House) -> None:
        if talk.finished:
            house.hang_up(call_id)
        elif (text := talk.next_line()) is None:
            return  # the bot goes on
        elif self._voices.can_say(talk.story.voice, text):
            house.say(call_id, await self._voices.speak(talk.story.voice, text))
        else:
            house.hang_up(call_id)

    async def call(self, bot: Voicebot, house: House, job: Job) -> CallScore:
        """Hold one call to its end."""
        talk, story, call_id = Talk(job.story, ANSWERED if job.recorded else None), job.story, new_call_id()
        request = CallRequest(call_id, house.uri(call_id), story.account(), self.scenario.name, story.language)
        self._held[call_id] = talk, house
        record: CallRecord | None = None
        try:
            await bot.desk.call(request)
            record = await bot.store.record(call_id)
        except VoicebotError as error:
            Console(stderr=True).print(f"{story.name}: {error}", style="red", markup=False)
        finally:
            del self._held[call_id]
        return judged(job, talk, record)


def judged(job: Job, talk: Talk, record: CallRecord | None) -> CallScore:
    """Return what a call was worth."""
    closed = record.closed if record is not None else None
    lines = [line for line in talk.lines if not job.recorded or line.asked == ANSWERED]
    return CallScore(
        job.story,
        job.condition.name,
        job.recorded,
        tuple(score(line, job.story.language) for line in lines),
        closed.disposition if closed else None,
        closed is not None and job.story.fulfilled(closed),
        closed is not None and job.story.belied(closed),
        talk.language_kept,
        job.by_text,
        responses_ms(record),
    )


async def hold(
    settings: Settings,
    jobs: Sequence[Job],
    exchange: Exchange,
    tell: Callable[[CallScore], None],
    console: Console,
) -> list[CallScore]:
    """Hold all calls, as many at once as the settings have channels.

    Args:
        settings: see `benchmark_settings`.
        jobs: calls, in the order of dialling.
        exchange: between them.
        tell: is told of each call that has ended.
        console: shows how far the bot's prompts are.

    Raises:
        VoicebotError: something that the calls need is missing.
    """
    conditions = list(dict.fromkeys(job.condition for job in jobs))
    languages = tuple(dict.fromkeys(job.story.language for job in jobs))
    free = asyncio.Semaphore(settings.sip.channels)
    scores: list[CallScore] = []

    async def one(bot: Voicebot, house: House, job: Job) -> None:
        try:
            scores.append(await exchange.call(bot, house, job))
            tell(scores[-1])
        finally:
            free.release()

    async with (
        _engine(settings, exchange, languages, console) as bot,
        households(conditions, settings.sip.channels, exchange.turn) as houses,
        asyncio.TaskGroup() as calls,
    ):
        for job in jobs:
            await free.acquire()
            calls.create_task(one(bot, houses[job.condition], job))
            await asyncio.sleep(_APART_S)
    return scores


@asynccontextmanager
async def _engine(
    settings: Settings, exchange: Exchange, languages: Sequence[Language], console: Console
) -> AsyncIterator[Voicebot]:
    scenario = exchange.scenario
    async with running(
        settings,
        lambda store, clock, on_stop: sip_parts(settings, store, scenario.languages, clock, on_stop),
        open_dialog=exchange.open_dialog,
        errands=FakeErrands(scenario.spec.actions),
        watch=exchange.watch,
    ) as bot:
        creditors = [CREDITOR[language] for language in languages]
        await render_ahead(bot.prompter, scenario, languages, creditors, console)
        yield bot
