"""SIP URIs that we send to, and numbers that others send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import TelephonyError
from telephony.uris import parse_sip_uri, remote_user


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("sip:77010000001@127.0.0.1:5070", "sip:77010000001@127.0.0.1:5070"),
        ("sip:+7701@trunk.example.org", "sip:+7701@trunk.example.org"),
        ("sip:*22#1@host;transport=udp", "sip:*22#1@host"),
        ("sip:127.0.0.1", "sip:127.0.0.1"),
    ],
)
def test_a_plain_uri_is_read_and_written(text: str, sent: str) -> None:
    """User, host and port are all there is."""
    assert str(parse_sip_uri(text)) == sent


@pytest.mark.parametrize(
    "text",
    [
        "",
        "77010000001",
        "tel:77010000001",
        "sips:1@host",
        "sip:",
        "sip:1@",
        "sip:1@host:99999",
        "sip:1@host?Subject=x",
        "sip:1@host;lr",
        "sip:1@host;transport=tcp",
        "sip:1;x=y@host",
        "sip:1:password@host",
        "sip:a b@host",
        "sip:1@ho st",
        "sip:1@host\r\nX-Evil: 1",
        "sip:1\r\n@host",
        "sip:1@-host",
        "sip:1@host..org",
        "<sip:1@host>",
        "sip:%31@host",
        "sip:" + "1" * 65 + "@host",
    ],
)
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    """Nothing that could carry a header, a route or a secret passes; numbers stay out of messages."""
    with pytest.raises(TelephonyError) as caught:
        parse_sip_uri(text)
    assert "X-Evil" not in str(caught.value)


@given(st.text(max_size=60))
def test_whatever_passes_has_no_character_that_ends_a_uri(text: str) -> None:
    """Control characters, spaces, quotes and angle brackets never reach the wire."""
    try:
        sent = str(parse_sip_uri("sip:" + text))
    except TelephonyError:
        return
    assert sent.isascii()
    assert not set(sent) & set('\r\n\t <>"?;%\\')


@pytest.mark.parametrize(
    ("header", "user"),
    [
        ('"Name" <sip:+77011234567@10.0.0.1:5060>;tag=1', "+77011234567"),
        ("<sip:100@host>;tag=2", "100"),
        ("sip:100@host", "100"),
        ("<tel:+77011234567>;tag=1", "+77011234567"),
        ('"sip:99@fake" <sip:100@host>', "99"),
        ("<sip:host>", "host"),
        ("<sip:a%0d%0ab@host>", "anonymous"),
        ("Anonymous", "anonymous"),
        ("", "anonymous"),
        ("<sip:" + "9" * 500 + "@host>", "anonymous"),
    ],
)
def test_the_number_of_a_caller_is_read_or_anonymous(header: str, user: str) -> None:
    """What the far end writes is taken only where it is harmless."""
    assert remote_user(header) == user
