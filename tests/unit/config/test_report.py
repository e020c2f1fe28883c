"""What is left of a call: files, table and the last line."""

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from config.report import as_json, make_report, print_report, summary
from engine.accounts import Money
from engine.audio import SAMPLE_RATE_HZ, silence, write_wav
from engine.calls import CallClosed, CallEvent, CallOpened, CallRecord, Direction, Disposition, Promise, Speaker, Turn
from engine.errors import AudioError
from engine.sealing import Keyring, open_stored
from engine.speech import Language

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PROMISE = Promise(Money.of(45_000), date(2026, 11, 25), confirmed=True)


def record(recording: Path | None) -> CallRecord:
    """A call of two turns: the caller stops at 2.0 s, the bot answers at 2.5 s."""
    opened = CallOpened(
        "c-1", Direction.OUTBOUND, "77010000001", "A-1", "soft", "hash", Language.ENGLISH, AT, recording
    )
    closed = CallClosed("c-1", AT, Disposition.PROMISE_TO_PAY, 4.0, 200, PROMISE)
    turns = (
        Turn("c-1", 0, Speaker.CALLER, "Yes.", "Yes.", 1.0, 2.0, "greeting", intent="yes", confidence=0.91234),
        Turn("c-1", 1, Speaker.BOT, "Than", "Thanks.", 2.5, 3.0, "thanks", response_ms=499.7),
    )
    event = CallEvent("c-1", AT, 2.0, "latency", "endpointing 320 ms")
    return CallRecord(opened, closed, turns, (event,))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Both channels as the turns say."""
    tone = (8000 * np.sin(np.arange(SAMPLE_RATE_HZ) / 3)).astype(np.int16)
    caller = np.concatenate([silence(1.0), tone, silence(2.0)])
    bot = np.concatenate([silence(2.5), tone[: SAMPLE_RATE_HZ // 2], silence(1.0)])
    write_wav(tmp_path / "c-1.wav", np.stack([bot, caller], axis=1))
    return tmp_path / "c-1.wav"


def test_under_keys_its_files_are_sealed(recording: Path, tmp_path: Path) -> None:
    keys = Keyring([bytes(32)])
    report = make_report(record(recording), tmp_path / "reports", keys=keys)
    assert {one.name for one in (tmp_path / "reports").iterdir()} == {
        f"c-1.{kind}.sealed" for kind in ("txt", "json", "png")
    }
    with open_stored(report.transcript, keys) as file:
        assert file.read().startswith(b"[   1.00] caller: Yes.")


def table(report: object, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_report(report, console)  # type: ignore[arg-type]
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_spoken_call_leaves_transcript_record_picture_and_figures(recording: Path, tmp_path: Path) -> None:
    """The answer's delay is measured on the recording, not taken from our own clock."""
    report = make_report(record(recording), tmp_path / "reports")
    assert report.transcript.read_text("utf-8") == "[   1.00] caller: Yes.\n[   2.50]    bot: Than\n"
    assert report.picture is not None
    assert report.picture.read_bytes().startswith(b"\x89PNG")
    assert report.delays_ms == (pytest.approx(500, abs=25),)
    assert summary(report) == {
        "call_id": "c-1",
        "disposition": "promise_to_pay",
        "promise": {"amount_minor": 4_500_000, "currency": "KZT", "due": "2026-11-25", "confirmed": True},
        "turns": 2,
        "latency_ms": {"p50": pytest.approx(500, abs=25), "p95": pytest.approx(500, abs=25)},
        "recording": str(recording),
    }


def test_the_record_holds_what_was_heard_planned_and_measured(tmp_path: Path) -> None:
    """Turns and events, latency marks among them; the number that was called stays out."""
    report = make_report(record(None), tmp_path)
    stored = json.loads(report.record_file.read_text("utf-8"))
    assert stored == as_json(report.record)
    assert [turn["planned_text"] for turn in stored["turns"]] == ["Yes.", "Thanks."]
    assert [turn["confidence"] for turn in stored["turns"]] == [0.912, None]
    assert stored["turns"][1]["response_ms"] == 500
    assert stored["events"] == [{"at": AT.isoformat(), "at_s": 2.0, "kind": "latency", "detail": "endpointing 320 ms"}]
    assert "77010000001" not in report.record_file.read_text("utf-8")


@pytest.mark.parametrize(
    ("end", "handed", "answers"),
    [
        (("transferred", 2.6, "operators by call c-1-1"), "operators by call c-1-1", 0),
        (("transfer_failed", 2.7, "operators by call c-1-1: busy"), "to nobody: operators by call c-1-1: busy", 0),
        (("transfer_failed", 2.3, "operators by refer: 486"), "to nobody: operators by refer: 486", 1),
    ],
)
def test_neither_ring_back_nor_a_person_is_an_answer_of_the_bots(
    recording: Path, tmp_path: Path, end: tuple[str, float, str], handed: str, answers: int
) -> None:
    """What is heard from the first ringing on, until the caller is the bot's again, is not measured."""
    whole = record(recording)
    kind, at_s, detail = end
    events = (CallEvent("c-1", AT, 2.2, "transfer_ringing", "x"), CallEvent("c-1", AT, at_s, kind, detail))
    report = make_report(replace(whole, events=events), tmp_path / "reports")
    assert len(report.delays_ms) == answers
    assert handed in table(report)


def test_a_typed_call_has_no_recording_and_no_latency(tmp_path: Path) -> None:
    """Its last line says so with nulls, and the table leaves the rows out."""
    report = make_report(record(None), tmp_path)
    assert (report.picture, report.delays_ms) == (None, ())
    last = summary(report)
    assert (last["latency_ms"], last["recording"]) == ({"p50": None, "p95": None}, None)
    assert "bot audio" not in table(report)
    assert "recording" not in table(report)


def test_a_recording_that_is_gone_is_left_out(tmp_path: Path) -> None:
    """The report speaks of files that exist."""
    assert summary(make_report(record(tmp_path / "gone.wav"), tmp_path))["recording"] is None


def test_a_call_that_was_never_answered_has_an_empty_recording(tmp_path: Path) -> None:
    """It is drawn all the same."""
    write_wav(tmp_path / "c-1.wav", np.zeros((0, 2), np.int16))
    report = make_report(replace(record(tmp_path / "c-1.wav"), turns=()), tmp_path)
    assert report.delays_ms == ()
    assert report.picture is not None
    assert report.transcript.read_text() == "\n"


def test_a_recording_that_is_no_audio_is_an_error_that_names_it(tmp_path: Path) -> None:
    """Not a traceback."""
    (tmp_path / "c-1.wav").write_bytes(b"RIFF")
    with pytest.raises(AudioError, match=r"c-1\.wav"):
        make_report(record(tmp_path / "c-1.wav"), tmp_path)


def test_the_table_tells_promise_and_call_back_in_words(recording: Path, tmp_path: Path) -> None:
    """Sum, weekday, and whether it was read back."""
    whole = record(recording)
    text = table(make_report(whole, tmp_path))
    assert "45 000 KZT by Wednesday, 25 November 2026, read back and confirmed" in text
    assert "over 1 answer (from the recording)" in text
    assert whole.closed is not None
    later = replace(whole.closed, promise=replace(PROMISE, confirmed=False), callback_at=AT)
    text = table(make_report(replace(whole, closed=later), tmp_path))
    assert "not confirmed" in text
    assert "Sunday, 22 November 2026 09:30 UTC" in text


def test_the_table_fits_a_narrow_terminal(recording: Path, tmp_path: Path) -> None:
    """At 60 columns the figures are folded; paths are left whole, to be copied."""
    report = make_report(record(recording), tmp_path)
    rows = table(report, width=60).splitlines()
    assert max(len(row) for row in rows if row.endswith(("│", "┐", "┘"))) <= 60
    assert f"  transcript  {report.transcript}" in rows


@pytest.mark.parametrize("name", ["c-1.txt", "c-1.json"])
def test_what_was_said_is_for_the_owner_alone(tmp_path: Path, name: str) -> None:
    """The folder of reports admits nobody else."""
    make_report(record(None), tmp_path / "reports")
    assert (tmp_path / "reports").stat().st_mode & 0o077 == 0
    assert (tmp_path / "reports" / name).exists()


def test_what_was_said_stands_beside_what_was_heard(recording: Path, tmp_path: Path) -> None:
    """In the table and in the transcript, for callers whose words are known."""
    report = make_report(record(recording), tmp_path / "reports", {0: "Yes, speaking."})
    assert report.transcript.read_text("utf-8").splitlines()[1] == "          really: Yes, speaking."
    rows = [line.split() for line in table(report).splitlines() if "speaking" in line]
    assert rows == [["│", "Yes,", "speaking.", "│", "Yes.", "│", "yes", "│"]]
    assert "What was heard" not in table(make_report(record(recording), tmp_path / "reports"))
