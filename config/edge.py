"""The edge as the settings want it."""

import stat
from collections.abc import Iterator
from ipaddress import IPv4Address

from config.settings import Settings
from engine.errors import SettingsError
from telephony.edge.settings import EdgeSettings, Endpoint, Tls


def edge_settings(settings: Settings) -> EdgeSettings:
    """Map settings to the edge.

    Raises:
        SettingsError: they do not fit together; the message names them and the mend.
    """
    edge = settings.edge
    peers = edge.peers or settings.sip.inbound_peers
    return EdgeSettings(
        listen=Endpoint(IPv4Address(edge.bind_address), edge.port),
        workers=tuple(map(_endpoint, edge.workers)) or _own_workers(settings),
        peers=peers,
        trunks=edge.trunks or peers,
        public_address=IPv4Address(edge.public_address) if edge.public_address else None,
        inner_port=edge.inner_port,
        names=edge.names,
        requests_per_s=edge.requests_per_s,
        probe_interval_s=edge.probe_interval_s,
        failover_ms=edge.failover_ms,
        ring_s=settings.sip.ring_timeout_s,
        longest_call_s=settings.engine.max_call_s,
        retry_after_s=settings.sip.retry_after_s,
        processes=edge.processes,
        memory_mb=edge.memory_mb,
        user=edge.user,
        run_directory=edge.run_dir,
        tls=_tls(settings),
    )


def doubts(settings: Settings) -> Iterator[str]:
    """Say what is allowed and yet will hardly work, or is unsafe, with the mend."""
    edge = settings.edge
    if not edge.workers and not any(IPv4Address(edge.bind_address) in peer for peer in settings.sip.inbound_peers):
        yield f"the workers do not admit Kamailio: add {edge.bind_address}/32 to sip.inbound_peers"
    if not edge.workers and settings.sip.public_address:
        yield "sip.public_address is for workers without Kamailio: unset it, and set edge.public_address"
    if edge.tls_port and edge.tls_key and edge.tls_key.exists() and edge.tls_key.stat().st_mode & stat.S_IROTH:
        yield f"everybody can read the private key: chmod 0640 {edge.tls_key}, for the group of {edge.user}"


def _own_workers(settings: Settings) -> tuple[Endpoint, ...]:
    """Return where this engine's workers listen, spares included: on ports in a row."""
    sip = settings.sip
    if not sip.port:
        raise SettingsError("sip.port is 0, any free one: give it a number, or list the workers in edge.workers")
    seats = range(sip.workers + sip.spare)
    return tuple(Endpoint(IPv4Address(sip.bind_address), sip.port + seat) for seat in seats)


def _endpoint(text: str) -> Endpoint:
    host, _, port = text.rpartition(":")
    return Endpoint(IPv4Address(host), int(port))


def _tls(settings: Settings) -> Tls | None:
    edge = settings.edge
    if edge.tls_port is None or edge.tls_certificate is None or edge.tls_key is None:
        return None
    return Tls(edge.tls_port, edge.tls_certificate, edge.tls_key, edge.tls_authorities)
