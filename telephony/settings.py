"""Settings of the telephony side, with their defaults, units and sources. The configuration file is mapped to these."""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import SettingsError, TelephonyError
from telephony.trunks import Transport, Trunk
from telephony.uris import DISPLAY_NAME, HOST, USER, parse_sip_uri

MAX_WORKERS = 16
"""Far more than one machine has cores for."""

SOUNDS = Path(__file__).parent / "sounds"


class Codec(StrEnum):
    """G.711 in both its laws; nothing else is offered or taken."""

    PCMA = "PCMA"
    PCMU = "PCMU"


class SessionTimers(StrEnum):
    """Whether a call is refreshed from time to time, so that a lost BYE does not leave it up for ever (RFC 4028)."""

    OFF = "off"
    OPTIONAL = "optional"
    """Used when the far end asks for it; the library's default."""
    REQUIRED = "required"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """SIP over TLS 1.2 or later. Files are PEM.

    Args:
        port: TCP port, 5061 by RFC 3261; 0 takes any free one.
        certificate: ours, with its chain; empty where we only call others and they ask for none.
        key: its private key.
        authorities: certificates of those whom we believe; empty: nobody.
        verify_peers: whether a server must show a certificate of theirs, with the name that we called it by.
        require_certificate: whether those who connect to us must show one too.
    """

    port: int = 5061
    certificate: str = ""
    key: str = ""
    authorities: str = ""
    verify_peers: bool = True
    require_certificate: bool = False

    def __post_init__(self) -> None:
        _check(0 <= self.port <= 65535, "tls.port", "0 (any) or a TCP port")
        _check(bool(self.certificate) == bool(self.key), "tls.certificate and tls.key", "set together")
        wanted = self.verify_peers or self.require_certificate
        _check(bool(self.authorities) or not wanted, "tls.authorities", "set where certificates are verified")
        for name in ("certificate", "key", "authorities"):
            value = getattr(self, name)
            _check(not value or Path(value).is_file(), f"tls.{name}", f"a file that is there, not {value}")


@dataclass(frozen=True, slots=True)
class SipSettings:
    """SIP and RTP.

    Args:
        bind_address: local IPv4 address for SIP and RTP. Loopback until someone decides otherwise.
        sip_port: UDP port for SIP, 5060 by RFC 3261; 0 takes any free one.
        public_sip_address: IPv4 address that is written into SIP, for a host behind NAT; empty: the bound one.
        public_rtp_address: the same for RTP.
        rtp_port_min: first UDP port for RTP, even.
        rtp_port_max: last one; at least 4 ports for each channel, since ports are freed late.
        channels: calls at once over all workers. A worker holds one less than the library's own limit (4 in the wheel),
            since the library answers an INVITE beyond its limit with 486 by itself, and we want it to be 503 with
            Retry-After.
        allowed_peers: networks that may call us, as CIDR; everyone else gets 403. Only this host until settings say so.
        caller_id: our number, the user part of From in outbound calls.
        display_name: our name in From; empty for none.
        from_domain: host part of From; empty: the public or bound address.
        trunks: through which numbers are dialled.
        tls: None for no TLS.
        codecs: in order of preference.
        answer_timeout_s: how long a call may ring, either way, before it ends as not answered (3GPP networks give up
            after 30 to 60 s).
        media_timeout_s: seconds without any RTP, comfort noise included, after which an answered call that is not on
            hold is hung up.
        hold_timeout_s: seconds after which a call that the far end holds is hung up all the same: one that has vanished
            would occupy its channel for ever.
        latch: whether a call's RTP may come from another address than its SDP says, for peers behind NAT: the first
            source within 5 s is taken, once. A native build of the library drops all else; the wheel believes all RTP.
        session_timers: see `SessionTimers`.
        session_expires_s: refresh interval, RFC 4028 recommends 1800 s.
        session_min_s: least interval accepted, at least 90 s by RFC 4028.
        retry_after_s: what a refused caller is told to wait.
        overflow_to: SIP URI that callers are sent to (302) when no channel is free; empty: they get 503.
        sent_loss_percent: RTP packets that are not sent on purpose, for measurements of what a bad line costs.

    Raises:
        SettingsError: a value cannot be used; the message names it and the mend.
    """

    bind_address: str = "127.0.0.1"
    sip_port: int = 5060
    public_sip_address: str = ""
    public_rtp_address: str = ""
    rtp_port_min: int = 10000
    rtp_port_max: int = 10199
    channels: int = 3
    allowed_peers: tuple[str, ...] = ("127.0.0.0/8",)
    caller_id: str = "voicebot"
    display_name: str = ""
    from_domain: str = ""
    trunks: tuple[Trunk, ...] = ()
    tls: TlsSettings | None = None
    codecs: tuple[Codec, ...] = (Codec.PCMA, Codec.PCMU)
    answer_timeout_s: float = 45.0
    media_timeout_s: float = 20.0
    hold_timeout_s: float = 300.0
    latch: bool = False
    session_timers: SessionTimers = SessionTimers.OPTIONAL
    session_expires_s: int = 1800
    session_min_s: int = 90
    retry_after_s: int = 10
    overflow_to: str = ""
    sent_loss_percent: int = 0

    def __post_init__(self) -> None:
        for name in ("bind_address", "public_sip_address", "public_rtp_address"):
            _check_address(name, getattr(self, name), optional=name != "bind_address")
        for network in self.allowed_peers:
            _check_network(network)
        _check(0 <= self.sip_port <= 65535, "sip_port", "0 (any) or a UDP port")
        _check(
            1024 <= self.rtp_port_min < self.rtp_port_max <= 65535 and self.rtp_port_min % 2 == 0,
            "rtp_port_min and rtp_port_max",
            "an even port from 1024 on and a larger one up to 65535",
        )
        ports = self.rtp_port_max - self.rtp_port_min + 1
        _check(
            ports >= 4 * self.channels, "rtp_port_max", f"at least {4 * self.channels} ports for {self.channels} calls"
        )
        _check(self.channels >= 1, "channels", "at least 1")
        _check(bool(USER.fullmatch(self.caller_id)), "caller_id", "digits, or the user part of a SIP URI")
        _check(bool(DISPLAY_NAME.fullmatch(self.display_name)), "display_name", "letters, digits, spaces and .,'-")
        _check(not self.from_domain or bool(HOST.fullmatch(self.from_domain)), "from_domain", "a host name")
        _check(bool(self.codecs), "codecs", "PCMA, PCMU or both")
        for name in ("answer_timeout_s", "media_timeout_s", "hold_timeout_s"):
            _check(getattr(self, name) > 0, name, "more than 0 s")
        _check(
            90 <= self.session_min_s <= self.session_expires_s,
            "session_min_s and session_expires_s",
            "at least 90 s, and the interval no shorter than the least one",
        )
        _check(self.retry_after_s >= 0, "retry_after_s", "0 s or more")
        _check(0 <= self.sent_loss_percent <= 100, "sent_loss_percent", "0 to 100")
        if self.overflow_to:
            _check_uri("overflow_to", self.overflow_to)
        names = [trunk.name for trunk in self.trunks]
        _check(len(names) == len(set(names)), "trunks", "each of a name of its own")
        secure = any(trunk.transport is Transport.TLS for trunk in self.trunks)
        _check(self.tls is not None or not secure, "tls", "set, since a trunk is reached over TLS")


@dataclass(frozen=True, slots=True)
class FleetSettings:
    """How many media workers share the channels.

    Args:
        workers: that take calls.
        spare: whether one more is kept up that takes none until one of the others is gone.

    Raises:
        SettingsError: a value cannot be used; the message names it and the mend.
    """

    workers: int = 1
    spare: bool = False

    def __post_init__(self) -> None:
        _check(1 <= self.workers <= MAX_WORKERS, "workers", f"1 to {MAX_WORKERS}")

    @property
    def seats(self) -> int:
        """How many workers are up, the spare one included."""
        return self.workers + self.spare


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """The media worker process and its supervision.

    Args:
        apology: what callers hear when the engine has died: a 16-bit mono WAV at 8 kHz, at most 8 s. The one we ship
            says in Russian, Kazakh and English that there was a fault and the call ends.
        engine_silence_s: seconds without a sign of life after which the worker takes the engine for dead.
        worker_silence_s: seconds without a sign of life after which the engine kills the worker and starts another.
        heartbeat_s: seconds between signs of life, either way.
        start_timeout_s: how long a worker may take until it is ready.
        restart_delay_s: wait before the first restart; doubled each time, until a worker stays up for 10 s.
        restart_delay_max_s: longest wait.
        tx_queue_frames: 20 ms frames kept queued at the bridge at least, so that an engine that is late by so much is
            not heard. A flush costs the same however many there are.
        ring_ticks: 20 ms ticks kept for each call; more than 3 s of silence and 8 s of apology take.
    """

    apology: Path = SOUNDS / "apology.wav"
    engine_silence_s: float = 3.0
    worker_silence_s: float = 5.0
    heartbeat_s: float = 0.5
    start_timeout_s: float = 15.0
    restart_delay_s: float = 0.25
    restart_delay_max_s: float = 10.0
    tx_queue_frames: int = 10
    ring_ticks: int = 800

    def __post_init__(self) -> None:
        for name in ("engine_silence_s", "worker_silence_s"):
            _check(getattr(self, name) >= 3 * self.heartbeat_s > 0, name, "at least three heartbeats")
        _check(3 <= self.tx_queue_frames <= 50, "tx_queue_frames", "3 to 50 frames")
        _check(self.ring_ticks >= 200, "ring_ticks", "at least 200 (4 s)")


def _check(good: bool, name: str, wanted: str) -> None:
    if not good:
        raise SettingsError(f"telephony setting {name}: must be {wanted}")


def _check_address(name: str, value: str, *, optional: bool) -> None:
    if optional and not value:
        return
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        raise SettingsError(f"telephony setting {name}: {value!r} is no IPv4 address") from None


def _check_uri(name: str, value: str) -> None:
    try:
        parse_sip_uri(value)
    except TelephonyError as error:
        raise SettingsError(f"telephony setting {name}: {error}") from None


def _check_network(value: str) -> None:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        raise SettingsError(f"telephony setting allowed_peers: {value!r} is no IPv4 network ({error})") from None
