"""Strict reading of SIP URIs."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dialling.sip_uri import SipUri, parse_sip_uri


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sip:127.0.0.1", SipUri("sip", None, IPv4Address("127.0.0.1"), None)),
        ("sip:bot@127.0.0.1:5070", SipUri("sip", "bot", IPv4Address("127.0.0.1"), 5070)),
        ("sip:+77011234567@sbc.bank.example", SipUri("sip", "+77011234567", "sbc.bank.example", None)),
        ("sip:a@[::1]:5060", SipUri("sip", "a", IPv6Address("::1"), 5060)),
        ("sip:a@[2001:db8::7]", SipUri("sip", "a", IPv6Address("2001:db8::7"), None)),
        ("sip:a@LocalHost;transport=tcp", SipUri("sip", "a", "localhost", None)),
        ("sips:a@b.example:5061;transport=tls;user=phone", SipUri("sips", "a", "b.example", 5061)),
    ],
)
def test_plain_uris_are_read(text: str, expected: SipUri) -> None:
    """User, host, port and the two parameters that dialling needs are understood."""
    assert parse_sip_uri(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip:",
        "SIP:a@127.0.0.1",
        "tel:+77011234567",
        "http://127.0.0.1",
        "<sip:a@127.0.0.1>",
        '"Bank" <sip:a@127.0.0.1>',
        "sip:a@127.0.0.1\r\nRoute: <sip:8.8.8.8>",
        "sip:a@127.0.0.1\n",
        "sip:a\x00@127.0.0.1",
        " sip:a@127.0.0.1",
        "sip:a b@127.0.0.1",
        "sip:a:secret@127.0.0.1",
        "sip:a@b@127.0.0.1",
        "sip:a%40evil.example@127.0.0.1",
        "sip:a@127.0.0.1?Route=%3Csip:8.8.8.8%3E",
        "sip:a@127.0.0.1;maddr=8.8.8.8",
        "sip:a@127.0.0.1;lr",
        "sip:a@127.0.0.1;transport=ws",
        "sip:a@127.0.0.1;transport=udp;transport=tcp",
        "sip:a@127.0.0.1:0",
        "sip:a@127.0.0.1:65536",
        "sip:a@127.0.0.1:",
        "sip:a@127.0.0.1:50x",
        "sip:a@127.1",
        "sip:a@2130706433",
        "sip:a@0x7f.1",
        "sip:a@0x7f000001",
        "sip:a@127.0.0.01",
        "sip:a@127.0.0.256",
        "sip:a@[::1",
        "sip:a@[::g]",
        "sip:a@[fe80::1%25eth0]",
        "sip:a@-bad.example",
        "sip:a@bad..example",
        "sip:a@localhost.",
        "sip:a@банк.example",
        "sip:a@１２７.0.0.1",
        "sip:٠@127.0.0.1",
        "sip:" + "a" * 65 + "@127.0.0.1",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    """Headers, passwords, foreign parameters, escapes, line breaks and disguised addresses are errors."""
    with pytest.raises(ValueError, match=r"\S"):
        parse_sip_uri(text)


@pytest.mark.parametrize(
    ("text", "loopback"),
    [
        ("sip:127.0.0.1", True),
        ("sip:127.255.255.254", True),
        ("sip:[::1]", True),
        ("sip:localhost", True),
        ("sip:128.0.0.1", False),
        ("sip:126.255.255.255", False),
        ("sip:0.0.0.0", False),
        ("sip:[::2]", False),
        ("sip:[::]", False),
        ("sip:localhost.evil.example", False),
        ("sip:127.0.0.1.example", False),
    ],
)
def test_loopback_is_127_slash_8_and_its_kin(text: str, loopback: bool) -> None:
    """Loopback is 127.0.0.0/8, ::1 and the name localhost, and nothing that looks like them."""
    assert parse_sip_uri(text).loopback is loopback


@given(st.text(alphabet=st.sampled_from('sip:@127.0localhost[];=?&<>%\r\n "transport,abcx+'), max_size=40))
def test_whatever_is_accepted_holds_nothing_to_smuggle_with(text: str) -> None:
    """No accepted text, however it was made up, has white space, quotes, brackets or header marks."""
    try:
        parse_sip_uri("sip:" + text)
    except ValueError:
        return
    assert not set(text) & set('\r\n \t<>?&%",')
