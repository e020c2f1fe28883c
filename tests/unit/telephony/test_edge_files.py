"""The edge's files: what is in them, what can never get into them, and how they get to their place."""

import re
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from engine.errors import SettingsError, TelephonyError
from telephony.edge.files import Change, changes, check, kamailio_program, write
from telephony.edge.kamailio import configuration
from telephony.edge.settings import EdgeSettings, Endpoint, Tls
from telephony.scanners import signatures

FOLDER = Path("/etc/kamailio")
TLS = Tls(5061, Path("/etc/tls/edge.pem"), Path("/etc/tls/edge.key"), Path("/etc/tls/ca.pem"))


def endpoint(text: str) -> Endpoint:
    host, port = text.split(":")
    return Endpoint(IPv4Address(host), int(port))


def edge(**changes: Any) -> EdgeSettings:
    values: dict[str, Any] = {
        "listen": endpoint("192.0.2.10:5060"),
        "workers": (endpoint("192.0.2.11:5060"), endpoint("192.0.2.12:5061")),
        "peers": (IPv4Network("198.51.100.0/28"),),
        "trunks": (IPv4Network("198.51.100.1/32"),),
    }
    return EdgeSettings(**values | changes)


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_the_lists_name_workers_peers_and_trunks() -> None:
    """Each worker by address and port, with an id of its own; peers and trunks on any port."""
    files = configuration(edge(), FOLDER)
    assert rows(files["dispatcher.list"]) == [
        "1 sip:192.0.2.11:5060 0 0 duid=192.0.2.11-5060",
        "1 sip:192.0.2.12:5061 0 0 duid=192.0.2.12-5061",
    ]
    assert rows(files["address.list"]) == [
        "2 192.0.2.11 32 5060",
        "2 192.0.2.12 32 5061",
        "1 198.51.100.0 28 0",
        "3 198.51.100.1 32 0",
    ]


def test_the_main_file_says_what_was_set() -> None:
    """Sockets, names, times, places and the scanners of the shared list."""
    text = configuration(
        edge(public_address=IPv4Address("203.0.113.7"), names=("bot.bank.example",), failover_ms=700, tls=TLS), FOLDER
    )["kamailio.cfg"]
    assert text.startswith("#!KAMAILIO\n")
    assert re.findall("^listen=.*", text, re.M) == [
        "listen=udp:192.0.2.10:5060 advertise 203.0.113.7:5060",
        "listen=tls:192.0.2.10:5061 advertise 203.0.113.7:5061",
        "listen=udp:192.0.2.10:5062",
    ]
    assert '"^(192[.]0[.]2[.]10|203[.]0[.]113[.]7|bot[.]bank[.]example)$"' in text
    assert 'modparam("tm", "fr_timer", 700)' in text
    assert 'modparam("dispatcher", "list_file", "/etc/kamailio/dispatcher.list")' in text
    assert "#!define WITH_TLS_CA" in text
    assert all(signature.replace(".", "[.]") in text for signature in signatures())
    assert "%{" not in text


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"workers": ()}, "edge.workers"),
        ({"workers": (endpoint("192.0.2.11:5060"),) * 2}, "twice"),
        ({"workers": (endpoint("192.0.2.10:5060"),)}, "sip.port = 5070"),
        ({"public_address": IPv4Address("203.0.113.7"), "inner_port": 5060}, "edge.inner_port"),
        ({"peers": ()}, "edge.peers"),
        ({"names": ('x"); exec("y',)}, "edge.names"),
        ({"names": ("a.example\nloadmodule",)}, "edge.names"),
        ({"user": 'root"\n'}, "edge.user"),
        ({"run_directory": Path('/run/"x')}, "edge.run_dir"),
        ({"run_directory": Path("run")}, "edge.run_dir"),
    ],
)
def test_what_cannot_work_or_would_escape_its_quotes_is_refused(wrong: dict[str, Any], word: str) -> None:
    """The message names the setting."""
    with pytest.raises(SettingsError, match=re.escape(word)):
        edge(**wrong)


@pytest.mark.parametrize("path", ['/tls/a".pem', "/tls/a\nb.pem", "tls/a.pem", "/tls/a b.pem", "/tls/%{user}"])
def test_a_path_cannot_carry_anything_else(path: str) -> None:
    """Neither a certificate's nor the folder's."""
    with pytest.raises(SettingsError, match=r"edge\.tls_key"):
        Tls(5061, Path("/a.pem"), Path(path))
    with pytest.raises(SettingsError, match=r"edge\.config_dir"):
        configuration(edge(), Path(path))


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_port_is_a_port(port: int) -> None:
    """From 1 to 65535."""
    with pytest.raises(SettingsError, match="1 to 65535"):
        Endpoint(IPv4Address("192.0.2.1"), port)


def test_files_are_written_once_and_told_apart(tmp_path: Path) -> None:
    """A second time nothing changes; what did change is replaced; nothing else is left in the folder."""
    files = configuration(edge(), tmp_path)
    assert set(changes(files, tmp_path).values()) == {Change.NEW}
    write(files, tmp_path)
    assert set(write(files, tmp_path).values()) == {Change.SAME}
    done = write(configuration(edge(workers=(endpoint("192.0.2.11:5060"),)), tmp_path), tmp_path)
    assert done == {"kamailio.cfg": Change.SAME, "dispatcher.list": Change.CHANGED, "address.list": Change.CHANGED}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o644}


def test_somebody_elses_file_stays(tmp_path: Path) -> None:
    """Nothing at all is written then, unless force is asked for."""
    (tmp_path / "dispatcher.list").write_text("1 sip:192.0.2.99:5060\n")
    files = configuration(edge(), tmp_path)
    with pytest.raises(SettingsError, match=r"dispatcher\.list was not written by this command"):
        write(files, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["dispatcher.list"]
    assert write(files, tmp_path, force=True)["dispatcher.list"] is Change.CHANGED


@pytest.mark.skipif(kamailio_program() is None, reason="apt-get install kamailio")
@pytest.mark.parametrize("more", [{}, {"tls": TLS}, {"public_address": IPv4Address("203.0.113.7")}])
def test_kamailio_takes_it_and_says_where_it_does_not(more: dict[str, Any]) -> None:
    """With TLS and without; and a fault is reported in its own words."""
    files = dict(configuration(edge(**more), FOLDER))
    assert check(files) == "config file ok, exiting..."
    files["kamailio.cfg"] += "\nroute[X] { no_such_function(); }\n"
    with pytest.raises(TelephonyError, match="no_such_function"):
        check(files)
