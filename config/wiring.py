"""The composition root: joins settings, ports and concrete parts into a running engine.

The only module that names concrete classes of several folders at once; commands get what they need from here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from asr.catalogue import load_recognizer
from asr.silero_detector import SileroDetector
from config.settings import Settings
from engine.activity import Thresholds
from engine.calls import CallClosed, CallRequest
from engine.clock import Clock, SystemClock
from engine.desk import CallDesk, Opening
from engine.dialling.permission import DialGate, DialRules
from engine.errors import ModelMissing
from engine.listening import Listener
from engine.ports import AudioSink, CallLine, CallRecorder, Dialog, Prompter, Recognizer, Synthesizer, Telephone
from engine.session import Hearer, News, Services
from engine.speech import Expect, Language
from engine.store.database import CallDatabase
from engine.turns import TurnLimits
from telephony.recorder import StereoRecorder
from telephony.recording import repair
from telephony.settings import Codec, SipSettings
from telephony.sip_telephone import SipTelephone
from tts.cache import PromptCache
from tts.prompter import PromptStudio
from tts.voices import load_synthesizers


@dataclass(frozen=True, slots=True)
class Voicebot:
    """A running engine."""

    settings: Settings
    telephone: Telephone
    desk: CallDesk
    store: CallDatabase
    prompter: Prompter


@dataclass(frozen=True, slots=True)
class Parts:
    """What differs between a call over SIP and one held by typing.

    Args:
        telephone: places and takes calls.
        hearer: ears.
        prompter: voice.
        sinks: of the telephone's audio.
        recorder: of calls.
    """

    telephone: Telephone
    hearer: Hearer
    prompter: Prompter
    sinks: tuple[AudioSink, ...]
    recorder: CallRecorder


def turn_limits(settings: Settings) -> TurnLimits:
    """Map settings to turn-taking, milliseconds to seconds."""
    turns = settings.turns
    return TurnLimits(
        silence_s={kind: getattr(turns.silence_ms, kind.value) / 1000 for kind in Expect},
        longest_silence_s=turns.max_silence_ms / 1000,
        complete_silence_s=turns.complete_silence_ms / 1000,
        barge_in_s=turns.barge_in_speech_ms / 1000,
        longest_turn_s=turns.longest_turn_s,
        longest_call_s=settings.engine.max_call_s,
    )


def sip_settings(settings: Settings) -> SipSettings:
    """Map settings to telephony."""
    sip = settings.sip
    return SipSettings(
        bind_address=sip.bind_address,
        sip_port=sip.port,
        public_sip_address=sip.public_address or "",
        public_rtp_address=sip.public_rtp_address or sip.public_address or "",
        rtp_port_min=sip.rtp_port_min,
        rtp_port_max=sip.rtp_port_max,
        channels=sip.channels,
        allowed_peers=tuple(str(network) for network in sip.inbound_peers),
        trunk_user=sip.username or "",
        trunk_password=sip.password.get_secret_value() if sip.password else "",
        codecs=tuple(Codec(codec) for codec in sip.codecs),
        answer_timeout_s=sip.ring_timeout_s,
        media_timeout_s=sip.rtp_timeout_s,
        session_expires_s=sip.session_timer_s,
        retry_after_s=sip.retry_after_s,
    )


def dial_rules(settings: Settings) -> DialRules:
    """Map settings to the rules on dialling."""
    dialling = settings.dialling
    return DialRules(
        trunk=dialling.trunk,
        prefixes=dialling.prefixes,
        weekday_hours=dialling.weekday_hours,
        weekend_hours=dialling.weekend_hours,
        holidays=frozenset(dialling.holidays),
        holiday_hours=dialling.holiday_hours,
        max_per_second=dialling.max_per_second,
        max_per_day=dialling.max_per_day,
        min_gap_s=dialling.min_gap_s,
    )


def find_recognizers(settings: Settings, languages: Iterable[Language]) -> Mapping[Language, Recognizer]:
    """Load the best recogniser of each language that has one."""
    found = {}
    for language in languages:
        try:
            found[language] = load_recognizer(language, settings.recognisers[language], settings.models_dir)
        except ModelMissing:
            continue
    return found


def open_prompter(settings: Settings, languages: Iterable[Language], clock: Clock) -> PromptStudio:
    """Load the voice of each language that has one.

    Raises:
        ModelMissing: none of them has a voice.
    """
    voices: dict[Language, tuple[Synthesizer, ...]] = {}
    missing = []
    for language in languages:
        try:
            voices[language] = load_synthesizers(language, settings.voices[language], settings.models_dir)
        except ModelMissing as error:
            missing.append(str(error))
    if not voices:
        raise ModelMissing("; ".join(missing))
    disk = PromptCache(settings.paths.prompts_dir, settings.tts.cache_mb * 2**20)
    return PromptStudio(voices, disk, clock=clock, threads=settings.tts.threads)


def open_store(settings: Settings) -> CallDatabase:
    """Open the call database, bringing its schema up to date.

    Raises:
        StoreError: it cannot be opened, or another engine has it.
    """
    return CallDatabase(
        settings.database_url,
        recordings=settings.paths.recordings_dir,
        min_free_bytes=settings.store.min_free_mb * 10**6,
    )


def sip_parts(
    settings: Settings, store: CallDatabase, languages: Iterable[Language], clock: Clock, on_stop: AsyncExitStack
) -> Parts:
    """Load everything that a spoken call over SIP needs.

    Raises:
        ModelMissing: voice activity detection or a voice is missing, or no language at all can be recognised.
    """
    languages = tuple(languages)
    recognizers = find_recognizers(settings, languages)
    if not recognizers:
        raise ModelMissing(f"no recogniser for {', '.join(languages)}; see `voicebot models list`")
    prompter = open_prompter(settings, languages, clock)
    on_stop.callback(prompter.close)
    recorder = StereoRecorder()
    on_stop.callback(recorder.stop)
    thresholds = Thresholds(begin=settings.turns.speech_begins, end=settings.turns.speech_ends)
    listener = Listener(SileroDetector(), recognizers, thresholds=thresholds, recognition_threads=settings.asr.threads)
    judging = asyncio.get_running_loop().create_task(listener.run(), name="listener")
    on_stop.push_async_callback(_cancel, judging)
    history = store.archive.dialled(clock.now() - timedelta(days=1))
    gate = DialGate(dial_rules(settings), clock, history)
    settings.paths.run_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    telephone = SipTelephone(sip_settings(settings), gate, settings.paths.run_dir)
    return Parts(telephone, listener, prompter, (recorder, listener), recorder)


@asynccontextmanager
async def running(
    settings: Settings,
    parts: Callable[[CallDatabase, Clock, AsyncExitStack], Parts],
    *,
    open_dialog: Callable[[CallRequest], Dialog],
    meet: Callable[[CallLine], Opening | None] = lambda line: None,
    watch: Callable[[str, News], None] = lambda call_id, news: None,
    on_closed: Callable[[CallClosed], None] = lambda closed: None,
) -> AsyncIterator[Voicebot]:
    """Run an engine while the context is open.

    Args:
        settings: of everything.
        parts: makes the parts, given the store, the clock and a stack to put their ends on.
        open_dialog: makes the dialog of an outbound call.
        meet: makes the dialog of an inbound call, or None to refuse it.
        watch: is told what happens in live calls.
        on_closed: is told of every call that has ended.

    Raises:
        VoicebotError: something that the engine needs is missing or broken.
    """
    clock = SystemClock()
    async with AsyncExitStack() as on_stop:
        store = open_store(settings)
        on_stop.callback(store.close)
        await store.close_interrupted(_repaired_s)
        made = parts(store, clock, on_stop)
        services = Services(made.hearer, made.prompter, store, clock, limits=turn_limits(settings), watch=watch)
        desk = CallDesk(
            made.telephone,
            made.recorder,
            services,
            recordings=settings.paths.recordings_dir,
            open_dialog=open_dialog,
            meet=meet,
            on_closed=on_closed,
        )
        await made.telephone.start(desk.receive, made.sinks)
        on_stop.push_async_callback(made.telephone.stop)
        yield Voicebot(settings, made.telephone, desk, store, made.prompter)


def _repaired_s(recording: Path) -> float | None:
    return repair(recording).duration_s if recording.exists() else None


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
