"""What a call needs and what of it is here: findings, each with the mend where something is missing.

Keys are stable, dotted and flat, so that monitoring can read them. A finding that fails stops calls; one that warns
costs a part: a language, some capacity. Nothing is changed by looking: no file, database or model is made.
"""

import contextlib
import errno
import importlib.metadata
import importlib.util
import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from config.findings import Finding, Report, Status
from config.sections import Sip, trunk_password_variable
from config.sections.databases import without_password
from config.settings import Settings
from engine.errors import ConfigurationError, ModelMissing, PackError, RasaError, StoreError, TelephonyError
from engine.speech import Language
from telephony.edge.files import kamailio_program

DISTRIBUTION = "collection-voicebot"
Check = Callable[[Settings], Iterator[Finding]]

_PINNED = re.compile(r"(?P<name>[\w.-]+)==(?P<version>[^;\s]+)\s*(?P<marker>;.*)?")
_DESCRIPTORS_A_CALL = 8
"""RTP and RTCP sockets, the recording's file, and as many again in retries and transfers."""
_DESCRIPTORS_BESIDE = 256


def examine(settings: Settings) -> Report:
    """Look at everything, without changing anything; takes about a second."""
    return Report(tuple(finding for key, check in _CHECKS.items() for finding in _findings(key, check, settings)))


def _findings(key: str, check: Check, settings: Settings) -> tuple[Finding, ...]:
    """Run one check; each imports what it looks at, so that a package that is missing is one finding among others."""
    try:
        return tuple(check(settings))
    except ImportError as error:
        return (Finding(f"{key}.import", None, Status.MISSING, f"{error}: make setup, or pip install {DISTRIBUTION}"),)


def settings_file(settings: Settings) -> Finding:
    """Tell which settings file is in force."""
    return Finding("settings.file", str(settings.source) if settings.source else "none: defaults and environment")


def _python(settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python.version", version)
    yield Finding("voicebot.version", importlib.metadata.version(DISTRIBUTION))


def _packages(settings: Settings) -> Iterator[Finding]:
    """Compare what is installed with what our own metadata pins."""
    for requirement in importlib.metadata.requires(DISTRIBUTION) or ():
        pin = _PINNED.match(requirement)
        if pin is None or pin["marker"]:
            continue  # extras, and the SIP library, which is looked at by itself
        yield _package(pin["name"], pin["version"])


def _package(name: str, wanted: str) -> Finding:
    key = f"package.{name.lower()}"
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(key, None, Status.MISSING, f"pip install {name}=={wanted}, or make setup in a checkout")
    if version != wanted:
        return Finding(key, version, Status.WARNING, f"tested with {wanted}: pip install {name}=={wanted}")
    return Finding(key, version)


def _sip_library(settings: Settings) -> Iterator[Finding]:
    from telephony.library import loaded_library
    from telephony.native.advisories import known_advisories

    try:
        library = loaded_library()
    except TelephonyError as error:
        yield Finding("sip.version", None, Status.MISSING, str(error))
        yield Finding("sip.channels", 0, Status.MISSING, "see sip.version")
        return
    yield Finding("sip.version", library.version)
    yield Finding("sip.origin", f"{library.origin}: {library.source}" if library.source else library.origin)
    yield Finding("sip.max_calls", library.max_calls)
    few = library.channels < settings.sip.channels_a_worker
    yield Finding(
        "sip.channels",
        library.channels,
        Status.MISSING if few else Status.OK,
        f"sip.channels asks for {settings.sip.channels_a_worker} a worker: lower it, raise sip.workers, or build the "
        "library for more calls: make native"
        if few
        else "",
    )
    known = known_advisories()
    exposed = known.open_in(library)
    yield Finding(
        "sip.advisories",
        ", ".join(one.id for one in exposed) or f"none open of {len(known.all)} known on {known.checked}",
        Status.WARNING if exposed else Status.OK,
        f"security fixes that {library.version} lacks: make native, or python -m telephony.native, builds a library "
        "that has them"
        if exposed
        else "",
    )


def _voice_activity(settings: Settings) -> Iterator[Finding]:
    from asr.silero_detector import SileroDetector

    try:
        SileroDetector()
    except ModelMissing as error:
        yield Finding("vad.model", None, Status.MISSING, str(error))
    else:
        yield Finding("vad.model", f"silero-vad {importlib.metadata.version('silero-vad')}")


def _recognisers(settings: Settings) -> Iterator[Finding]:
    from asr.catalogue import SERVER, advice, find_recognizer, prefers_server

    ready: dict[Language, list[str]] = {}
    advised: dict[Language, str] = {}
    for language in Language:
        wanted = settings.recognisers[language]
        remote = False
        try:
            remote = settings.asr.vosk_server_url is not None and prefers_server(language, wanted, settings.models_dir)
            found = find_recognizer(language, wanted, settings.models_dir)
        except ModelMissing as error:
            yield Finding(f"recogniser.{language}.preferred", None, Status.MISSING, f"asr.prefer.{language}: {error}")
            found = None
        ready[language] = [SERVER] * remote + ([found.model.name] if found else [])
        advised[language] = advice(f"{found.model.kind}:{found.model.name}", language) if found and not remote else ""
    for language in Language:
        if advised[language]:
            yield Finding(f"recogniser.{language}", ready[language][0], Status.WARNING, advised[language])
            continue
        mend = f"voicebot models list --language {language} names some; without one {language} is not understood"
        yield _speech("recogniser", language, ready, mend)


def _voices(settings: Settings) -> Iterator[Finding]:
    from tts.voices import available_voices

    listed = available_voices(settings.models_dir)
    ready = {
        language: [voice.name for voice in listed if voice.language is language and voice.ready]
        for language in Language
    }
    for language in Language:
        mend = "; ".join(voice.mend for voice in listed if voice.language is language)
        yield _speech("voice", language, ready, mend)


def _speech(kind: str, language: Language, ready: Mapping[Language, list[str]], mend: str) -> Finding:
    """Tell what a language is heard or spoken with: a language without is a warning, no language at all is a fault."""
    key = f"{kind}.{language}"
    if ready[language]:
        return Finding(key, ", ".join(ready[language]))
    return Finding(key, None, Status.WARNING if any(ready.values()) else Status.MISSING, mend)


def _programs(settings: Settings) -> Iterator[Finding]:
    from tts.programs import find_program

    for program, packages, costs in (
        ("espeak-ng", "espeak-ng", "without it Kazakh, and Russian where no better voice is there, cannot be spoken"),
        ("festival", "festival festvox-ru", "without it there is no Russian voice that the demo's recogniser reads"),
    ):
        path = find_program(program)
        mend = "" if path else f"sudo apt-get install {packages} ({costs})"
        yield Finding(f"program.{program}", path, Status.OK if path else Status.WARNING, mend)
    yield Finding("program.kamailio", kamailio_program())  # for more than one worker, and often on another host


def _torch(settings: Settings) -> Iterator[Finding]:
    """Torch is needed for training and graphics cards only, so that its absence is as it should be."""
    present = importlib.util.find_spec("torch") is not None
    yield Finding("torch.version", importlib.metadata.version("torch") if present else None)


def _rasa(settings: Settings) -> Iterator[Finding]:
    """Tell whether the Rasa server answers that the settings name; calls go on without it."""
    from dialogs.rasa.serving import look

    if settings.rasa.url is None:
        yield Finding("rasa.server", None)
        return
    token = settings.rasa.token
    try:
        seen = look(settings.rasa.url, token.get_secret_value() if token else None)
    except RasaError as error:
        yield Finding("rasa.server", None, Status.WARNING, str(error))
    else:
        yield Finding("rasa.server", f"{seen.model}, {seen.answer_ms:.0f} ms")


def _disk(settings: Settings) -> Iterator[Finding]:
    for name in ("data_dir", "recordings_dir"):
        folder: Path = getattr(settings.paths, name)
        there = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free_mb = shutil.disk_usage(there).free // 10**6
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            yield Finding(
                f"disk.{name}", str(folder), Status.MISSING, f"{there} cannot be written to: change paths.{name}"
            )
        else:
            yield Finding(f"disk.{name}", str(folder))
        full = free_mb < settings.store.min_free_mb
        yield Finding(
            f"disk.{name}.free_mb",
            free_mb,
            Status.MISSING if full else Status.OK,
            f"calls are refused below {settings.store.min_free_mb} MB (store.min_free_mb): make room" if full else "",
        )


def _database(settings: Settings) -> Iterator[Finding]:
    """Tell whether the database answers and how far its schema is; one that is not there yet is not made."""
    from sqlalchemy.exc import SQLAlchemyError

    from engine.store.connection import database_url
    from engine.store.migrations import current_revision, revisions

    try:
        url = database_url(settings.database_url)
        shown = url.render_as_string(hide_password=True)
        if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
            yield Finding("database.url", shown)
            yield Finding("database.schema", "none yet: made by the first start")
            return
        schema, known = current_revision(url), revisions()
    except ConfigurationError as error:
        named = settings.store.url
        yield Finding("database.url", named and without_password(named), Status.MISSING, str(error))
        return
    except (SQLAlchemyError, StoreError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield Finding("database.url", shown, Status.MISSING, f"{reason}: start the database, or change store.url")
        return
    yield Finding("database.url", shown)
    if schema is None or schema == known[-1]:
        yield Finding("database.schema", schema)
    elif schema in known:
        yield Finding("database.schema", schema, Status.WARNING, f"the next start brings it up to {known[-1]}")
    else:
        yield Finding("database.schema", schema, Status.MISSING, "made by a newer version: install that one")


def _packs(settings: Settings) -> Iterator[Finding]:
    """Tell what contacts are judged by beside what ships; where it is wrong none is analysed, and calls go on."""
    from config.packs import rulebook_in_force

    folder = settings.analytics.packs
    if folder is None:
        yield Finding("analytics.packs", None)
        return
    try:
        own = len(rulebook_in_force(settings).own)
    except PackError as error:
        mend = f"contacts are not analysed: {error}"
        yield Finding("analytics.packs", str(folder), Status.WARNING, mend)
    else:
        yield Finding("analytics.packs", f"{folder}: {own} of our own")


def _pages(settings: Settings) -> Iterator[Finding]:
    from config.web.examination import examine_pages

    yield from examine_pages(settings)


def _ports(settings: Settings) -> Iterator[Finding]:
    from telephony.fleet import shares
    from telephony.settings import FleetSettings, SipSettings

    sip = settings.sip
    together = SipSettings(
        sip_port=sip.port, rtp_port_min=sip.rtp_port_min, rtp_port_max=sip.rtp_port_max, channels=sip.channels
    )
    seats = shares(together, FleetSettings(sip.workers, sip.spare))
    for number, seat in enumerate(seats):
        fault = _bind(sip.bind_address, seat.sip_port)
        key = f"sip.address.{number}" if number else "sip.address"
        yield Finding(key, f"{sip.bind_address}:{seat.sip_port}", *_bind_mend(fault, sip))
    needed = (port for seat in seats for port in range(seat.rtp_port_min, seat.rtp_port_min + 8 * seat.channels))
    busy = sum(_bind(sip.bind_address, port) is not None for port in needed)
    yield Finding(
        "sip.rtp_ports_busy",
        busy,
        Status.WARNING if busy else Status.OK,
        f"other programs hold ports from {sip.rtp_port_min} on: change sip.rtp_port_min" if busy else "",
    )


def _bind_mend(fault: OSError | None, sip: Sip) -> tuple[Status, str]:
    if fault is None:
        return Status.OK, ""
    if fault.errno == errno.EADDRINUSE:
        return Status.WARNING, "in use, by a voicebot that runs or by another program: then change sip.port"
    return Status.MISSING, f"cannot be listened on ({fault.strerror}): change sip.bind_address or sip.port"


def _bind(address: str, port: int) -> OSError | None:
    """Return why a UDP port cannot be taken, None when it is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, port))
        except OSError as error:
            return error
    return None


def _descriptors(settings: Settings) -> Iterator[Finding]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = _DESCRIPTORS_BESIDE + _DESCRIPTORS_A_CALL * settings.sip.channels
    few = soft != resource.RLIM_INFINITY and soft < need
    yield Finding(
        "limit.open_files",
        soft,
        Status.WARNING if few else Status.OK,
        f"{settings.sip.channels} channels need {need}: ulimit -n {need}, or LimitNOFILE in the service" if few else "",
    )


def _trunks(settings: Settings) -> Iterator[Finding]:
    """Tell where each trunk is, and what it lacks; nothing is sent there."""
    from telephony.library import loaded_library

    tls = settings.sip.tls
    if tls.enabled:
        with contextlib.suppress(TelephonyError):  # told by sip.version
            wheel = loaded_library().origin == "wheel"
            mend = "the wheel's TLS is out of date: make native, or turn sip.tls.enabled off" if wheel else ""
            yield Finding("sip.tls.port", tls.port, Status.MISSING if wheel else Status.OK, mend)
        for name in ("certificate", "key", "authorities"):
            path: Path | None = getattr(tls, name)
            gone = path is not None and not os.access(path, os.R_OK)
            mend = f"cannot be read: put it there, or change sip.tls.{name}" if gone else ""
            yield Finding(f"sip.tls.{name}", str(path) if path else None, Status.MISSING if gone else Status.OK, mend)
    for trunk in settings.sip_trunks:
        host, port = trunk.hop
        try:
            address = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_DGRAM)[0][4][0]
        except OSError as error:
            mend = f"{host} cannot be resolved ({error.strerror}): correct it in [[trunks]]"
            yield Finding(f"trunk.{trunk.name}.address", None, Status.WARNING, mend)
        else:
            yield Finding(f"trunk.{trunk.name}.address", f"{address}:{port}" if port else str(address))
        if trunk.user:
            variable = trunk_password_variable(trunk.name)
            state = (Status.OK, "") if trunk.password else (Status.WARNING, f"set the environment variable {variable}")
            yield Finding(f"trunk.{trunk.name}.password", "set" if trunk.password else None, *state)


_CHECKS: dict[str, Check] = {
    "python": _python,
    "package": _packages,
    "sip": _sip_library,
    "vad": _voice_activity,
    "recogniser": _recognisers,
    "voice": _voices,
    "program": _programs,
    "torch": _torch,
    "rasa": _rasa,
    "disk": _disk,
    "database": _database,
    "analytics": _packs,
    "web": _pages,
    "ports": _ports,
    "trunk": _trunks,
    "limit": _descriptors,
}
