"""The composition root: joins settings, ports and concrete parts into a running engine.

The only module that names concrete classes of several folders at once; commands get what they need from here.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import chain

from asr.catalogue import advice, recognizers_here
from asr.silero_detector import SileroDetector
from config.errands import HttpErrands
from config.privacy import keys_given
from config.recognising import load
from config.recovery import recover
from config.sealer import Sealer
from config.sections import Tls
from config.settings import Settings
from dialogs.reader import Reader
from engine.calls import CallClosed, CallRequest
from engine.clock import Clock, SystemClock
from engine.desk import CallDesk, Meet, refuse
from engine.dialling.permission import DialGate
from engine.errors import ModelMissing
from engine.fax import FaxDetector
from engine.hearing import Hearer
from engine.listening import Listener
from engine.ports import AudioSink, CallRecorder, Dialog, Errands, Prompter, Recognizer, Synthesizer, Telephone
from engine.services import News, Services
from engine.speech import Language
from engine.store.database import CallDatabase
from telephony.recorder import StereoRecorder
from telephony.settings import Codec, FleetSettings, SessionTimers, SipSettings, TlsSettings, WorkerSettings
from telephony.sip_telephone import SipTelephone
from tts.cache import PromptCache
from tts.prompter import PromptStudio
from tts.voices import load_synthesizers

_log = logging.getLogger(__name__)

PARTIAL_S = 0.8
"""Seconds of new speech between two partial readings of a recogniser that reads anew each time."""

_WAITING = 12
"""Threads for recognisers that wait more than they compute: 130 calls ask for 30 readings a second of up to 0.1 s."""

_SETTLE_S = 15.0
"""For the records of calls that the telephone's end cut off; more than the store's patience with a slow disk."""


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
        allowed_peers=tuple(dict.fromkeys(map(str, chain(sip.inbound_peers, *(one.peers for one in settings.trunks))))),
        caller_id=sip.caller_id,
        display_name=sip.display_name,
        trunks=settings.sip_trunks,
        tls=_tls_settings(sip.tls),
        codecs=tuple(Codec(codec) for codec in sip.codecs),
        answer_timeout_s=sip.ring_timeout_s,
        media_timeout_s=sip.rtp_timeout_s,
        hold_timeout_s=sip.hold_timeout_s,
        latch=sip.latch,
        session_timers=SessionTimers(sip.session_timers),
        session_expires_s=sip.session_timer_s,
        retry_after_s=sip.retry_after_s,
        overflow_to=settings.inbound.overflow_to or "",
    )


def _tls_settings(tls: Tls) -> TlsSettings | None:
    if not tls.enabled:
        return None
    verified = tls.verify_peers or tls.require_certificate
    return TlsSettings(
        port=tls.port,
        certificate=str(tls.certificate or ""),
        key=str(tls.key or ""),
        authorities=str(tls.authorities) if verified else "",
        verify_peers=tls.verify_peers,
        require_certificate=tls.require_certificate,
    )


def worker_settings(settings: Settings) -> WorkerSettings:
    """Map settings to the media worker's supervision."""
    return WorkerSettings(engine_silence_s=settings.engine.heartbeat_timeout_s)


def fleet_settings(settings: Settings) -> FleetSettings:
    """Map settings to the number of media workers."""
    return FleetSettings(settings.sip.workers, settings.sip.spare)


def find_recognizers(settings: Settings, languages: Iterable[Language]) -> Mapping[Language, Recognizer]:
    """Load the best recogniser of each language that has one, and log which, and what it is not good for.

    Where one that is here cannot be loaded, a warning says why, and the next in the language's order is taken.

    Raises:
        ConfigurationError: a model's files changed since they were first loaded.
    """
    found = {}
    languages = tuple(languages)
    for language in languages:
        try:
            found[language] = _first_that_loads(settings, language, languages)
        except ModelMissing as error:
            _log.warning("no recogniser for %s: %s", language, error)
            continue
        name = found[language].name
        words = "; ".join(filter(None, (name, advice(name, language))))
        _log.info("%s is understood by %s", language.name.title(), words)
    return found


def _first_that_loads(settings: Settings, language: Language, beside: tuple[Language, ...]) -> Recognizer:
    for name in recognizers_here(language, settings.recognisers[language], settings.models_dir):
        try:
            return load(settings, language, (name,), partial_s=PARTIAL_S, beside=beside)
        except ModelMissing as error:
            _log.warning("%s is passed over for %s: %s", name, language, error)
    raise ModelMissing("none of those that are here can be loaded")


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


@asynccontextmanager
async def outside_reader(settings: Settings) -> AsyncIterator[Reader | None]:
    """Keep a line to the Rasa server while the context is open; None where the settings name none."""
    if settings.rasa.url is None:
        yield None
        return
    from dialogs.rasa.client import RasaClient

    token = settings.rasa.token
    async with RasaClient(
        settings.rasa.url, token.get_secret_value() if token else None, settings.rasa.timeout_ms / 1000
    ) as client:
        yield client


def open_store(settings: Settings) -> CallDatabase:
    """Open the call database, bringing its schema up to date.

    Raises:
        StoreError: it cannot be opened, or another engine has it.
        SealBroken: it is sealed, and its key is not among `privacy.keys`.
    """
    return CallDatabase(
        settings.database_url,
        recordings=settings.paths.recordings_dir,
        keys=keys_given(settings),
        min_free_bytes=settings.store.min_free_mb * 10**6,
    )


def dial_gate(settings: Settings, store: CallDatabase, clock: Clock) -> DialGate:
    """Return the dialling rules, with the memory of what earlier runs dialled.

    Raises:
        StoreError: earlier dials cannot be read.
    """
    rules = settings.dial_rules
    return DialGate(rules, clock, store.archive.dialled(clock.now() - rules.memory))


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
    told = (settings.transfer.language,) if settings.transfer.plan else ()
    prompter = open_prompter(settings, dict.fromkeys((*languages, *told)), clock)
    gate = dial_gate(settings, store, clock)
    telephone = SipTelephone(
        sip_settings(settings), gate, settings.paths.run_dir, worker_settings(settings), fleet_settings(settings)
    )
    return spoken_parts(settings, telephone, recognizers, prompter, on_stop)


def spoken_parts(
    settings: Settings,
    telephone: Telephone,
    recognizers: Mapping[Language, Recognizer],
    prompter: PromptStudio,
    on_stop: AsyncExitStack,
) -> Parts:
    """Join a telephone to ears, a voice and a recorder, on the event loop that they are to run on.

    Raises:
        ModelMissing: voice activity detection is missing.
    """
    on_stop.callback(prompter.close)
    recorder = StereoRecorder()
    on_stop.callback(recorder.stop)
    listener = Listener(
        SileroDetector(),
        recognizers,
        thresholds=settings.turns.thresholds,
        recognition_threads=settings.asr.threads + _WAITING * any(one.waits for one in recognizers.values()),
    )
    judging = asyncio.get_running_loop().create_task(listener.run(), name="listener")
    on_stop.push_async_callback(_cancel, judging)
    return Parts(telephone, listener, prompter, (recorder, listener), recorder)


@asynccontextmanager
async def running(
    settings: Settings,
    parts: Callable[[CallDatabase, Clock, AsyncExitStack], Parts],
    *,
    open_dialog: Callable[[CallRequest], Dialog],
    meet: Meet = refuse,
    errands: Errands | None = None,
    watch: Callable[[str, News], None] = lambda call_id, news: None,
    on_closed: Callable[[CallClosed], None] = lambda closed: None,
) -> AsyncIterator[Voicebot]:
    """Run an engine while the context is open.

    Args:
        settings: of everything.
        parts: makes the parts, given the store, the clock and a stack to put their ends on.
        open_dialog: makes the dialog of an outbound call.
        meet: makes the dialog of an inbound call, or None to refuse it.
        errands: asks other systems for the dialogs; by default those that the settings allow.
        watch: is told what happens in live calls.
        on_closed: is told of every call that has ended.

    Raises:
        VoicebotError: something that the engine needs is missing or broken.
    """
    clock = SystemClock()
    async with AsyncExitStack() as on_stop:
        store = open_store(settings)
        on_stop.callback(store.close)
        sealer = _sealer(settings, store, on_stop)
        on_stop.push_async_callback(_cancel, await recover(settings.paths.run_dir, store, sealer))
        made = parts(store, clock, on_stop)
        fax = FaxDetector()
        services = Services(
            made.hearer,
            made.prompter,
            store,
            clock,
            limits=settings.turn_limits,
            transfer=settings.transfer.plan,
            fax=fax,
            errands=errands or HttpErrands(settings.actions.allow),
            watch=watch,
        )
        desk = CallDesk(
            made.telephone,
            made.recorder,
            services,
            recordings=settings.paths.recordings_dir,
            open_dialog=open_dialog,
            meet=meet,
            on_closed=lambda closed: _ended(closed, sealer, on_closed),
        )
        on_stop.push_async_callback(desk.settle, _SETTLE_S)
        await made.telephone.start(desk.receive, (*made.sinks, fax))
        on_stop.push_async_callback(made.telephone.stop)
        yield Voicebot(settings, made.telephone, desk, store, made.prompter)


def _sealer(settings: Settings, store: CallDatabase, on_stop: AsyncExitStack) -> Sealer | None:
    """Return who seals recordings, None where there are no keys."""
    if (keys := keys_given(settings)) is None:
        return None
    sealer = Sealer(keys, store.archive, settings.paths.recordings_dir)
    on_stop.push_async_callback(asyncio.to_thread, sealer.stop)
    return sealer


def _ended(closed: CallClosed, sealer: Sealer | None, on_closed: Callable[[CallClosed], None]) -> None:
    if sealer is not None:
        sealer.ended(closed.call_id)
    on_closed(closed)


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
