"""What the edge is to be; every value is checked so that it can stand in a configuration file."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from engine.errors import SettingsError
from telephony.uris import HOST

_PATH = re.compile(r"/[\w./+-]*")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A UDP address, written ``192.0.2.11:5060``.

    Raises:
        SettingsError: the port cannot be one.
    """

    host: IPv4Address
    port: int

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65535:
            raise SettingsError(f"{self}: a port is 1 to 65535")

    def __str__(self) -> str:
        """Return ``host:port``."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Tls:
    """SIP over TLS, beside UDP.

    Args:
        port: TCP port; RFC 3261: 5061.
        certificate: PEM, with the chain.
        key: PEM; for the edge's user alone.
        authorities: PEM of those whose clients are let in; None asks clients for no certificate.

    Raises:
        SettingsError: a path has characters that it cannot have in a configuration file.
    """

    port: int
    certificate: Path
    key: Path
    authorities: Path | None = None

    def __post_init__(self) -> None:
        for name in ("certificate", "key", "authorities"):
            path = getattr(self, name)
            if path is not None:
                check_path(f"tls_{name}", path)


@dataclass(frozen=True, slots=True)
class EdgeSettings:
    """The edge.

    Args:
        listen: where the trunk reaches it.
        workers: media workers, as they announce themselves in Contact.
        peers: networks that may call in.
        trunks: networks that workers may call out to.
        public_address: written into SIP towards the trunk in place of the listening address, behind NAT.
        inner_port: with a public address, the UDP port towards the workers, who cannot reach that address.
        names: host names beside the addresses by which callers name us.
        requests_per_s: new requests a second from one source, beyond which it is throttled.
        probe_interval_s: seconds between two OPTIONS to each worker.
        probes_lost: unanswered or refused OPTIONS in a row that take a worker out of the rotation.
        failover_ms: wait for any answer to an INVITE before the next worker is asked.
        ring_s: wait for the answer of a call that rings.
        longest_call_s: after which a call that was never seen to end counts no more.
        retry_after_s: what a refused caller is told to wait.
        processes: that receive, for each socket.
        memory_mb: shared memory.
        user: that it runs as.
        run_directory: of the control socket.
        tls: None for UDP alone.

    Raises:
        SettingsError: a value cannot be used; the message names it and the mend.
    """

    listen: Endpoint
    workers: tuple[Endpoint, ...]
    peers: tuple[IPv4Network, ...]
    trunks: tuple[IPv4Network, ...]
    public_address: IPv4Address | None = None
    inner_port: int = 5062
    names: tuple[str, ...] = ()
    requests_per_s: int = 50
    probe_interval_s: int = 2
    probes_lost: int = 2
    failover_ms: int = 1000
    ring_s: float = 30.0
    longest_call_s: float = 600.0
    retry_after_s: int = 10
    processes: int = 4
    memory_mb: int = 64
    user: str = "kamailio"
    run_directory: Path = Path("/run/kamailio")
    tls: Tls | None = None

    def __post_init__(self) -> None:
        if not self.workers:
            raise SettingsError("edge.workers: name at least one, as address:port")
        if len(set(self.workers)) < len(self.workers):
            raise SettingsError("edge.workers: one is listed twice")
        if self.public_address is not None and self.inner == self.listen:
            raise SettingsError(f"edge.inner_port: {self.inner_port} is edge.port too; choose another")
        if self.listen in self.workers or (self.public_address is not None and self.inner in self.workers):
            raise SettingsError(
                f"edge: {self.listen} is a worker's address too; set sip.port (or edge.workers) to other ports, "
                f"such as sip.port = {self.listen.port + 10}"
            )
        if not self.peers:
            raise SettingsError("edge.peers: name the trunk's networks, or nobody can call in")
        for name in self.names:
            if not HOST.fullmatch(name):
                raise SettingsError(f"edge.names: {name!r} is no host name")
        if not _USER.fullmatch(self.user):
            raise SettingsError(f"edge.user: {self.user!r} is no user name")
        check_path("run_dir", self.run_directory)

    @property
    def inner(self) -> Endpoint:
        """Where workers reach it."""
        return Endpoint(self.listen.host, self.inner_port) if self.public_address is not None else self.listen


def check_path(name: str, path: Path) -> None:
    """Refuse a path that cannot stand in a configuration file.

    Raises:
        SettingsError: it is not absolute, or has other characters than letters, digits and ``._+-/``.
    """
    if not _PATH.fullmatch(str(path)):
        raise SettingsError(f"edge.{name}: {str(path)!r}: an absolute path of letters, digits and ._+- is needed")
