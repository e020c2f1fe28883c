"""What is left of a demo call: transcript, record and picture, a summary table and one JSON object."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from analytics.response import Span, percentile, responses
from engine.calls import CallClosed, CallRecord, Promise, Speaker
from engine.errors import EmptyRecording
from engine.sealing import Keyring, seal_in_place, stored_at


@dataclass(frozen=True, slots=True)
class Report:
    """The files of a call and what was measured on its recording.

    Args:
        record: as stored.
        recording: None for a typed call.
        transcript: text file.
        record_file: JSON file.
        picture: PNG, None for a typed call.
        delays_ms: caller stopped → first bot audio, one for each answer, from the recording.
        said: what a simulated caller really said, by the index of the turn in which it was heard.
    """

    record: CallRecord
    recording: Path | None
    transcript: Path
    record_file: Path
    picture: Path | None
    delays_ms: tuple[float, ...]
    said: Mapping[int, str] = field(default_factory=dict)

    @property
    def closed(self) -> CallClosed:
        """The call's last row."""
        assert self.record.closed is not None
        return self.record.closed


def make_report(
    record: CallRecord, folder: Path, said: Mapping[int, str] = MappingProxyType({}), keys: Keyring | None = None
) -> Report:
    """Write the files of a finished call.

    Args:
        record: of a call that is closed.
        folder: for the files, made if need be.
        said: what the caller really said, where that is known, by the index of the turn in which it was heard.
        keys: that open a recording which is sealed by now, and seal the files; None leaves these in clear.

    Raises:
        AudioError: the recording cannot be read.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    call_id = record.opened.call_id
    noted = record.opened.recording
    recording = None if noted is None else stored_at(noted)
    transcript, record_file = folder / f"{call_id}.txt", folder / f"{call_id}.json"
    transcript.write_text("\n".join(_transcript(record, said)) + "\n", encoding="utf-8")
    record_file.write_text(json.dumps(as_json(record), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    picture: Path | None = None
    delays_ms: tuple[float, ...] = ()
    if recording is not None:
        from analytics.waveform import draw_call  # its library is slow to load, and no call waits for a picture
        from asr.recordings import read_recording

        picture = folder / f"{call_id}.png"
        try:
            samples = read_recording(recording, keys)
        except EmptyRecording:
            samples = np.zeros((0, 2), np.int16)
        draw_call(samples, record.turns, picture, f"call {call_id}")
        away = _away(record)
        answers = responses(samples[:, 0], samples[:, 1])
        delays_ms = tuple(one.delay_ms for one in answers if not away.start_s <= one.bot_start_s < away.end_s)
    if keys is not None:
        transcript, record_file = seal_in_place(transcript, keys), seal_in_place(record_file, keys)
        picture = picture and seal_in_place(picture, keys)
    return Report(record, recording, transcript, record_file, picture, delays_ms, said)


def _away(record: CallRecord) -> Span:
    """Return when the caller heard ring-back, or a person instead of the bot: none of that answers anyone."""
    begun = [event.at_s for event in record.events if event.kind == "transfer_ringing"]
    if not begun:
        return Span(0.0, 0.0)
    failed = [event.at_s for event in record.events if event.kind == "transfer_failed"]
    return Span(min(begun), max(failed) if len(failed) == len(begun) else math.inf)


def summary(report: Report) -> dict[str, Any]:
    """Return the demo's last line: the figures of a call, free of names and numbers."""
    closed = report.closed
    return {
        "call_id": report.record.opened.call_id,
        "disposition": closed.disposition.value,
        "promise": _promise(closed.promise),
        "turns": len(report.record.turns),
        "latency_ms": {name: _rounded(percentile(report.delays_ms, share)) for name, share in _SHARES.items()},
        "recording": str(report.recording) if report.recording else None,
    }


_SHARES = {"p50": 0.5, "p95": 0.95}


def print_report(report: Report, console: Console) -> None:
    """Print what was said beside what was heard, where that is known, the summary table and the paths of the files."""
    closed = report.closed
    if report.said:
        console.print(_hearing(report))
        console.print()
    table = Table("", Column("", overflow="fold"), show_header=False, title="The call", title_justify="left")
    table.add_row("disposition", closed.disposition.value.replace("_", " "))
    if closed.promise is not None:
        confirmed = "read back and confirmed" if closed.promise.confirmed else "not confirmed"
        table.add_row("promise", f"{closed.promise.amount} by {closed.promise.due:%A, %d %B %Y}, {confirmed}")
    if closed.callback_at is not None:
        table.add_row("call back at", f"{closed.callback_at:%A, %d %B %Y %H:%M %Z}")
    handed_over = [event for event in report.record.events if event.kind in ("transferred", "transfer_failed")]
    if handed_over:
        last = handed_over[-1]
        table.add_row("handed over", last.detail if last.kind == "transferred" else f"to nobody: {last.detail}")
    table.add_row("length", f"{closed.duration_s:.1f} s, {len(report.record.turns)} turns")
    middle, tail = (percentile(report.delays_ms, share) for share in _SHARES.values())
    if middle is not None and tail is not None:
        answers = f"{len(report.delays_ms)} answer{'s' * (len(report.delays_ms) != 1)}"
        measured = f"p50 {middle:.0f} ms, p95 {tail:.0f} ms over {answers} (from the recording)"
        table.add_row("caller stops → bot audio", measured)
    files = {
        "recording": report.recording,
        "picture": report.picture,
        "transcript": report.transcript,
        "call record": report.record_file,
    }
    console.print(table)
    for name, path in files.items():
        if path is not None:
            console.print(f"{name:>12}  {escape(str(path))}", soft_wrap=True)  # whole, to be copied


def _hearing(report: Report) -> Table:
    table = Table(
        *(Column(title, overflow="fold") for title in ("the debtor said", "the bot heard", "understood")),
        title="What was heard",
        title_justify="left",
    )
    for turn in report.record.turns:
        if turn.index in report.said:
            heard = escape(turn.text) if turn.text else "[dim](not heard)[/]"
            table.add_row(escape(report.said[turn.index]), heard, turn.intent or "[dim](not understood)[/]")
    return table


def as_json(record: CallRecord) -> dict[str, Any]:
    """Return a call's record as plain values."""
    opened, closed = record.opened, record.closed
    return {
        "call_id": opened.call_id,
        "direction": opened.direction.value,
        "account_id": opened.account_id,
        "scenario": opened.scenario,
        "scenario_hash": opened.scenario_hash,
        "language": opened.language.value,
        "opened_at": opened.opened_at.isoformat(),
        "closed_at": closed.closed_at.isoformat() if closed else None,
        "disposition": closed.disposition.value if closed else None,
        "duration_s": closed.duration_s if closed else None,
        "promise": _promise(closed.promise) if closed else None,
        "callback_at": closed.callback_at.isoformat() if closed and closed.callback_at else None,
        "recording": str(opened.recording) if opened.recording else None,
        "turns": [
            {
                "index": turn.index,
                "speaker": turn.speaker.value,
                "text": turn.text,
                "planned_text": turn.planned_text,
                "start_s": round(turn.start_s, 3),
                "end_s": round(turn.end_s, 3),
                "state": turn.state,
                "intent": turn.intent,
                "confidence": _rounded(turn.confidence, 3),
                "response_ms": _rounded(turn.response_ms),
            }
            for turn in record.turns
        ],
        "events": [
            {"at": one.at.isoformat(), "at_s": round(one.at_s, 3), "kind": one.kind, "detail": one.detail}
            for one in record.events
        ],
    }


def _promise(promise: Promise | None) -> dict[str, Any] | None:
    if promise is None:
        return None
    return {
        "amount_minor": promise.amount.minor,
        "currency": promise.amount.currency.value,
        "due": promise.due.isoformat(),
        "confirmed": promise.confirmed,
    }


def _transcript(record: CallRecord, said: Mapping[int, str]) -> Iterator[str]:
    names = {Speaker.BOT: "bot", Speaker.CALLER: "caller"}
    for turn in record.turns:
        yield f"[{turn.start_s:7.2f}] {names[turn.speaker]:>6}: {turn.text}"
        if turn.index in said:
            yield f"{'really:':>17} {said[turn.index]}"


def _rounded(value: float | None, digits: int = 0) -> float | None:
    return None if value is None else round(value, digits)
