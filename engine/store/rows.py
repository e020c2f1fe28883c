"""Values to rows and back."""

from pathlib import Path
from typing import Any, TypeAlias

from sqlalchemy import RowMapping

from engine.accounts import Currency, Money
from engine.calls import CallClosed, CallEvent, CallOpened, Direction, Disposition, Promise, Speaker, Turn
from engine.speech import Hypothesis, Language, Transcript, Word

Row: TypeAlias = dict[str, Any]


def opened_row(call: CallOpened, node: str, recordings: Path) -> Row:
    """Return the columns of a new call; its recording relative to ``recordings`` where it lies inside."""
    path = call.recording
    if path is not None and path.is_relative_to(recordings):
        path = path.relative_to(recordings)
    return {
        "call_id": call.call_id,
        "node": node,
        "direction": call.direction.value,
        "remote": call.remote,
        "account_id": call.account_id,
        "scenario": call.scenario,
        "scenario_hash": call.scenario_hash,
        "language": str(call.language),
        "opened_at": call.opened_at,
        "recording": None if path is None else path.as_posix(),
        "people": list(call.people) or None,
    }


def opened_value(row: RowMapping, recordings: Path) -> CallOpened:
    """Return the beginning of a call."""
    return CallOpened(
        call_id=row["call_id"],
        direction=Direction(row["direction"]),
        remote=row["remote"],
        account_id=row["account_id"],
        scenario=row["scenario"],
        scenario_hash=row["scenario_hash"],
        language=Language(row["language"]),
        opened_at=row["opened_at"],
        recording=None if row["recording"] is None else recordings / row["recording"],
        people=tuple(row["people"] or ()),
    )


def closed_row(call: CallClosed) -> Row:
    """Return the columns of `calls` that the end of a call fills."""
    return {
        "closed_at": call.closed_at,
        "disposition": call.disposition.value,
        "duration_s": call.duration_s,
        "sip_status": call.sip_status,
        "callback_at": call.callback_at,
    }


def closed_value(row: RowMapping) -> CallClosed | None:
    """Return the end of a call from a row of `calls` joined with `promises`, or None while it is open."""
    if row["closed_at"] is None:
        return None
    promise = None
    if row["amount_minor"] is not None:
        amount = Money(row["amount_minor"], Currency(row["currency"]))
        promise = Promise(amount, row["due"], row["confirmed"])
    return CallClosed(
        call_id=row["call_id"],
        closed_at=row["closed_at"],
        disposition=Disposition(row["disposition"]),
        duration_s=row["duration_s"],
        sip_status=row["sip_status"],
        promise=promise,
        callback_at=row["callback_at"],
    )


def promise_row(call_id: str, promise: Promise) -> Row:
    """Return a row of `promises`."""
    return {
        "call_id": call_id,
        "amount_minor": promise.amount.minor,
        "currency": promise.amount.currency.value,
        "due": promise.due,
        "confirmed": promise.confirmed,
    }


def event_row(event: CallEvent) -> Row:
    """Return a row of `call_events`, without its number."""
    return {
        "call_id": event.call_id,
        "at": event.at,
        "at_s": event.at_s,
        "kind": event.kind,
        "detail": event.detail,
    }


def event_value(row: RowMapping) -> CallEvent:
    """Return an event."""
    return CallEvent(row["call_id"], row["at"], row["at_s"], row["kind"], row["detail"])


def turn_row(turn: Turn) -> Row:
    """Return a row of `turns`."""
    return {
        "call_id": turn.call_id,
        "turn_index": turn.index,
        "speaker": turn.speaker.value,
        "text": turn.text,
        "planned_text": turn.planned_text,
        "start_s": turn.start_s,
        "end_s": turn.end_s,
        "state": turn.state,
        "intent": turn.intent,
        "confidence": turn.confidence,
        "response_ms": turn.response_ms,
        "transcript": None if turn.transcript is None else _transcript_json(turn.transcript),
    }


def turn_value(row: RowMapping) -> Turn:
    """Return a turn."""
    return Turn(
        call_id=row["call_id"],
        index=row["turn_index"],
        speaker=Speaker(row["speaker"]),
        text=row["text"],
        planned_text=row["planned_text"],
        start_s=row["start_s"],
        end_s=row["end_s"],
        state=row["state"],
        intent=row["intent"],
        confidence=row["confidence"],
        response_ms=row["response_ms"],
        transcript=None if row["transcript"] is None else _transcript_value(row["transcript"]),
    )


def _transcript_json(transcript: Transcript) -> Row:
    return {
        "language": str(transcript.language),
        "start_s": transcript.start_s,
        "end_s": transcript.end_s,
        "hypotheses": [
            {
                "text": hypothesis.text,
                "confidence": hypothesis.confidence,
                "share": hypothesis.share,
                "words": [[word.text, word.start_s, word.end_s, word.confidence] for word in hypothesis.words],
            }
            for hypothesis in transcript.hypotheses
        ],
    }


def _transcript_value(stored: Row) -> Transcript:
    language = stored["language"]
    return Transcript(
        hypotheses=tuple(
            Hypothesis(
                each["text"], each["confidence"], tuple(Word(*word) for word in each["words"]), each.get("share", 1.0)
            )
            for each in stored["hypotheses"]
        ),
        start_s=stored["start_s"],
        end_s=stored["end_s"],
        language=Language(language) if language in set(Language) else language,
    )
