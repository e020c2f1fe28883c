"""Kamailio in front of the media workers."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from config.sections.base import Address, Folder, HostPort, Listed, Names, Network, Section


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
