"""What `voicebot doctor` says of the pages."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config import cli
from config.findings import Finding, Status
from config.settings import load
from config.web.examination import examine_pages

pytestmark = pytest.mark.usefixtures("restored_logging")


def found() -> dict[str, Finding]:
    return {finding.key: finding for finding in examine_pages(load())}


def add(monkeypatch: pytest.MonkeyPatch, name: str, *roles: str) -> None:
    monkeypatch.setenv("VOICEBOT_NEW_PASSWORD", "lantern orbit 7 meadow")
    chosen = [part for role in roles for part in ("--role", role)]
    assert CliRunner().invoke(cli.cli, ["users", "add", name, *chosen]).exit_code == 0


def test_fresh_pages_are_for_this_machine_and_wait_for_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_WEB__PORT", "0")
    findings = found()
    assert findings["web.address"] == Finding("web.address", "127.0.0.1:0")
    assert findings["web.protection"].value == "seen by this machine alone"
    assert findings["web.users"].status is Status.WARNING
    assert "voicebot users add" in findings["web.users"].mend
    assert not load().paths.data_dir.exists()
    monkeypatch.setenv("VOICEBOT_WEB__ENABLED", "false")
    assert list(found()) == ["web.address"]


def test_a_second_person_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Approval takes a role, and somebody else than the only designer; whoever is shut out does not count."""
    add(monkeypatch, "dana", "designer")
    assert "no approver" in found()["web.users"].mend
    add(monkeypatch, "andy", "approver")
    assert found()["web.users"] == Finding("web.users", "2: 1 designer, 1 approver")
    assert CliRunner().invoke(cli.cli, ["users", "disable", "andy"]).exit_code == 0
    assert CliRunner().invoke(cli.cli, ["users", "roles", "dana", "designer", "approver"]).exit_code == 0
    assert "a second person" in found()["web.users"].mend


def test_an_address_in_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("VOICEBOT_WEB__PORT", str(taken.getsockname()[1]))
        assert "in use" in found()["web.address"].mend


def test_a_certificate_is_read_before_it_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that ends soon, and one that is not there, are told with their mend."""
    certificate, key = tmp_path / "web.pem", tmp_path / "web.key"
    monkeypatch.setenv("VOICEBOT_WEB__TLS_CERTIFICATE", str(certificate))
    monkeypatch.setenv("VOICEBOT_WEB__TLS_KEY", str(key))
    assert "the pages stay off" in found()["web.protection"].mend
    for days, status in ((90, Status.OK), (7, Status.WARNING)):
        _certify(certificate, key, days)
        finding = found()["web.protection"]
        assert (str(finding.value)[:10], finding.status) == ("TLS, until", status)


def _certify(certificate: Path, key: Path, days: int) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "voicebot.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, secret.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=days))
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key.write_bytes(secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
