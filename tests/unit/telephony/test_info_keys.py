"""Keys and headers in raw SIP messages."""

import pytest

pytest.importorskip("pjsua2", reason="the media worker's half of telephony needs the SIP library")

from telephony.worker.calls import header, info_digit


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
