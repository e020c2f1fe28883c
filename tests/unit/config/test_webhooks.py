"""Webhooks go, signed, to allowed public addresses and nowhere else; over real TLS on loopback."""

import base64
import hmac
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from analytics.alerts import Alert, Raised, enqueue, states
from analytics.alerts.outbox import FIRST_PAUSE_S, LetterState
from analytics.expressions import parse
from analytics.store import AnalyticsDatabase
from config import alerting, webhooks
from config.errands import parse_address
from config.webhooks import Courier, WebhookError, is_public
from engine.clock import VirtualClock

SECRET = b"only for tests, 32 characters ok"


@dataclass
class Receiver:
    """What was received, and what is answered."""

    port: int = 0
    certificate: Path = Path()
    status: int = 204
    location: str | None = None
    stalls: bool = False
    received: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def courier(self, **changes: object) -> Courier:
        values = {
            "allowed": (parse_address(f"https://hooks.example:{self.port}/in/"),),
            "secret": SECRET,
            "context": ssl.create_default_context(cafile=self.certificate),
            "resolve": lambda host, port: ["127.0.0.1"],
            "admits": lambda address: True,
        }
        return Courier(**{**values, **changes})  # type: ignore[arg-type]

    def url(self, path: str = "/in/alerts?team=7") -> str:
        return f"https://hooks.example:{self.port}{path}"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    state = Receiver(certificate=tmp_path / "certificate.pem")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    state.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = tmp_path / "key.pem"
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.received.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if state.stalls:
                over.wait()
                return
            self.send_response(state.status)
            if state.location:
                self.send_header("Location", state.location)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    over = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(state.certificate, private)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_body_arrives_signed(receiver: Receiver) -> None:
    """By id, time and body, so that nobody can say the same again later."""
    receiver.courier().deliver(receiver.url(), "alert_1", b'{"alert":"threat"}', 1_700_000_000)

    [(path, headers, body)] = receiver.received
    expected = hmac.new(SECRET, b'alert_1.1700000000.{"alert":"threat"}', sha256).digest()
    assert (path, body) == ("/in/alerts?team=7", b'{"alert":"threat"}')
    assert headers["host"] == f"hooks.example:{receiver.port}"
    assert headers["webhook-id"] == "alert_1"
    assert headers["webhook-timestamp"] == "1700000000"
    assert headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.9.9",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("255.255.255.255", "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
        *("64:ff9b::10.0.0.1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "ff02::1", "198.18.0.1"),
    ],
)
def test_internal_addresses_are_told_nothing(receiver: Receiver, address: str) -> None:
    """One among public ones is enough."""
    assert not is_public(address)
    for found in ([address], ["93.184.215.14", address]):
        courier = receiver.courier(resolve=lambda host, port, found=found: found, admits=is_public)
        with pytest.raises(WebhookError, match="internal address"):
            courier.deliver(receiver.url(), "alert_1", b"{}", 0)
    assert receiver.received == []


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_redirection_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.location = 307, receiver.url("/in/elsewhere")

    with pytest.raises(WebhookError, match="answered 307"):
        receiver.courier().deliver(receiver.url(), "alert_1", b"{}", 0)
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://hooks.example/in/x", "is not allowed"),  # another port
        ("https://other.example:{port}/in/x", "is not allowed"),
        ("https://hooks.example:{port}/out", "is not allowed"),
        ("https://hooks.example:{port}/in/../out", "no steps"),
        ("https://hooks.example:{port}/in/дом", "percent-encoded"),
        ("http://127.0.0.1:{port}/in/x", "only https"),
    ],
)
def test_what_is_not_allowed_is_given_up(receiver: Receiver, url: str, told: str) -> None:
    with pytest.raises(WebhookError, match=told) as caught:
        receiver.courier().deliver(url.format(port=receiver.port), "alert_1", b"{}", 0)
    assert caught.value.for_good
    assert receiver.received == []


@pytest.mark.parametrize(("status", "for_good"), [(500, False), (404, False), (410, True)])
def test_who_does_not_take_it_says_so(receiver: Receiver, status: int, for_good: bool) -> None:
    receiver.status = status

    with pytest.raises(WebhookError, match=f"answered {status}") as caught:
        receiver.courier().deliver(receiver.url(), "alert_1", b"{}", 0)
    assert caught.value.for_good is for_good


def test_a_certificate_that_nobody_vouches_for_is_refused(receiver: Receiver) -> None:
    with pytest.raises(WebhookError, match="certificate is not trusted"):
        receiver.courier(context=ssl.create_default_context()).deliver(receiver.url(), "alert_1", b"{}", 0)
    assert receiver.received == []


def test_one_that_never_answers_holds_up_nobody(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver.stalls = True
    monkeypatch.setattr(webhooks, "WHOLE_S", 0.3)

    with pytest.raises(WebhookError, match=r"cannot be reached|does not speak"):
        receiver.courier().deliver(receiver.url(), "alert_1", b"{}", 0)


def test_a_name_without_an_address_is_tried_again(receiver: Receiver) -> None:
    def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(WebhookError, match="has no address") as caught:
        receiver.courier(resolve=nowhere).deliver(receiver.url(), "alert_1", b"{}", 0)
    assert not caught.value.for_good


def test_the_outbox_empties_itself_and_tries_again(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside whoever keeps it open; what was refused comes again under the same id when its pause is over."""
    monkeypatch.setattr(alerting, "LOOK_S", 0.02)
    clock, receiver.status = VirtualClock(datetime(2026, 11, 23, 12, tzinfo=UTC)), 503
    alert = Alert("threat", parse("client: суд"), receiver.url(), False, "here")
    with AnalyticsDatabase(tmp_path / "analytics.db") as database:
        with database.writing() as connection:
            enqueue(connection, Raised(alert, "c-1", {"alert": "threat", "contact_id": "c-1"}), clock.now())

        def delivered_later() -> bool:
            clock.advance(FIRST_PAUSE_S)
            with database.reading() as connection:
                return states(connection)[LetterState.DELIVERED] == 1

        with alerting.sending(receiver.courier(), database, clock):
            eventually(lambda: len(receiver.received) == 1)
            receiver.status = 204
            eventually(delivered_later)
        assert not any(one.name == "alerts" for one in threading.enumerate())
    first, second = (json.loads(body) for _, _, body in receiver.received)
    assert first == second
    assert first["contact_id"] == "c-1"


def eventually(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
