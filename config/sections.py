"""The sections of the settings file: every field with its unit, its limits, its default and the reason for it."""

import os
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from engine.activity import Thresholds
from engine.dialling.permission import CallingHours, DialRules
from engine.dialling.sip_uri import parse_sip_uri
from engine.errors import SettingsError
from engine.handover import Acceptance, Colleague, TransferPlan, Way
from engine.speech import Expect, Language
from engine.turns import TurnLimits
from telephony.settings import MAX_WORKERS
from telephony.trunks import KeyTones, Srtp, Transport, Trunk

_MOST_CHANNELS = 511
"""Of one worker: one less than the calls for which the native build of the SIP library is made."""
_HOURS = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")
_EXTENSION = re.compile(r"[0-9]{2,15}")


def _hours(value: Any) -> Any:
    """Read ``09:00-21:00``."""
    if not isinstance(value, str):
        return value
    match = _HOURS.fullmatch(value)
    if match is None:
        raise ValueError('write hours as "HH:MM-HH:MM", such as "09:00-21:00"')
    try:
        return CallingHours(time.fromisoformat(match[1]), time.fromisoformat(match[2]))
    except SettingsError as error:
        raise ValueError(str(error)) from error


def _listed(value: Any) -> Any:
    """Read a list from one string, as environment variables give it: ``77,79``."""
    return [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else value


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _environment_path(variable: str, otherwise: str) -> Path:
    """Return a base directory of the XDG specification, from its variable or its standard place."""
    return Path(os.environ.get(variable) or Path.home() / otherwise)


Folder = Annotated[Path, AfterValidator(_absolute)]
DayHours = Annotated[CallingHours | None, BeforeValidator(_hours), PlainSerializer(lambda hours: hours and str(hours))]
Network = Annotated[
    IPv4Network, PlainValidator(lambda value: IPv4Network(str(value))), PlainSerializer(str, return_type=str)
]
Address = Annotated[str, AfterValidator(lambda value: str(IPv4Address(value)))]
Digits = Annotated[str, Field(pattern=r"^[1-9]\d*$")]
Listed = BeforeValidator(_listed)
Names = Annotated[tuple[str, ...], Listed]
Secret = SecretStr | None


def _sip_address(text: str) -> str:
    parse_sip_uri(text)
    return text


SipAddress = Annotated[str, AfterValidator(_sip_address)]


def _colleague(value: Any) -> Colleague:
    """Read ``operators sip:operators@10.0.0.7 09:00-18:00``; a number may be the address, the hours may be missing."""
    if isinstance(value, Colleague):
        return value
    parts = str(value).split()
    if len(parts) not in (2, 3):
        raise ValueError('write "NAME ADDRESS" or "NAME ADDRESS HH:MM-HH:MM", such as "operators sip:100@10.0.0.7"')
    if not _EXTENSION.fullmatch(parts[1]):
        if not parts[1].startswith("sip:"):
            raise ValueError(
                'the address is a sip: URI, such as "sip:operators@10.0.0.7", or a number of 2 to 15 digits'
            )
        parse_sip_uri(parts[1])
    return Colleague(parts[0], parts[1], _hours(parts[2]) if len(parts) == 3 else None)


def _colleague_text(one: Colleague) -> str:
    return " ".join(map(str, filter(None, (one.name, one.address, one.hours))))


Target = Annotated[Colleague, PlainValidator(_colleague), PlainSerializer(_colleague_text, return_type=str)]


def _endpoint(value: Any) -> str:
    """Check ``192.0.2.11:5060``."""
    host, colon, port = str(value).rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError('write address and port, such as "192.0.2.11:5060"')
    return f"{IPv4Address(host)}:{int(port)}"


HostPort = Annotated[str, PlainValidator(_endpoint)]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write it as Asia/Almaty") from None
    return name


Zone = Annotated[str, AfterValidator(_zone)]
"""An IANA time zone."""


class Section(BaseModel):
    """What all sections share: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Paths(Section):
    """Where files live. ``~`` is the home directory; a relative path counts from the working directory."""

    data_dir: Folder = Field(
        default_factory=lambda: _environment_path("XDG_DATA_HOME", ".local/share") / "voicebot",
        description="What must survive: the database, and by default everything below. XDG base directory.",
        examples=["/var/lib/voicebot"],
    )
    models_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "models",
        description="Recognition models and voices; by default `models` in data_dir.",
        examples=["/var/lib/voicebot/models"],
    )
    recordings_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "recordings",
        description="Stereo recordings of calls, personal data; by default `recordings` in data_dir.",
        examples=["/var/lib/voicebot/recordings"],
    )
    run_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "run",
        description="Sockets and rings of the running processes, mode 0700; by default `run` in data_dir.",
        examples=["/var/lib/voicebot/run"],
    )
    prompts_dir: Folder = Field(
        default_factory=lambda given: given["data_dir"] / "prompts",
        description="The prompt cache: may be deleted at any time; by default `prompts` in data_dir.",
        examples=["/var/lib/voicebot/prompts"],
    )


class Tls(Section):
    """SIP over TLS 1.2 or later, beside UDP; needs a native build of the SIP library. Files are PEM."""

    enabled: bool = Field(False, description='Listen for TLS. Trunks with transport = "tls" need it.')
    port: int = Field(5061, ge=0, le=65535, description="TCP port for SIP over TLS; 0 takes any free one. RFC 3261.")
    certificate: Folder | None = Field(
        None, description="Our certificate with its chain.", examples=["/etc/voicebot/sip.crt"]
    )
    key: Folder | None = Field(None, description="Its private key.", examples=["/etc/voicebot/sip.key"])
    authorities: Folder = Field(
        Path("/etc/ssl/certs/ca-certificates.crt"), description="Certificate authorities whom we believe."
    )
    verify_peers: bool = Field(
        True, description="Refuse servers whose certificate no authority signed, or that is not for the trunk's host."
    )
    require_certificate: bool = Field(False, description="Ask whoever connects to us for a certificate as well.")


class Sip(Section):
    """SIP and RTP. As delivered, the bot listens on loopback and takes calls from loopback alone."""

    bind_address: Address = Field(
        "127.0.0.1", description="IPv4 address of this machine to listen on. Loopback until set."
    )
    port: int = Field(
        5060,
        ge=0,
        le=65535,
        description="UDP port for SIP (RFC 3261: 5060); each further worker takes the next one. 0 takes any free ones.",
    )
    public_address: Address | None = Field(
        None, description="Address to announce in SIP behind NAT; unset: bind_address.", examples=["203.0.113.10"]
    )
    public_rtp_address: Address | None = Field(
        None, description="Address to announce for RTP behind NAT; unset: public_address.", examples=["203.0.113.11"]
    )
    rtp_port_min: int = Field(16000, ge=1024, le=65534, description="First port for RTP and RTCP, even (RFC 3550).")
    rtp_port_max: int = Field(
        17999,
        ge=1025,
        le=65535,
        description="Last port for RTP and RTCP; 8 ports a channel, so that retries find one. Each worker, the spare "
        "too, has an equal part of them.",
    )
    channels: int = Field(
        3,
        ge=1,
        le=MAX_WORKERS * _MOST_CHANNELS,
        description="Calls at once, shared evenly by the workers, rounded up. Each holds one less than the library: "
        "the pjsua2-python wheel holds 4.",
    )
    workers: int = Field(
        1, ge=1, le=MAX_WORKERS, description="Media worker processes; where one dies, its own calls alone are lost."
    )
    spare: bool = Field(
        False,
        description="Keep one more worker up that takes no calls until another ends, so that nobody waits for the "
        "start of the next. Workers can be renewed without loss then (SIGHUP).",
    )
    codecs: Annotated[tuple[Literal["PCMA", "PCMU"], ...], Listed] = Field(
        ("PCMA", "PCMU"), min_length=1, description="In order of preference. A-law first: Kazakhstan and Russia use it."
    )
    inbound_peers: Annotated[tuple[Network, ...], Listed] = Field(
        (IPv4Network("127.0.0.0/8"),), description="Networks (CIDR) that may call in; all others are rejected."
    )
    caller_id: str = Field("voicebot", description="Our number, the user part of From, where a trunk has none.")
    display_name: str = Field("", description="Our name in From, where a trunk has none; empty for none.")
    session_timers: Literal["off", "optional", "required", "always"] = Field(
        "optional", description="Refresh of calls, so that a lost BYE leaves none up for ever (RFC 4028)."
    )
    session_timer_s: int = Field(
        1800, ge=90, le=86400, description="Seconds between refreshes; RFC 4028 recommends 1800, and no less than 90."
    )
    rtp_timeout_s: float = Field(20.0, gt=0, description="Seconds without RTP, hold excepted, after which we hang up.")
    latch: bool = Field(False, description="RTP may come from elsewhere than SDP says, once latched to (NAT).")
    ring_timeout_s: float = Field(30.0, gt=0, description="Seconds to let a callee's telephone ring.")
    retry_after_s: int = Field(10, ge=1, description="Retry-After, in seconds, of the 503 over capacity (RFC 3261).")
    tls: Tls = Field(default_factory=Tls, description="SIP over TLS.")

    @model_validator(mode="after")
    def _consistent(self) -> "Sip":
        if self.rtp_port_min % 2:
            raise ValueError("rtp_port_min must be even: RTP takes even ports, RTCP the next odd ones")
        if self.channels_a_worker > _MOST_CHANNELS:
            raise ValueError(
                f"{self.channels} channels are more than {self.workers} workers can hold, {_MOST_CHANNELS} each: "
                f"set workers to {-(-self.channels // _MOST_CHANNELS)} or more"
            )
        seats = self.workers + self.spare
        if self.port > 65536 - seats:
            raise ValueError(f"{seats} workers need as many SIP ports: set port to {65536 - seats} or less")
        room, need = self.rtp_port_max - self.rtp_port_min + 1, 8 * self.channels_a_worker * seats
        if room < need:
            raise ValueError(
                f"{room} RTP ports from rtp_port_min to rtp_port_max are too few for {self.channels} channels"
                f"{f' of {seats} workers' if seats > 1 else ''}: "
                f"set rtp_port_max to {self.rtp_port_min + need - 1} or more"
            )
        return self

    @property
    def channels_a_worker(self) -> int:
        """Calls that each worker holds."""
        return -(-self.channels // self.workers)

    @property
    def alone(self) -> "Sip":
        """The same with one worker and its share of the channels, for whoever places a single call."""
        return self.model_copy(update={"workers": 1, "spare": False, "channels": self.channels_a_worker})


class Edge(Section):
    """Kamailio in front of more than one media worker: `voicebot kamailio config` writes its files from this."""

    bind_address: Address = Field("127.0.0.1", description="IPv4 address on which the trunk reaches Kamailio.")
    port: int = Field(5060, ge=1, le=65535, description="Its UDP port; the workers need others on the same address.")
    public_address: Address | None = Field(
        None, description="Address to announce to the trunk behind NAT; unset: bind_address.", examples=["203.0.113.10"]
    )
    inner_port: int = Field(
        5062, ge=1, le=65535, description="Where public_address is set: UDP port towards the workers, beside the other."
    )
    names: Names = Field((), description="Host names by which callers may name us, beside the addresses.")
    workers: Annotated[tuple[HostPort, ...], Listed] = Field(
        (),
        description="Media workers as address:port, as they announce themselves, spares too. Empty: those of "
        "sip.bind_address, from sip.port on.",
    )
    peers: Annotated[tuple[Network, ...], Listed] = Field(
        (),
        description="Networks (CIDR) that may call in. Empty: sip.inbound_peers. The workers themselves have to admit "
        "Kamailio alone then, by their sip.inbound_peers.",
    )
    trunks: Annotated[tuple[Network, ...], Listed] = Field(
        (),
        description="Networks (CIDR) that workers may call out to through Kamailio (INVITE and OPTIONS; they register "
        "with a trunk directly). Empty: the peers.",
    )
    requests_per_s: int = Field(
        50,
        ge=1,
        le=10000,
        description="New requests a second from one source, beyond which it is throttled (pike; between this and "
        "three times as many): a stranger gets no answer, a peer's call gets 503.",
    )
    probe_interval_s: int = Field(
        2, ge=1, le=60, description="Seconds between two OPTIONS to each worker; two that fail take it out."
    )
    failover_ms: int = Field(
        1000,
        ge=200,
        le=10000,
        description="Milliseconds to wait for any answer to an INVITE before the next worker is asked; SIP repeats "
        "after 500.",
    )
    processes: int = Field(4, ge=1, le=64, description="Processes that receive, for each socket.")
    memory_mb: int = Field(
        64, ge=16, le=4096, description="Shared memory in MB; Debian's default, for thousands of calls."
    )
    user: str = Field("kamailio", description="User that it runs as; Debian's package makes this one.")
    config_dir: Folder = Field(Path("/etc/kamailio"), description="Where its files are to lie; --output wins.")
    run_dir: Folder = Field(Path("/run/kamailio"), description="Of its control socket, which kamcmd talks to.")
    tls_port: int | None = Field(
        None, ge=1, le=65535, description="TCP port for SIP over TLS beside UDP; unset: none.", examples=[5061]
    )
    tls_certificate: Folder | None = Field(
        None, description="Its certificate with chain, PEM.", examples=["/etc/kamailio/tls/edge.pem"]
    )
    tls_key: Folder | None = Field(
        None, description="Its private key, PEM, readable for its user alone.", examples=["/etc/kamailio/tls/edge.key"]
    )
    tls_authorities: Folder | None = Field(
        None,
        description="Who may have signed a caller's certificate, PEM; unset: callers need none.",
        examples=["/etc/kamailio/tls/trunk-ca.pem"],
    )

    @model_validator(mode="after")
    def _whole(self) -> "Edge":
        if self.tls_port is not None and (self.tls_certificate is None or self.tls_key is None):
            raise ValueError("with tls_port set, set tls_certificate and tls_key too")
        return self


class Dialling(Section):
    """Whom the bot may call. Until trunks, prefixes, hours and rates are all set it dials nothing but loopback."""

    prefixes: Annotated[tuple[Digits, ...], Listed] = Field(
        (), description='Numbers that may be dialled, by E.164 prefix: ["77", "79"].'
    )
    weekday_hours: DayHours = Field(
        None,
        description="Calling hours at the callee, Monday to Friday. Unset: no calls on these days.",
        examples=["09:00-21:00"],
    )
    weekend_hours: DayHours = Field(
        None, description="The same on Saturday and Sunday. Unset: no calls on these days.", examples=["10:00-18:00"]
    )
    holidays: Annotated[tuple[date, ...], Listed] = Field(
        (), description="Days on which holiday_hours hold, such as 2026-12-16."
    )
    holiday_hours: DayHours = Field(
        None, description="Calling hours on holidays. Unset: no calls.", examples=["10:00-18:00"]
    )
    max_per_second: float | None = Field(None, gt=0, description="Dials a second, at most.", examples=[2.0])
    max_per_day: int | None = Field(None, ge=1, description="Dials a day, at most, over all numbers.", examples=[40000])
    min_gap_s: float = Field(
        86400.0, ge=0, description="Seconds between two dials to one number. A day: the strictest daily cap we know of."
    )

    @model_validator(mode="after")
    def _valid(self) -> "Dialling":
        try:
            self.rules(trunks=False)
        except SettingsError as error:
            raise ValueError(str(error).removeprefix("dialling.")) from error
        return self

    def rules(self, *, trunks: bool) -> DialRules:
        """Return the same as the engine's rules, given whether there is any trunk."""
        return DialRules(
            **{name: getattr(self, name) for name in type(self).model_fields} | {"holidays": frozenset(self.holidays)},
            trunks=trunks,
        )


class InboundLine(Section):
    """A number of ours that people call, and what meets them there."""

    number: str = Field(
        pattern=r"^(\*|\+?[0-9]{2,15})$",
        description='As it is dialled, digits with or without a plus; "*" is every number that no other line names.',
        examples=["77272500000"],
    )
    creditor: str = Field(
        min_length=1, max_length=200, description="The bank's name as it is spoken.", examples=["Example Bank"]
    )
    scenario: str = Field("soft_collection", description="What callers are handed over to: a name, or a path.")
    language: Language | None = Field(
        None,
        description="To greet in while the debtor's own is not known; unset: the scenario's first.",
        examples=["ru"],
    )
    texts: Path | None = Field(
        None, description="Reception's texts, a YAML file; unset: ours.", examples=["/etc/voicebot/reception.yaml"]
    )
    time_zone: Zone = Field("Asia/Almaty", description="IANA time zone of the hours below.")
    weekday_hours: DayHours = Field(
        None,
        description="When callers are met, Monday to Friday; without any hours at any time.",
        examples=["08:00-20:00"],
    )
    weekend_hours: DayHours = Field(None, description="The same on Saturday and Sunday.", examples=["10:00-18:00"])
    closed_days: Annotated[tuple[date, ...], Listed] = Field(
        (), description="Days on which nobody is met, such as 2026-12-16."
    )
    unknown: Literal["answer", "refuse"] = Field(
        "answer",
        description="Callers whom nobody knows: answer, and end with a person or with words that say so; or refuse the "
        "call (480) where the directory answers before we do.",
    )
    closed: Literal["announce", "refuse"] = Field(
        "announce", description="Out of hours: answer and say so, or refuse the call (480)."
    )

    def open_at(self, moment: datetime) -> bool:
        """Whether callers are met at a moment, which carries a time zone."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        if local.date() in self.closed_days:
            return False
        if not (self.weekday_hours or self.weekend_hours):
            return True
        hours = self.weekend_hours if local.weekday() >= 5 else self.weekday_hours
        return hours is not None and local.time() in hours


class Inbound(Section):
    """Callers: where their accounts are looked up, and what meets them."""

    directory_url: str | None = Field(
        None,
        description="Where the bank's system tells a caller's accounts: {number} stands for the digits. It answers "
        "with JSON as in an accounts file, [] or 404 for an unknown number. https, or http on loopback.",
        examples=["https://accounts.bank.example/by-phone/{number}"],
    )
    directory_token: Secret = Field(None, description="Bearer token for it. From the environment alone.")
    directory_timeout_s: float = Field(8.0, gt=0, le=30, description="Seconds after which it counts as failed.")
    overflow_to: SipAddress | None = Field(
        None,
        description="Where callers go when no channel is free (302); unset: 503 with sip.retry_after_s.",
        examples=["sip:operators@10.0.0.7"],
    )
    lines: tuple[InboundLine, ...] = Field(
        (), description="Without any, `voicebot serve` has one line for all numbers."
    )

    @model_validator(mode="after")
    def _consistent(self) -> "Inbound":
        numbers = [line.number.lstrip("+") for line in self.lines]
        twice = next((number for number in numbers if numbers.count(number) > 1), None)
        if twice is not None:
            raise ValueError(f"number {twice} has two lines; each has one")
        url = urlsplit(self.directory_url or "")
        if self.directory_url and not (
            url.scheme == "https" or (url.scheme == "http" and url.hostname in ("127.0.0.1", "localhost"))
        ):
            raise ValueError("directory_url must begin with https:// (http:// only on 127.0.0.1): it carries numbers")
        if self.directory_url and self.directory_url.count("{number}") != 1:
            raise ValueError("directory_url must hold {number} once")
        return self


class TrunkTable(Section):
    """A trunk; write one table [[trunks]] for each. Numbers go to the trunk of the lowest priority that can take them.

    Its password comes from the environment variable VOICEBOT_TRUNK_NAME_PASSWORD, in capitals and with _ for -.
    """

    name: str = Field(description="Ours for it, in logs and refusals.", examples=["main"])
    host: str = Field(description="Host name or IPv4 address.", examples=["sbc.bank.example"])
    port: int = Field(0, ge=0, le=65535, description="0 stands for 5060, or 5061 over TLS.")
    number_format: str = Field(
        "{number}", description='User part to dial; {number} stands for the E.164 digits, such as "+{number}".'
    )
    priority: int = Field(10, ge=0, description="Lower ones are tried first; among equals the one with the most room.")
    transport: Transport = Field(Transport.UDP, description="udp, or tls (with sip.tls).")
    srtp: Srtp = Field(Srtp.OFF, description="Encrypted media, with keys from SDP: off, optional or required.")
    srtp_in_clear: bool = Field(False, description="Admit SRTP over UDP, where everyone on the way reads its keys.")
    outbound_proxy: str = Field("", description="host or host:port to send everything to instead of host.")
    registration: bool = Field(False, description="Whether to register there.")
    registrar: str = Field("", description="Domain to register at; empty: the host. It is sent where calls go.")
    expires_s: int = Field(300, ge=60, le=86400, description="Seconds that a registration is asked for.")
    user: str = Field("", description="User for digest authentication, and to register.")
    realm: str = Field("*", description="The only realm in which we answer a challenge; * for any.")
    caller_ids: Names = Field((), description="Our numbers, taken in turn; none: sip.caller_id.")
    display_name: str = Field("", description="Our name in From; empty: sip.display_name.")
    from_domain: str = Field("", description="Host part of From; empty: our own address.")
    asserted_identity: bool = Field(False, description="Also send the number in P-Asserted-Identity (RFC 3325).")
    anonymous: bool = Field(False, description="Hide the number in From, and send it asserted only (RFC 3323).")
    channels: int | None = Field(None, ge=1, description="Calls at once, both ways, at most.", examples=[30])
    max_per_second: float | None = Field(None, gt=0, description="Dials a second, at most.", examples=[2.0])
    prefixes: Annotated[tuple[Digits, ...], Listed] = Field((), description="E.164 prefixes it takes; none: all.")
    probe_s: float = Field(30.0, ge=0, description="Seconds between OPTIONS that ask if it is there; 0 for none.")
    latch: bool = Field(False, description="RTP may come from elsewhere than SDP says, once latched to (NAT).")
    peers: Annotated[tuple[Network, ...], Listed] = Field(
        (), description="Networks whose inbound calls are this trunk's; they may call in."
    )
    refer: bool = Field(True, description="Whether it takes REFER; otherwise transfers are bridged.")
    key_tones: KeyTones = Field(KeyTones.AUTO, description="Keys that we press: auto, rfc4733 or info.")

    _password: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _valid(self) -> "TrunkTable":
        name = trunk_password_variable(self.name)
        secret = next((value for key, value in os.environ.items() if key.upper() == name), "")
        self._password = secret
        try:
            self.trunk()
        except SettingsError as error:
            raise ValueError(str(error)) from error
        return self

    def trunk(self) -> Trunk:
        """Return the same as telephony takes it, with its password.

        Raises:
            SettingsError: a value cannot be used.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        values["peers"] = tuple(str(network) for network in self.peers)
        return Trunk(**values, password=self._password)


def trunk_password_variable(name: str) -> str:
    """Return the environment variable with the password of a trunk."""
    return f"VOICEBOT_TRUNK_{name.upper().replace('-', '_')}_PASSWORD"


class Engine(Section):
    """The call session and the processes around it."""

    heartbeat_timeout_s: float = Field(
        3.0,
        ge=1.5,
        description="Seconds without a sign of life of the engine after which the worker ends its calls.",
    )
    max_call_s: float = Field(
        600.0, gt=0, description="Longest call with the bot in seconds; it is ended then, unless a person has taken it."
    )
    drain_s: float = Field(
        120.0, ge=0, description="Seconds that live calls get to end after SIGTERM; keep below TimeoutStopSec."
    )


class Transfer(Section):
    """Handing callers over to people. Nobody but the targets is ever called, or referred to, for it."""

    targets: Annotated[tuple[Target, ...], Listed] = Field(
        (),
        description="Who takes callers, tried in this order: name, sip: address or a number that a trunk takes, and, "
        'where they are not always there, hours. ["operators sip:operators@10.0.0.7 09:00-18:00", "night-desk 1099"]. '
        "Empty: callers who want a person hear what the scenario says where nobody is on hand. Bridged, each takes a "
        "channel of its own.",
    )
    mode: Literal["auto", "refer", "bridge"] = Field(
        "auto",
        description="refer asks the trunk to connect them (SIP REFER); bridge calls the person ourselves and joins "
        "both calls, recorded to the end; auto tries the first, and the second where a trunk refuses it.",
    )
    ring_s: float = Field(25.0, gt=0, le=120, description="Seconds that each of them may ring.")
    accept: Literal["key", "answer"] = Field(
        "key",
        description="How a bridged call is taken: by pressing 1, so that no mailbox or queue gets a caller and what is "
        "told about the debt, or by answering alone.",
    )
    accept_s: float = Field(20.0, ge=2, le=120, description="Seconds that the key is waited for.")
    briefing: bool = Field(
        True, description="Tell whoever takes a bridged call who is on the line, what is owed and what was said."
    )
    language: Language = Field(Language.RUSSIAN, description="Of that: ru, kk or en.")
    time_zone: Zone = Field("Asia/Almaty", description="Of the hours, as an IANA name.")

    @property
    def plan(self) -> TransferPlan | None:
        """The same as the engine takes it; None where there is nobody."""
        plan = TransferPlan(
            self.targets,
            way=Way(self.mode),
            ring_s=self.ring_s,
            acceptance=Acceptance(self.accept),
            accept_s=self.accept_s,
            briefing=self.briefing,
            language=self.language,
            time_zone=self.time_zone,
        )
        return plan if self.targets else None


class SilenceMs(Section):
    """Milliseconds of silence that end the caller's turn, by the kind of answer that the dialog waits for."""

    yes_no: int = Field(300, ge=100, description="Yes or no.")
    name: int = Field(500, ge=100, description="A name.")
    date: int = Field(900, ge=100, description="A date.")
    sum: int = Field(900, ge=100, description="A sum of money.")
    promise: int = Field(900, ge=100, description="A date, a sum or both.")
    digits: int = Field(1500, ge=100, description="Digits one by one: people pause between groups.")
    free: int = Field(900, ge=100, description="Anything else.")


class Turns(Section):
    """Turn-taking: when the caller has finished, and when the caller interrupts."""

    silence_ms: SilenceMs = Field(default_factory=SilenceMs, description="Silence that ends a turn, by expected kind.")
    max_silence_ms: int = Field(2500, ge=100, description="No kind waits longer than this, in milliseconds.")
    complete_silence_ms: int = Field(
        300, ge=100, description="Milliseconds of silence that end a turn whose words are a whole answer already."
    )
    unfinished_silence_ms: int = Field(
        800, ge=100, description="Milliseconds of silence that end a turn after words that call for more, at least."
    )
    longest_turn_s: float = Field(30.0, gt=0, description="Seconds after which a caller's turn is cut and answered.")
    barge_in_speech_ms: int = Field(
        240, ge=20, description="Milliseconds of speech over the bot that count as an interruption; a cough is shorter."
    )
    speech_begins: float = Field(0.5, gt=0, lt=1, description="Speech begins where its probability rises above this.")
    speech_ends: float = Field(0.35, gt=0, lt=1, description="Speech ends where its probability falls below this.")

    @model_validator(mode="after")
    def _consistent(self) -> "Turns":
        if self.speech_ends > self.speech_begins:
            raise ValueError("speech_ends must not be above speech_begins")
        for kind, silence in self.silence_by_kind.items():
            if silence > self.max_silence_ms:
                raise ValueError(f"silence_ms.{kind} is {silence}, more than max_silence_ms ({self.max_silence_ms})")
        return self

    @property
    def silence_by_kind(self) -> Mapping[Expect, int]:
        """Milliseconds by expected kind."""
        return {kind: getattr(self.silence_ms, kind.value) for kind in Expect}

    @property
    def thresholds(self) -> Thresholds:
        """The probabilities of speech as the engine takes them."""
        return Thresholds(begin=self.speech_begins, end=self.speech_ends)

    def limits(self, longest_call_s: float) -> TurnLimits:
        """Return the times of turn-taking as the engine takes them."""
        return TurnLimits(
            silence_s={kind: silence / 1000 for kind, silence in self.silence_by_kind.items()},
            longest_silence_s=self.max_silence_ms / 1000,
            complete_silence_s=self.complete_silence_ms / 1000,
            unfinished_silence_s=self.unfinished_silence_ms / 1000,
            barge_in_s=self.barge_in_speech_ms / 1000,
            longest_turn_s=self.longest_turn_s,
            digits_s=self.silence_ms.digits / 1000,
            longest_call_s=longest_call_s,
        )


class ByLanguage(Section):
    """Names in order of preference, by language; the first that is installed is used. Empty: any that is found."""

    ru: Names = Field((), description="Russian.")
    kk: Names = Field((), description="Kazakh.")
    en: Names = Field((), description="English.")

    @property
    def by_language(self) -> Mapping[Language, tuple[str, ...]]:
        """The same as a mapping."""
        return {language: getattr(self, language.value) for language in Language}


class Asr(Section):
    """Speech recognition."""

    prefer: ByLanguage = Field(
        default_factory=ByLanguage, description="Recognisers by language; `voicebot models list` names them."
    )
    vosk_server_url: str | None = Field(
        None,
        pattern=r"^wss?://",
        description="A remote vosk-server, ws:// or wss://. It understands one language: the one whose preferences "
        "name `vosk-server`.",
        examples=["wss://vosk.bank.example:2700"],
    )
    vosk_server_rate_hz: Literal[8000, 16000] = Field(
        8000, description="Samples a second to send to it; 16000 where its model does not raise the telephone's 8000."
    )
    vosk_server_token: Secret = Field(None, description="Bearer token for it. From the environment alone.")
    threads: int = Field(2, ge=1, le=256, description="Threads that recognise; one per core that you can spare.")


class Tts(Section):
    """Speech synthesis and its cache."""

    prefer: ByLanguage = Field(
        default_factory=ByLanguage, description="Voices by language; `voicebot models list` names them."
    )
    cache_mb: int = Field(512, ge=1, description="Size limit of the prompt cache on disk, in MB; the oldest go first.")
    threads: int = Field(1, ge=1, le=64, description="Threads that synthesise; each holds its own voice in memory.")


class Store(Section):
    """The database."""

    url: str | None = Field(
        None,
        repr=False,
        description="Database URL without its password; unset is SQLite in data_dir.",
        examples=["postgresql+psycopg://voicebot@db.bank.example/voicebot"],
    )
    password: Secret = Field(None, description="Password of the database. From the environment alone.")
    min_free_mb: int = Field(500, ge=0, description="Free disk space in MB below which new calls are refused.")

    @property
    def password_in_url(self) -> bool:
        """Whether the URL itself carries a password."""
        return self.url is not None and urlsplit(self.url).password is not None

    @property
    def url_without_password(self) -> str | None:
        """The URL as it may be shown."""
        if self.url is None:
            return None
        parts = urlsplit(self.url)
        user, at, host = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + host))


class Log(Section):
    """What is written to stderr: ids and figures, never names, telephone numbers or what was said."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is written.")
    format: Literal["text", "json"] = Field("text", description="Lines for people, or one JSON object a line.")
