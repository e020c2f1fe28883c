"""`voicebot web` as a process: over TLS of our own, and what it says when it cannot be served."""

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI

from config.sections import Web
from config.web.server import AddressTaken, configuration, listening
from engine.errors import SettingsError

VOICEBOT = Path(sys.executable).with_name("voicebot")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for loopback, signed by itself, and its key."""
    files = tmp_path / "web.pem", tmp_path / "web.key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"),
            *("-out", str(files[0]), "-keyout", str(files[1])),
        ],
        check=True,
        capture_output=True,
    )
    return files


@pytest.fixture
def run_web(tmp_path: Path) -> Callable[..., AbstractContextManager["subprocess.Popen[str]"]]:
    """Run `voicebot web` with variables, as long as the context is open."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("VOICEBOT_")}
    own = {"VOICEBOT_PATHS__DATA_DIR": str(tmp_path / "data"), "VOICEBOT_WEB__PORT": "0"}

    @contextmanager
    def run(**variables: str) -> Iterator["subprocess.Popen[str]"]:
        process = subprocess.Popen(
            [str(VOICEBOT), "web"], env=clean | own | variables, stderr=subprocess.PIPE, text=True, cwd=tmp_path
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    return run


def test_over_tls_and_until_it_is_told_to_stop(
    run_web: Callable[..., AbstractContextManager["subprocess.Popen[str]"]], certificate: tuple[Path, Path]
) -> None:
    """The certificate is ours, cookies keep to https, and a browser without TLS is not answered."""
    files = {"VOICEBOT_WEB__TLS_CERTIFICATE": str(certificate[0]), "VOICEBOT_WEB__TLS_KEY": str(certificate[1])}
    with run_web(**files) as process:
        assert process.stderr is not None
        found = re.search(r"pages: https://127\.0\.0\.1:(\d+)", process.stderr.readline())
        assert found
        port, trusting = int(found[1]), ssl.create_default_context(cafile=certificate[0])
        line = http.client.HTTPSConnection("127.0.0.1", port, context=trusting, timeout=30)
        line.request("GET", "/login")
        answer = line.getresponse()
        assert answer.status == 200
        assert answer.headers["set-cookie"].startswith("__Host-voicebot-visit=")
        assert "Secure" in answer.headers["set-cookie"]
        assert answer.headers["strict-transport-security"]
        assert answer.headers["server"] is None
        line.close()
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        plain.request("GET", "/login")
        with pytest.raises(OSError, match=r".*"):
            plain.getresponse()
        plain.close()
        began_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
        assert time.monotonic() - began_s < 15


def test_an_address_that_is_taken_is_named() -> None:
    """With the mend, as something that may be otherwise a moment later."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(AddressTaken, match=rf"127\.0\.0\.1:{port}: Address already in use; .* another web\.port"):
            listening(Web(port=port))


def test_an_address_of_another_machine_is_a_wrong_setting(tmp_path: Path) -> None:
    """Trying again would not help."""
    web = Web(address="192.0.2.1", tls_certificate=tmp_path / "c", tls_key=tmp_path / "k")
    with pytest.raises(SettingsError, match=r"set web\.address and web\.port"):
        listening(web)


def test_a_certificate_that_is_none_is_named(tmp_path: Path) -> None:
    """As a wrong setting, before anything is served."""
    (tmp_path / "c").write_text("no certificate")
    (tmp_path / "k").write_text("no key")
    with pytest.raises(SettingsError, match=r"web\.tls_certificate and web\.tls_key: .* cannot be used"):
        configuration(FastAPI(), Web(tls_certificate=tmp_path / "c", tls_key=tmp_path / "k"))
