"""Settings of trunks, and what follows from them."""

from dataclasses import replace
from typing import Any

import pytest

from engine.errors import SettingsError
from telephony.trunks import Srtp, Transport, Trunk, trunk_of

MAIN = Trunk(name="main", host="sbc.bank.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "main trunk"),
        ("name", ""),
        ("host", "sbc.bank.example;maddr=10.0.0.1"),
        ("host", ""),
        ("host", "127.1"),
        ("host", "2130706433"),
        ("host", "10.0.0.256"),
        ("port", 65536),
        ("number_format", "7701"),
        ("number_format", "{number}{number}"),
        ("number_format", "{number}@other"),
        ("number_format", "{number}\r\nX"),
        ("srtp", Srtp.REQUIRED),
        ("srtp", Srtp.OPTIONAL),
        ("outbound_proxy", "proxy:port"),
        ("outbound_proxy", "proxy;lr"),
        ("registrar", "bank example"),
        ("registration", True),
        ("user", 'bank"'),
        ("realm", 'a"b'),
        ("realm", "a\nb"),
        ("expires_s", 59),
        ("caller_ids", ("7701", "7701\r\nX: y")),
        ("display_name", 'Bank" <sip:evil@host>'),
        ("from_domain", "bank.example>"),
        ("channels", 0),
        ("max_per_second", 0),
        ("max_per_second", float("inf")),
        ("prefixes", ("+77",)),
        ("probe_s", 0.5),
        ("peers", ("10.0.0.1/8",)),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_trunk_and_name(name: str, value: Any) -> None:
    """The message says what would do; a user is what a registration needs."""
    wanted = "user" if name == "registration" else name
    with pytest.raises(SettingsError, match=rf"trunk .*: {wanted}\b"):
        replace(MAIN, **{name: value})


@pytest.mark.parametrize(
    ("changes", "uri"),
    [
        ({}, "sip:77010000001@sbc.bank.example"),
        ({"number_format": "+{number}", "port": 5070}, "sip:+77010000001@sbc.bank.example:5070"),
        (
            {"number_format": "00{number}", "transport": Transport.TLS},
            "sip:0077010000001@sbc.bank.example;transport=tls",
        ),
    ],
)
def test_a_number_is_written_as_the_trunk_wants_it(changes: dict[str, Any], uri: str) -> None:
    """User part, host, port and transport."""
    assert str(replace(MAIN, **changes).uri("77010000001")) == uri


@pytest.mark.parametrize(
    ("proxy", "hop"), [("", ("sbc.bank.example", 5070)), ("edge", ("edge", 0)), ("10.0.0.9:5080", ("10.0.0.9", 5080))]
)
def test_everything_goes_to_the_outbound_proxy_where_there_is_one(proxy: str, hop: tuple[str, int]) -> None:
    """Else to the trunk's host."""
    assert replace(MAIN, port=5070, outbound_proxy=proxy).hop == hop


def test_encryption_over_udp_must_be_admitted() -> None:
    """Whose keys everyone on the way can read."""
    assert replace(MAIN, srtp=Srtp.REQUIRED, srtp_in_clear=True).srtp is Srtp.REQUIRED
    assert replace(MAIN, srtp=Srtp.REQUIRED, transport=Transport.TLS).srtp is Srtp.REQUIRED


def test_an_inbound_call_belongs_to_the_first_trunk_with_its_network() -> None:
    """What is no IPv4 address belongs to none."""
    wide, narrow = replace(MAIN, peers=("10.0.0.0/8",)), replace(MAIN, name="b", peers=("10.1.0.0/16", "192.0.2.1/32"))
    assert trunk_of((narrow, wide), "10.1.2.3") is narrow
    assert trunk_of((narrow, wide), "10.2.0.0") is wide
    assert trunk_of((narrow, wide), "192.0.2.2") is None
    assert trunk_of((narrow, wide), "[::1]") is None


def test_a_password_is_not_printed() -> None:
    """Settings appear in logs and error reports."""
    assert "s3cret" not in repr(replace(MAIN, password="s3cret"))
