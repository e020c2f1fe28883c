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


def test_an_address_that_is_taken_is_named(
    run_web: Callable[..., AbstractContextManager["subprocess.Popen[str]"]],
) -> None:
    """With the mend, as a failure and not as a wrong setting: it may be free a moment later."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with run_web(VOICEBOT_WEB__PORT=port) as process:
            _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"127.0.0.1:{port}: Address already in use; stop what is there, or set another web.port" in said


def test_a_certificate_that_is_none_is_named(
    run_web: Callable[..., AbstractContextManager["subprocess.Popen[str]"]], tmp_path: Path
) -> None:
    """As a wrong setting."""
    (tmp_path / "c").write_text("no certificate")
    with run_web(
        VOICEBOT_WEB__TLS_CERTIFICATE=str(tmp_path / "c"), VOICEBOT_WEB__TLS_KEY=str(tmp_path / "k")
    ) as process:
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "web.tls_certificate and web.tls_key:" in said
