"""The edge from settings, and the command that writes it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from config import cli
from config.edge import doubts, edge_settings
from config.settings import load
from engine.errors import SettingsError

Write = Callable[[str], Path]
SETTINGS = """
[sip]
bind_address = "192.0.2.10"
port = 5070
inbound_peers = ["192.0.2.10/32"]
[edge]
bind_address = "192.0.2.10"
peers = ["198.51.100.0/28"]
"""


def test_what_is_not_set_comes_from_sip(write: Write) -> None:
    """Without [edge] the engine's own workers are behind it, and its peers before it."""
    write('[sip]\nport = 5070\nworkers = 2\nspare = true\ninbound_peers = ["127.0.0.0/8", "198.51.100.0/28"]\n')
    edge = edge_settings(load())
    assert [str(worker) for worker in edge.workers] == [f"127.0.0.1:{port}" for port in (5070, 5071, 5072)]
    assert [str(network) for network in edge.peers] == ["127.0.0.0/8", "198.51.100.0/28"]
    assert edge.trunks == edge.peers
    assert edge.tls is None


def test_workers_elsewhere_are_named(write: Write) -> None:
    """In the file as a list, in a variable with commas."""
    write('[edge]\nworkers = ["192.0.2.11:5060", "192.0.2.12:5060"]\n')
    assert [str(worker) for worker in edge_settings(load()).workers] == ["192.0.2.11:5060", "192.0.2.12:5060"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('workers = ["192.0.2.11"]', "line 2: edge.workers.0: write address and port"),
        ('workers = ["bot.example:5060"]', "line 2: edge.workers.0"),
        ('workers = ["192.0.2.11:0"]', "line 2: edge.workers.0"),
        ('workers = ["192.0.2.11:5060\\n"]', "line 2: edge.workers.0"),
        ('peers = ["198.51.100.1/28"]', "has host bits set"),
        ("tls_port = 5061", "set tls_certificate and tls_key too"),
        ("failover_ms = 1", "line 2: edge.failover_ms"),
    ],
)
def test_a_wrong_value_is_named_with_its_place(write: Write, text: str, message: str) -> None:
    """File, line, key and mend."""
    write(f"[edge]\n{text}\n")
    with pytest.raises(SettingsError) as caught:
        load()
    assert message in str(caught.value)


@pytest.mark.parametrize(("port", "mend"), [(5060, "sip.port = 5070"), (0, "sip.port is 0")])
def test_a_worker_on_the_edges_own_port_is_refused(write: Write, port: int, mend: str) -> None:
    """Both would want to listen there."""
    write(f"[sip]\nport = {port}\n")
    with pytest.raises(SettingsError, match=mend):
        edge_settings(load())


def test_workers_that_would_reject_the_edge_are_doubted(write: Write) -> None:
    """They see calls come from Kamailio's address."""
    write(SETTINGS)
    assert list(doubts(load())) == []
    write(SETTINGS.replace("192.0.2.10/32", "198.51.100.0/28"))
    assert [doubt for doubt in doubts(load()) if "add 192.0.2.10/32 to sip.inbound_peers" in doubt]


def test_a_key_that_everybody_can_read_is_doubted(write: Write, tmp_path: Path) -> None:
    """Until its mode is right."""
    key = tmp_path / "edge.key"
    key.touch(0o644)
    write(SETTINGS + f'tls_port = 5061\ntls_certificate = "{tmp_path}/edge.pem"\ntls_key = "{key}"\n')
    assert [doubt for doubt in doubts(load()) if f"chmod 0640 {key}" in doubt]
    key.chmod(0o640)
    assert list(doubts(load())) == []


@pytest.mark.usefixtures("restored_logging")
def test_the_command_writes_what_it_says(write: Write, tmp_path: Path) -> None:
    """Nothing in a dry run; then three files, which name the folder they lie in."""
    write(SETTINGS)
    run = CliRunner().invoke
    target = tmp_path / "edge"
    dry = run(cli.cli, ["kamailio", "config", "--output", str(target), "--dry-run"])
    assert (dry.exit_code, target.exists()) == (0, False)
    assert dry.stdout.count("new (not written)") == 3
    assert run(cli.cli, ["kamailio", "config", "--output", str(target)]).exit_code == 0
    assert str(target / "dispatcher.list") in (target / "kamailio.cfg").read_text()
    printed = run(cli.cli, ["kamailio", "config"])
    assert "1 sip:192.0.2.10:5070" in printed.stdout
    assert "/etc/kamailio/dispatcher.list" in printed.stdout
    (target / "kamailio.cfg").write_text("another")
    refused = run(cli.cli, ["kamailio", "config", "--output", str(target)])
    assert refused.exit_code == 2
    assert "--force" in refused.output
