"""The edge's configuration for Kamailio 5.6 and newer: three files, from settings."""

import string
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from math import ceil
from pathlib import Path

from telephony.edge.settings import EdgeSettings, check_path
from telephony.scanners import signatures

CONFIGURATION = "kamailio.cfg"
DISPATCHER_LIST = "dispatcher.list"
ADDRESS_LIST = "address.list"

MARK = "Written by `voicebot kamailio config`: it is written anew, so change the settings instead."

_RATE_UNIT_S = 2
"""Over which pike counts; its default."""
_MARGIN_S = 60
"""A call may be a little longer than its limit: the last words, the hang-up."""
_PEERS, _WORKERS, _TRUNKS = 1, 2, 3
"""Groups of the address list, as the template calls them."""


class _Template(string.Template):
    """Names stand as ``%{name}``, since the dollar sign is Kamailio's own."""

    delimiter = "%"


def configuration(edge: EdgeSettings, folder: Path) -> Mapping[str, str]:
    """Return the files by name.

    Args:
        edge: what it is to be.
        folder: absolute path of where they will lie; the main file names the others.

    Raises:
        SettingsError: the folder's path cannot stand in a configuration file.
    """
    check_path("config_dir", folder)
    return {
        CONFIGURATION: _main_file(edge, folder),
        DISPATCHER_LIST: _dispatcher_list(edge),
        ADDRESS_LIST: _address_list(edge),
    }


def _main_file(edge: EdgeSettings, folder: Path) -> str:
    tls = edge.tls
    options = {"WITH_TLS": tls, "WITH_TLS_CA": tls and tls.authorities, "WITH_NAT": edge.public_address}
    defined = [name for name, wanted in options.items() if wanted]
    announced = edge.public_address or edge.listen.host
    addresses = dict.fromkeys((str(edge.listen.host), str(announced), *edge.names))
    template = _Template(Path(__file__).with_name(CONFIGURATION).read_text("utf-8"))
    return template.substitute(
        mark=MARK,
        definitions="\n".join(f"#!define {name}" for name in defined),
        processes=edge.processes,
        memory_mb=edge.memory_mb,
        user=edge.user,
        listen="\n".join(_listen(edge)),
        outer_socket=f"udp:{edge.listen}",
        run_dir=edge.run_directory,
        failover_ms=edge.failover_ms,
        ring_ms=ceil(1000 * edge.ring_s),
        ring_s=ceil(edge.ring_s) + 1,
        longest_call_s=ceil(edge.longest_call_s) + _MARGIN_S,
        folder=folder,
        address_list=ADDRESS_LIST,
        dispatcher_list=DISPATCHER_LIST,
        rate_unit_s=_RATE_UNIT_S,
        rate_per_unit=_RATE_UNIT_S * edge.requests_per_s,
        announced=announced,
        probe_interval_s=edge.probe_interval_s,
        probes_lost=edge.probes_lost,
        retry_after_s=edge.retry_after_s,
        hosts=_any_of(addresses),
        scanners=_any_of(signatures()),
        tls_certificate=tls.certificate if tls else "",
        tls_key=tls.key if tls else "",
        tls_ca=(tls.authorities or "") if tls else "",
    )


def _listen(edge: EdgeSettings) -> Iterable[str]:
    """Return the sockets; workers are probed from the first, or from the inner one where there is NAT."""
    sockets = [("udp", edge.listen.port)] + ([("tls", edge.tls.port)] if edge.tls else [])
    for transport, port in sockets:
        advertised = f" advertise {edge.public_address}:{port}" if edge.public_address else ""
        yield f"listen={transport}:{edge.listen.host}:{port}{advertised}"
    if edge.inner != edge.listen:
        yield f"listen=udp:{edge.inner}"


def _dispatcher_list(edge: EdgeSettings) -> str:
    socket = f";socket=udp:{edge.inner}" if edge.inner != edge.listen else ""
    rows = (f"1 sip:{worker} 0 0 duid={str(worker).replace(':', '-')}{socket}\n" for worker in edge.workers)
    return f"# {MARK}\n# set, destination, flags, priority, attributes\n{''.join(rows)}"


def _address_list(edge: EdgeSettings) -> str:
    rows = [f"{_WORKERS} {worker.host} 32 {worker.port}\n" for worker in edge.workers]
    for group, networks in ((_PEERS, edge.peers), (_TRUNKS, edge.trunks)):
        rows += [f"{group} {_network(network)} 0\n" for network in networks]
    return (
        f"# {MARK}\n# group ({_PEERS} may call in, {_WORKERS} workers, {_TRUNKS} may be called), address, mask, port "
        f"(0: any)\n{''.join(rows)}"
    )


def _network(network: IPv4Network) -> str:
    return f"{network.network_address} {network.prefixlen}"


def _any_of(texts: Iterable[str]) -> str:
    """Return a POSIX extended regular expression for any of some texts of letters, digits and ``._-``."""
    return "|".join(text.replace(".", "[.]") for text in texts)
