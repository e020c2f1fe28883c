"""What engine and media worker tell each other over the control channel: one JSON object a packet.

The worker connects and says `Hello`; the engine answers `Setup`; the worker binds its ports and says `Ready` or
`Failed`. From then on both send a `Beat` every half second. Times are stream seconds.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from engine.calls import EndCause
from engine.errors import TelephonyError
from telephony.settings import Codec, SessionTimers, SipSettings, TlsSettings
from telephony.trunks import KeyTones, Srtp, Transport, Trunk

VERSION = 6
"""Raised with every change of messages or rings; two processes of different versions refuse each other."""

MAX_PACKET_BYTES = 65536


class Message:
    """Base of all messages."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """Worker → engine, first of all."""

    version: int
    pid: int


@dataclass(frozen=True, slots=True)
class Setup(Message):
    """Engine → worker: everything it needs to know."""

    version: int
    rings: str
    apology: str
    engine_silence_s: float
    heartbeat_s: float
    settings: SipSettings


@dataclass(frozen=True, slots=True)
class Ready(Message):
    """Worker → engine: SIP is up on this address; the TLS port is 0 without TLS."""

    host: str
    port: int
    channels: int
    tls_port: int


@dataclass(frozen=True, slots=True)
class Failed(Message):
    """Worker → engine: it cannot start, and ends."""

    reason: str


@dataclass(frozen=True, slots=True)
class Beat(Message):
    """Either way: a sign of life."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to place a call.

    Args:
        trunk: its name; empty for a URI that is dialled directly.
        uri: plain SIP URI to call.
        caller_id: our number; empty for the one of the settings.
    """

    trunk: str
    uri: str
    caller_id: str = ""


@dataclass(frozen=True, slots=True)
class Dial(Message):
    """Engine → worker: place a call and let it ring so long; answered by `Dialled` or `DialFailed`.

    The routes are tried in order while each fails before anything rings: a `RouteFailed` for each that did, and a
    `Rerouted` where there is a next one.
    """

    call_id: str
    routes: tuple[Route, ...]
    ring_s: float


@dataclass(frozen=True, slots=True)
class NextHop(Message):
    """Engine → worker: where to send what is for a trunk: an address, or over TLS the name that its certificate has."""

    trunk: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Answer(Message):
    """Engine → worker: answer an inbound call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class HangUp(Message):
    """Engine → worker: end or refuse a call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Refer(Message):
    """Engine → worker: refer the far end to another URI; answered by `Referred`, until that is final."""

    call_id: str
    uri: str


@dataclass(frozen=True, slots=True)
class Join(Message):
    """Engine → worker: each of two calls hears the other, wherever the engine has nothing queued for it."""

    call_id: str
    other: str


@dataclass(frozen=True, slots=True)
class Part(Message):
    """Engine → worker: a call and the one that it is joined to hear each other no more."""

    call_id: str


@dataclass(frozen=True, slots=True)
class SendDigits(Message):
    """Engine → worker: press keys in an answered call; answered by `DigitsSent`."""

    call_id: str
    digits: str


@dataclass(frozen=True, slots=True)
class Release(Message):
    """Engine → worker: the ring slot of an ended call was read to its end."""

    slot: int
    epoch: int


@dataclass(frozen=True, slots=True)
class TakeCalls(Message):
    """Engine → worker: take calls from outside, or answer every further INVITE with 503.

    A worker that has just come up takes none. What the engine dials it dials either way. Answered by `Taking`.
    """

    taking: bool


@dataclass(frozen=True, slots=True)
class Taking(Message):
    """Worker → engine: from now on calls are taken, or no more; every `Inbound` of before has been sent."""

    taking: bool


@dataclass(frozen=True, slots=True)
class Attend(Message):
    """Engine → worker: register at these trunks, by name, and probe them, and no others from now on."""

    trunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop(Message):
    """Engine → worker: hang up everything and end."""


@dataclass(frozen=True, slots=True)
class Inbound(Message):
    """Worker → engine: someone calls, and was let in; ``called`` was dialled; ``trunk`` may be empty."""

    call_id: str
    slot: int
    epoch: int
    remote: str
    called: str
    trunk: str


@dataclass(frozen=True, slots=True)
class Dialled(Message):
    """Worker → engine: the INVITE is on its way."""

    call_id: str
    slot: int
    epoch: int


@dataclass(frozen=True, slots=True)
class RouteFailed(Message):
    """Worker → engine: a trunk did not take a call before anything rang; ``silent`` if nothing came back at all."""

    call_id: str
    trunk: str
    silent: bool
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Rerouted(Message):
    """Worker → engine: the call goes through this trunk now."""

    call_id: str
    trunk: str


@dataclass(frozen=True, slots=True)
class TrunkState(Message):
    """Worker → engine: what registration and probes say of a trunk, at each change.

    Args:
        name: of the trunk.
        usable: whether calls may be sent there.
        registered: whether the registration holds.
        status: of the last response, 408 when none came, 503 when none could.
        reason: for people.
    """

    name: str
    usable: bool
    registered: bool
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class DialFailed(Message):
    """Worker → engine: nothing was sent; ``full`` when no channel is free."""

    call_id: str
    full: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Rang(Message):
    """Worker → engine."""

    call_id: str
    early_media: bool


@dataclass(frozen=True, slots=True)
class Up(Message):
    """Worker → engine: answered, and acknowledged."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Hold(Message):
    """Worker → engine: the far end holds us, or no longer."""

    call_id: str
    held: bool
    at_s: float


@dataclass(frozen=True, slots=True)
class Digit(Message):
    """Worker → engine: a key."""

    call_id: str
    digit: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Referred(Message):
    """Worker → engine: how a `Refer` goes. Below 200 the far end has accepted it and tries; the rest is final.

    A final status that comes first is the answer to the REFER itself, a later one that of the address referred to.
    """

    call_id: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class DigitsSent(Message):
    """Worker → engine: the answer to `SendDigits`; a reason where they could not be sent."""

    call_id: str
    sent: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Ended(Message):
    """Worker → engine: the call is over; its last tick is in the rings.

    ``foreign_packets`` came from elsewhere than the far end and were dropped.
    """

    call_id: str
    cause: EndCause
    status: int
    reason: str
    foreign_packets: int


KINDS: tuple[type[Message], ...] = (
    *(Hello, Setup, Ready, Failed, Beat),
    *(NextHop, Attend, TakeCalls, Dial, Answer, HangUp, Refer, Join, Part, SendDigits, Release, Stop),
    *(Taking, TrunkState, Inbound, Dialled, DialFailed, RouteFailed, Rerouted),
    *(Rang, Up, Hold, Digit, DigitsSent, Referred, Ended),
)
_BY_NAME = {kind.__name__: kind for kind in KINDS}


def encode(message: Message) -> bytes:
    """Return the packet of a message.

    Raises:
        TelephonyError: it is too long to arrive whole.
    """
    fields = {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}  # type: ignore[arg-type]
    packet = json.dumps({"is": type(message).__name__, **fields}, default=dataclasses.asdict).encode()
    if len(packet) > MAX_PACKET_BYTES:
        name = type(message).__name__
        raise TelephonyError(f"{name} has {len(packet)} bytes for the control channel, which takes {MAX_PACKET_BYTES}")
    return packet


def decode(packet: bytes) -> Message:
    """Return the message in a packet.

    Raises:
        TelephonyError: it is none of ours.
    """
    try:
        fields: dict[str, Any] = json.loads(packet)
        kind = _BY_NAME[fields.pop("is")]
        if kind is Setup:
            fields["settings"] = _settings(fields["settings"])
        elif kind is Ended:
            fields["cause"] = EndCause(fields["cause"])
        elif kind is Dial:
            fields["routes"] = tuple(Route(**route) for route in fields["routes"])
        elif kind is Attend:
            fields["trunks"] = tuple(fields["trunks"])
        return kind(**fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TelephonyError(f"a packet of {len(packet)} bytes on the control channel is no message") from error


def _settings(fields: dict[str, Any]) -> SipSettings:
    fields["allowed_peers"] = tuple(fields["allowed_peers"])
    fields["codecs"] = tuple(Codec(codec) for codec in fields["codecs"])
    fields["session_timers"] = SessionTimers(fields["session_timers"])
    fields["trunks"] = tuple(_trunk(trunk) for trunk in fields["trunks"])
    fields["tls"] = TlsSettings(**fields["tls"]) if fields["tls"] else None
    return SipSettings(**fields)


def _trunk(fields: dict[str, Any]) -> Trunk:
    for name, kind in (("transport", Transport), ("srtp", Srtp), ("key_tones", KeyTones)):
        fields[name] = kind(fields[name])
    for name in ("caller_ids", "prefixes", "peers"):
        fields[name] = tuple(fields[name])
    return Trunk(**fields)
