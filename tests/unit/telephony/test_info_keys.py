"""Keys, headers and the dialled number in raw SIP messages."""

import pytest

pytest.importorskip("pjsua2", reason="the media worker's half of telephony needs the SIP library")

from telephony.worker.calls import called_user, header, info_digit, unfit


@pytest.mark.parametrize(
    ("kind", "body", "digit"),
    [
        ("application/dtmf", "5", "5"),
        ("application/dtmf", "#\r\n", "#"),
        ("application/dtmf; charset=utf-8", "d", "D"),
        ("APPLICATION/DTMF", "Signal=*\r\nDuration=100\r\n", "*"),
        ("application/dtmf-relay", "Signal=5\r\n", ""),
        ("application/dtmf", "55", ""),
        ("application/dtmf", "not a key", ""),
        ("application/dtmf", "", ""),
        ("text/plain", "5", ""),
    ],
)
def test_a_key_is_read_from_the_body_that_the_library_does_not_know(kind: str, body: str, digit: str) -> None:
    """``application/dtmf-relay`` is the library's own and must not be counted twice."""
    assert info_digit(f"INFO sip:a@b SIP/2.0\r\nContent-Type: {kind}\r\nContent-Length: 9\r\n\r\n{body}") == digit


def test_a_header_is_found_in_either_form_and_in_the_head_only() -> None:
    """Compact names are as good as long ones."""
    assert header("INVITE x\r\nf: <sip:1@h>;tag=2\r\n\r\n", "From", "f") == "<sip:1@h>;tag=2"
    assert header("INVITE x\r\nFROM :  <sip:1@h>\r\n", "From", "f") == "<sip:1@h>"
    assert header("INVITE x\r\n\r\nFrom: body", "From", "f") == ""


@pytest.mark.timeout(20)
def test_a_header_full_of_spaces_takes_no_longer_than_another() -> None:
    """A packet of them held the worker's only thread for 75 ms; a megabyte would take hours of that."""
    assert header("From: a" + " " * 1_000_000 + "b\r\n\r\n", "From", "f").endswith("b")


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ("c=IN IP4 192.0.2.1", False),
        ("c=IN IP4 224.2.1.1/127/3", False),
        ("c=IN IP6 2001:db8::1", False),
        ("c=IN IP4 media.bank.example", True),
        ("c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\nc=IN IP4 media.bank.example", True),
        ("c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\na=rtcp:4001 IN IP4 media.bank.example", True),
        ("c=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 8\r\na=rtcp:4001", False),
        ("o=- 1 1 IN IP4 media.bank.example\r\nc=IN IP4 192.0.2.1", False),
    ],
)
def test_an_address_of_media_that_is_a_name_is_found(rows: str, named: bool) -> None:
    """In the session, in a medium, or for RTCP; the origin is never looked up."""
    assert unfit(f"INVITE sip:a@b SIP/2.0\r\n\r\nv=0\r\n{rows}\r\n") is named


@pytest.mark.parametrize(
    ("request_uri", "to", "called"),
    [
        ("sip:+77270000001@bank.example", "<sip:+77270000009@bank.example>", "+77270000001"),
        ("sip:voicebot@10.0.0.5:5060", '"Line" <sip:77270000009@trunk.example>;tag=1', "77270000009"),
        ("sip:voicebot@10.0.0.5:5060", "<sip:desk@trunk.example>", "voicebot"),
        ("sip:10.0.0.5", "<tel:+77270000009>", "+77270000009"),
    ],
)
def test_the_number_that_was_dialled_is_found_behind_our_own_name(request_uri: str, to: str, called: str) -> None:
    """A trunk at which we registered writes our contact into the Request-URI, and the number into To."""
    assert called_user(f"INVITE {request_uri} SIP/2.0\r\nTo: {to}\r\n\r\n") == called
