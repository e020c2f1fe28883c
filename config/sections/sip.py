"""SIP, RTP and TLS of the media workers."""

from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from config.sections.base import Address, Folder, Listed, Network, Section
from telephony.settings import MAX_WORKERS

_MOST_CHANNELS = 511
"""Of one worker: one less than the calls for which the native build of the SIP library is made."""


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
    hold_timeout_s: float = Field(300.0, gt=0, description="Seconds on hold by the far end after which we hang up.")
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
