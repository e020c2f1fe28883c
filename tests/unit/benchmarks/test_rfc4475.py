"""The torture messages are those of the RFC, to the octet."""

import re

import pytest

from benchmarks.hostile.rfc4475 import messages, octets

MESSAGES = {one.name: one for one in messages()}

_WRONG_ON_PURPOSE = {"clerr": b"9999", "ncl": b"-999", "mcl01": b"13", "inv2543": None, "dblreq": b"0"}


def test_all_of_them_are_there() -> None:
    """Sections 3.1.1 with 13, 3.1.2 with 19, 3.2 with 1, 3.3 with 15, 3.4 with 1."""
    sections = [one.section for one in MESSAGES.values()]
    assert len(sections) == len(set(sections)) == 49
    assert [
        sum(section.startswith(part) for section in sections) for part in ("3.1.1.", "3.1.2.", "3.2", "3.3", "3.4")
    ] == [
        13,
        19,
        1,
        15,
        1,
    ]


def test_the_notation_stands_for_octets() -> None:
    """Joined lines, repeated strings, octets in hexadecimal, CRLF."""
    text = b"a\n<allOneLine>\nb\n<repeat count=3>xy</repeat>\n<hex>00 0a\n0D</hex>\n</allOneLine>\n\n"
    assert octets(text) == b"a\r\nbxyxyxy\x00\x0a\x0d\r\n\r\n"


@pytest.mark.parametrize("name", MESSAGES)
def test_the_content_length_tells_whether_a_message_was_copied_right(name: str) -> None:
    """It fits the body, except where it is the point of the message that it does not."""
    head, blank, body = MESSAGES[name].data.partition(b"\r\n\r\n")
    assert blank
    assert b"\n" not in head.replace(b"\r\n", b"")
    found = re.search(rb"^(?:content-length|l)[ \t]*:[ \t]*(\S+)", head, re.IGNORECASE | re.MULTILINE)
    value = found[1] if found else None
    assert value == _WRONG_ON_PURPOSE.get(name, str(len(body)).encode())


def test_octets_that_cannot_be_printed_are_there() -> None:
    """NUL, BEL and DEL in a display name, UTF-8 in a reason phrase, a signature with NULs in a body."""
    assert b'"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f"' in MESSAGES["intmeth"].data
    assert MESSAGES["unreason"].data.startswith(
        "SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое\r\n".encode()
    )
    assert MESSAGES["mpart01"].data.count(b"\x00") == 2
    assert len(MESSAGES["longreq"].data) > 3500
