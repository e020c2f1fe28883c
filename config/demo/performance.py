"""Performs the demo's call, from what is said at the beginning to the report."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from config.ahead import render_ahead
from config.demo.actor import Actor
from config.demo.cast import CREDITOR, Debtor, spoken_lines
from config.demo.stage import LOWERED, SCENARIO, Stage, debtor, debtor_clips, demo_settings, with_person
from config.demo.tongue import DEFAULT, choose_language, debtors_prompter
from config.demo.typed import Keyboard, NoRecorder, SilentPrompter, TypedLines, type_through
from config.live import LiveView
from config.report import Report, make_report
from config.settings import Settings
from config.wiring import Parts, Voicebot, open_prompter, outside_reader, running, sip_parts
from engine.audio import AudioClip
from engine.calls import CallClosed, CallRecord
from engine.clock import SystemClock
from engine.errors import TelephonyError
from engine.ports import Prompter
from engine.services import News
from engine.speech import Language
from telephony.memory_line import MemoryLine, MemoryTelephone
from telephony.recorder import StereoRecorder
from tts.recordings import read_recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the user wants to see; see `voicebot demo --help`. Without a language the demo chooses one."""

    language: Language | None
    debtor: Debtor
    recordings: tuple[Path, ...] = ()
    typed: bool = False
    by_phone: bool = False
    spoken: bool = False
    port: int = 0
    scenario: str = SCENARIO
    folder: Path


async def perform(settings: Settings, wish: Wish, console: Console) -> Report:
    """Hold the call and write its files.

    Raises:
        VoicebotError: something that the call needs is missing or failed; the message says what and the mend.
    """
    settings = demo_settings(settings, wish.folder, port=wish.port)
    simulated = not (wish.typed or wish.by_phone)
    language = (wish.language or DEFAULT) if wish.typed else choose_language(settings, wish.language, console)
    stage = Stage(language, SystemClock().now(), wish.scenario, person_on_hand=simulated and bool(wish.debtor.person))
    actor = Actor(_lines(stage, wish))
    typed = wish.typed and sys.stdin is not None and sys.stdin.isatty()
    async with outside_reader(settings) as stage.reader:
        with LiveView(console, "you" if wish.by_phone else "debtor", typed=typed) as view:
            if wish.typed:
                record = await _typed(settings, stage, wish, view, console)
            elif wish.by_phone:
                record = await _by_phone(settings, stage, view, console)
            else:
                record = await _simulated(settings, stage, wish, actor, view, console)
    return make_report(record, wish.folder / "reports", actor.said)


async def _simulated(
    settings: Settings, stage: Stage, wish: Wish, actor: Actor, view: LiveView, console: Console
) -> CallRecord:
    if not stage.person_on_hand:
        return await _held(settings, stage, wish, actor, view, console)
    prompter = open_prompter(settings, (stage.language,), SystemClock())
    try:
        clips = await debtor_clips(wish.debtor.person[stage.language], stage.language, prompter, LOWERED)
    finally:
        prompter.close()
    async with debtor(clips, wish.folder / "person", hangs_up=True) as address:
        return await _held(with_person(settings, address, stage.language), stage, wish, actor, view, console)


async def _held(
    settings: Settings, stage: Stage, wish: Wish, actor: Actor, view: LiveView, console: Console
) -> CallRecord:
    def watch(call_id: str, news: News) -> None:
        actor.watch(call_id, news)
        view.watch(call_id, news)

    async with running(
        settings,
        lambda store, clock, on_stop: sip_parts(settings, store, stage.scenario.languages, clock, on_stop),
        open_dialog=stage.open_dialog,
        errands=stage.errands,
        watch=watch,
    ) as bot:
        await render_ahead(bot.prompter, stage.scenario, (stage.language,), (CREDITOR[stage.language],), console)
        with debtors_prompter(settings, stage.language, bot.prompter) as prompter:
            clips = await _debtor_clips(stage, wish, prompter)
        async with debtor(clips, wish.folder / "debtor", actor=actor) as address:
            console.print(f"[dim]the bot at {_address(bot)} calls a debtor who {wish.debtor.summary}[/]")
            closed = await bot.desk.call(stage.request(address))
        return await _record(bot, closed)


async def _by_phone(settings: Settings, stage: Stage, view: LiveView, console: Console) -> CallRecord:
    ended: asyncio.Future[CallClosed] = asyncio.get_running_loop().create_future()

    def end(closed: CallClosed) -> None:
        if not ended.done():
            ended.set_result(closed)

    async with running(
        settings,
        lambda store, clock, on_stop: sip_parts(settings, store, stage.scenario.languages, clock, on_stop),
        open_dialog=stage.open_dialog,
        meet=stage.meet,
        errands=stage.errands,
        watch=view.watch,
        on_closed=end,
    ) as bot:
        await render_ahead(bot.prompter, stage.scenario, (stage.language,), (CREDITOR[stage.language],), console)
        console.print(f"Call [bold]sip:bot@{_address(bot)}[/] with a softphone on this machine. Ctrl-C gives up.")
        return await _record(bot, await ended)


async def _typed(settings: Settings, stage: Stage, wish: Wish, view: LiveView, console: Console) -> CallRecord:
    keyboard = Keyboard()
    placed: asyncio.Future[MemoryLine] = asyncio.get_running_loop().create_future()
    telephone = MemoryTelephone(1, on_dial=placed.set_result)

    def parts(store: Any, clock: Any, on_stop: Any) -> Parts:
        if not wish.spoken:
            return Parts(telephone, keyboard, SilentPrompter(), (), NoRecorder())
        prompter = open_prompter(settings, stage.scenario.languages, clock)
        recorder = StereoRecorder()
        on_stop.callback(prompter.close)
        on_stop.callback(recorder.stop)
        return Parts(telephone, keyboard, prompter, (recorder,), recorder)

    async with running(settings, parts, open_dialog=stage.open_dialog, errands=stage.errands, watch=view.watch) as bot:
        console.print("[dim]Type what the debtor says; an empty line is silence, the end of input hangs up.[/]")
        call = asyncio.create_task(bot.desk.call(stage.request("typed")))
        await type_through(telephone, await placed, keyboard, _reader(console), real_time=wish.spoken)
        return await _record(bot, await call)


def _reader(console: Console) -> Callable[[], Awaitable[str | None]]:
    async def read() -> str | None:
        if sys.stdin.isatty():
            console.print(f"[bold dark_orange]{'you':>8}[/] ▸ ", end="")
        try:
            return await lines.next()
        except asyncio.CancelledError:
            console.print()
            raise

    async def nobody() -> None:
        return None

    if sys.stdin is None:  # the shell's <&-
        return nobody
    lines = TypedLines(sys.stdin.fileno())
    return read


def _lines(stage: Stage, wish: Wish) -> tuple[str, ...]:
    """Return what the debtor says; of a recording its name is all that is known."""
    recorded = tuple(f"({path.name})" for path in wish.recordings)
    return recorded + spoken_lines(wish.debtor, stage.language, stage.now)[len(recorded) :]


async def _debtor_clips(stage: Stage, wish: Wish, prompter: Prompter) -> list[AudioClip]:
    clips = [await asyncio.to_thread(read_recording, path) for path in wish.recordings]
    return clips + await debtor_clips(_lines(stage, wish)[len(clips) :], stage.language, prompter)


async def _record(bot: Voicebot, closed: CallClosed) -> CallRecord:
    record = await bot.store.record(closed.call_id)
    if record is None:
        raise TelephonyError(f"call {closed.call_id} left no record")
    return record


def _address(bot: Voicebot) -> str:
    return ":".join(map(str, getattr(bot.telephone, "address", ())))
