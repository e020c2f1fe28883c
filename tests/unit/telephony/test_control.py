"""The control channel and its messages."""

import os
import socket
from pathlib import Path

import pytest

from engine.calls import EndCause
from engine.errors import TelephonyError
from telephony import control, messages
from telephony.control import ControlChannel, check_peer, connect, listen
from telephony.messages import Message, decode, encode
from telephony.settings import Codec, SessionTimers, SipSettings, TlsSettings
from telephony.trunks import Trunk

ALL = [
    messages.Hello(1, 42),
    messages.Setup(
        1,
        "/run/rings.bin",
        "/sounds/apology.wav",
        3.0,
        0.5,
        SipSettings(
            sip_port=0,
            codecs=(Codec.PCMU,),
            allowed_peers=("10.0.0.0/8",),
            session_timers=SessionTimers.ALWAYS,
            trunks=(Trunk(name="main", host="sbc.example", user="u", password="p", peers=("10.0.0.0/8",)),),
            tls=TlsSettings(port=0, verify_peers=False),
        ),
    ),
    messages.Ready("127.0.0.1", 5060, 3, 5061),
    messages.Failed("port taken"),
    messages.Beat(),
    messages.Dial(
        "c", (messages.Route("main", "sip:1@sbc.example", "7701"), messages.Route("", "sip:1@127.0.0.1")), 25.0
    ),
    messages.Answer("c"),
    messages.HangUp("c"),
    messages.Refer("c", "sip:2@127.0.0.1"),
    messages.Join("c", "d"),
    messages.Part("c"),
    messages.NextHop("main", "127.0.0.1", 5060),
    messages.Attend(("main", "spare")),
    messages.SendDigits("c", "12#"),
    messages.DigitsSent("c", False, "the call is not up"),
    messages.TrunkState("main", True, False, 200, ""),
    messages.RouteFailed("c", "main", True, 408, "no answer"),
    messages.Rerouted("c", "spare"),
    messages.Release(2, 7),
    messages.TakeCalls(True),
    messages.Taking(True),
    messages.Attend(("main", "backup")),
    messages.Stop(),
    messages.Inbound("c", 1, 2, "77010000001", "77270000000", "main"),
    messages.Dialled("c", 0, 1),
    messages.DialFailed("c", True, "full"),
    messages.Rang("c", False),
    messages.Up("c"),
    messages.Hold("c", True, 1.5),
    messages.Digit("c", "#", 2.0),
    messages.Referred("c", 202, "Accepted"),
    messages.Ended("c", EndCause.BUSY, 486, "занято", 12),
]


def test_every_kind_of_message_is_tried_here() -> None:
    """A new one must be added above."""
    assert {type(message) for message in ALL} == set(messages.KINDS)


@pytest.mark.parametrize("message", ALL, ids=lambda message: type(message).__name__)
def test_a_message_survives_its_packet(message: Message) -> None:
    """Enums, tuples and settings come out as they went in."""
    assert decode(encode(message)) == message


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"is": "Exploit"}',
        b'{"is": "Answer"}',
        b'{"is": "Answer", "call_id": "c", "more": 1}',
        b'{"is": "Ended", "call_id": "c", "cause": "bored", "status": 1, "reason": ""}',
        b'{"is": ["Answer"]}',
    ],
)
def test_a_packet_that_is_no_message_is_refused(packet: bytes) -> None:
    """Whatever is wrong with it, there is one kind of error."""
    with pytest.raises(TelephonyError, match="no message"):
        decode(packet)


def _pair(path: Path) -> tuple[ControlChannel, ControlChannel]:
    with listen(path) as listener:
        near = ControlChannel(connect(path))
        accepted, _ = listener.accept()
        assert check_peer(accepted) > 0
        return near, ControlChannel(accepted)


def test_messages_pass_in_order_and_an_end_that_closes_is_noticed(tmp_path: Path) -> None:
    """What was sent before the end is still read."""
    near, far = _pair(tmp_path / "c.sock")
    assert far.receive() == []
    near.send(messages.Answer("a"))
    near.send(messages.HangUp("a"))
    near.close()
    assert far.receive() == [messages.Answer("a"), messages.HangUp("a")]
    assert far.receive() is None
    with pytest.raises(TelephonyError, match="broke"):
        far.send(messages.Beat())
    far.close()


def test_a_peer_that_does_not_read_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    """The socket's buffer is the bound."""
    near, far = _pair(tmp_path / "c.sock")

    def flood() -> None:
        for _ in range(100_000):
            near.send(messages.Failed("x" * 1000))

    with pytest.raises(TelephonyError, match="broke"):
        flood()
    near.close()
    far.close()


def test_the_socket_is_private(tmp_path: Path) -> None:
    """Mode 0600 whatever the umask, which belongs to all threads and is left alone."""
    path = tmp_path / "c.sock"
    before = os.umask(0)
    try:
        with listen(path), pytest.MonkeyPatch.context() as patch:
            assert path.stat().st_mode & 0o777 == 0o600
            masks: list[int] = []
            patch.setattr(control.os, "umask", masks.append)
            with listen(tmp_path / "second.sock"):
                assert masks == []
    finally:
        os.umask(before)


def test_a_process_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel says whose it is."""
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    monkeypatch.setattr(control.os, "getuid", lambda: 12345)
    with near, far, pytest.raises(TelephonyError, match="another user"):
        check_peer(near)


def test_a_path_that_is_too_long_or_missing_is_said(tmp_path: Path) -> None:
    """The message names it."""
    with pytest.raises(TelephonyError, match="shorter path"):
        listen(tmp_path / ("x" * 120))
    with pytest.raises(TelephonyError, match=r"none\.sock"):
        connect(tmp_path / "none.sock")
