"""Logging without personal data."""

import json
import logging
import re

import pytest

from config import logs


@pytest.mark.parametrize(
    "number",
    [
        "+77011234567",
        "77011234567",
        "8 (701) 123-45-67",
        "+7 701 123 45 67",
        "8-701-123-45-67",
        "7011234567",
        "900101300123",
        "4400430012345678",
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "dialling {} now", "sip:{}@sbc.bank.example", "to='{}'", "tel:{};ext=5", "({})"]
)
def test_what_looks_like_a_number_is_masked(number: str, around: str) -> None:
    """Telephone, identity and card numbers lose every digit, wherever they stand."""
    masked = logs.mask(around.format(number))
    assert logs.MASK in masked
    assert not any(digit in masked.replace("ext=5", "") for digit in "0123456789")


@pytest.mark.parametrize(
    "text",
    [
        "call 550e8400-e29b-41d4-a716-446655440000 ended",
        "call 20261216T090000-3f9ac1 ended",
        "until 2026-12-16 09:00:00 UTC",
        "until 2026-12-16T09:00:00.123+00:00",
        "127.0.0.1:5060 after 12345 ms",
        "192.168.100.200",
        "state c0ffee1234567890",
        "160 samples at 8000 Hz, 50 frames",
    ],
)
def test_ids_times_and_figures_stay(text: str) -> None:
    """What a log is for is not masked."""
    assert logs.mask(text) == text


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_is_masked_with_arguments_and_traceback(
    form: str, restored_logging: None, capsys: pytest.CaptureFixture[str]
) -> None:
    """A number hides neither in the arguments of a message nor in an exception's text."""
    logs.configure("info", form)
    try:
        raise ValueError("no route to 77011234567")
    except ValueError:
        logging.getLogger("telephony.worker").exception("call %s to %s failed", "c-1", "+77017654321")
    shown = capsys.readouterr().err
    assert "701" not in re.sub(r":\d\d\.\d{3}", "", shown)  # but for the milliseconds of its time
    assert shown.count(logs.MASK) >= 2
    assert "call c-1 to" in shown
    assert "ValueError" in shown


def test_json_lines_are_objects(restored_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON form is one object a line with stable keys."""
    logs.configure("warning", "json")
    logging.getLogger("engine").info("not shown")
    logging.getLogger("engine").warning("first\nsecond")
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert entry.pop("at").endswith("+00:00")
    assert entry == {"level": "warning", "logger": "engine", "message": "first\nsecond"}


def test_libraries_stay_quiet(restored_logging: None, capsys: pytest.CaptureFixture[str]) -> None:
    """At level info a chatty library is heard from its warnings up."""
    logs.configure("info", "text")
    logging.getLogger("faster_whisper").info("processing audio")
    logging.getLogger("faster_whisper").warning("model is slow")
    assert [line.split(": ")[1] for line in capsys.readouterr().err.splitlines()] == ["model is slow"]
