"""Recordings and the facts beside them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.conversation import Role
from analytics.intake.metadata import (
    USUAL_ROLES,
    ChannelRoles,
    RecordingFacts,
    parse_channel_roles,
    read_metadata,
)
from analytics.intake.recordings import take_recording
from analytics.intake.values import Reading
from asr.decoding import decode_untrusted
from engine.audio import write_wav
from engine.errors import IntakeError

READING = Reading(zone=ZoneInfo("Asia/Almaty"))
NOISE = np.random.default_rng(3).integers(-3000, 3000, (8000, 2)).astype(np.int16)
HASH = "f0e1d2c3b4a5968778695a4b"


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    write_wav(path, NOISE)
    return path


def test_facts_are_found_by_path_and_by_name(tmp_path: Path) -> None:
    """CSV of Windows beside folders of recordings."""
    table = tmp_path / "calls.csv"
    table.write_text(
        "file,contact_id,started_at,channels,agent,client_hash,direction\n"
        f'day\\a.wav,c1,23.11.2026 10:00,"left=client,right=bot",op1,{HASH},outbound\n'
        "./b.wav,c2,,,,,\n"
    )
    book = read_metadata(table, READING)
    facts = book.of(tmp_path / "day" / "a.wav", tmp_path)
    assert (facts.contact_id, facts.roles) == ("c1", ChannelRoles(Role.CLIENT, Role.BOT))
    assert facts.started_at == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert facts.attributes == {"agent": "op1", "client_hash": HASH, "direction": "outbound"}
    assert book.of(tmp_path / "other" / "b.wav", tmp_path).contact_id == "c2"
    assert book.of(tmp_path / "c.wav", tmp_path) == RecordingFacts()
    assert (book.faults, book.notices) == ((), ())


def test_a_column_of_facts_that_means_nothing_is_told(tmp_path: Path) -> None:
    """A misspelt one, by which nobody would know whose contact it is."""
    table = tmp_path / "calls.csv"
    table.write_text(f"file,client_hsh\na.wav,{HASH}\n")
    [notice] = read_metadata(table, READING).notices
    assert notice.startswith(f"{table}: 1 columns or keys mean nothing and were left out; known are agent, ")
    assert "client_hash" in notice


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ('{"contact_id": "x"}', "key file: is missing"),
        ('{"file": "ok.wav"}', "key file: stands there twice"),
        ('{"file": "a.wav", "left": "bank", "right": "bot"}', "both channels are of one side"),
        ('{"file": "a.wav", "channels": "top=bank"}', "key channels: part 1: write channels as"),
        ('{"file": "a.wav", "client_hash": "900101300123"}', "give a keyed hash"),
        ('{"file": "a.wav", "direction": "up"}', "write inbound or outbound"),
        ('{"file": "a.wav", "started_at": "noon"}', "key started_at: no time"),
    ],
)
def test_a_bad_row_of_facts_is_told_and_the_rest_is_kept(row: str, problem: str, tmp_path: Path) -> None:
    """With file and line."""
    table = tmp_path / "calls.json"
    table.write_text(f'{{"file": "ok.wav"}}\n{row}\n')
    book = read_metadata(table, READING)
    assert list(book.by_file) == ["ok.wav"]
    (fault,) = book.faults
    assert fault.startswith(f"{table}: line 2")
    assert problem in fault


def test_channel_roles_are_read_from_an_option() -> None:
    """Words in three languages; what is not named stays as usual."""
    assert parse_channel_roles("left=клиент, right=оператор", READING) == ChannelRoles(Role.CLIENT, Role.AGENT)
    assert parse_channel_roles("mono=bank", READING) == ChannelRoles(mono=Role.AGENT)
    for text in ("left=somebody", "left", "", "left=bank,left=client", "left=client"):
        with pytest.raises(IntakeError, match="channels"):
            parse_channel_roles(text, READING)


def test_each_side_has_its_sound(stereo: Path) -> None:
    """By the channel that the facts give it, before that of the run."""
    facts = RecordingFacts("c1", datetime(2026, 11, 23, tzinfo=UTC), ChannelRoles(Role.CLIENT, Role.BOT))
    taken = take_recording(stereo, decode_untrusted, facts, USUAL_ROLES)
    np.testing.assert_allclose(taken.sides[Role.CLIENT], NOISE[:, 0], atol=1)
    np.testing.assert_allclose(taken.sides[Role.BOT], NOISE[:, 1], atol=1)
    assert (taken.contact_id, taken.duration_s, taken.warnings) == ("c1", 1.0, ())


@pytest.mark.parametrize(("samples", "problem"), [(NOISE[:, 0], "is mono"), (NOISE[:, [0, 0]], "the same sound")])
def test_mixed_sides_are_warned_of_with_their_cost(samples: np.ndarray, problem: str, tmp_path: Path) -> None:
    """One channel, or two that are the same."""
    path = tmp_path / "a.wav"
    write_wav(path, samples)
    taken = take_recording(
        path, decode_untrusted, RecordingFacts("c1", datetime(2026, 11, 23, tzinfo=UTC)), USUAL_ROLES
    )
    assert list(taken.sides) == [Role.CLIENT]
    assert taken.attributes == {"sides": "mixed"}
    (warning,) = taken.warnings
    assert warning.startswith(f"{path}: ")
    assert problem in warning
    assert "overtalk" in warning


def test_what_nobody_says_is_taken_from_the_file(stereo: Path, tmp_path: Path) -> None:
    """A copy is the same contact; the start is the time of change less the length, and that is told."""
    ended = datetime(2026, 11, 23, 5, tzinfo=UTC)
    os.utime(stereo, (ended.timestamp(), ended.timestamp()))
    copy = tmp_path / "b.wav"
    copy.write_bytes(stereo.read_bytes())
    taken, again = (take_recording(path, decode_untrusted, RecordingFacts(), USUAL_ROLES) for path in (stereo, copy))
    assert taken.contact_id == again.contact_id
    assert taken.started_at == ended - timedelta(seconds=1)
    assert "nobody says when it began" in taken.warnings[0]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(), st.binary().map(lambda rest: b"file,channels,started_at\n" + rest)))
def test_any_bytes_are_facts_or_a_clear_error(content: bytes, tmp_path: Path) -> None:
    """And never another exception."""
    table = tmp_path / "calls.csv"
    table.write_bytes(content)
    try:
        book = read_metadata(table, READING)
    except IntakeError:
        return
    assert all(str(table) in fault for fault in book.faults)
