"""What a browser is told of its call, and what it may say besides audio."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.calls import Answered, CallClosed, DigitPressed, PlayoutCut, Speaker, Turn
from engine.dialog import Move
from engine.hearing import Partial
from engine.services import News


class Order(BaseModel):
    """What the browser says in text: a key was pressed, or the caller hangs up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["key", "hang_up"]
    key: str = Field(default="", pattern=r"^[0-9*#]?$")


def told(news: News) -> dict[str, Any] | None:
    """Return a piece of news as the browser shows it, None where it shows nothing of it."""
    match news:
        case Answered():
            return {"type": "answered"}
        case Partial(text):
            return {"type": "partial", "text": text}
        case Move():
            return {
                "type": "move",
                "state": news.state,
                "text": " ".join(line.text for line in news.lines),
                "language": news.language,
                "right_party": news.right_party,
            }
        case Turn(speaker=Speaker.CALLER):
            return {
                "type": "caller",
                "text": news.text,
                "intent": news.intent,
                "confidence": news.confidence,
                "state": news.state,
            }
        case Turn():
            return {
                "type": "bot",
                "text": news.text,
                "cut": news.text != news.planned_text,
                "response_ms": news.response_ms,
            }
        case DigitPressed(digit):
            return {"type": "key", "key": digit}
        case PlayoutCut():
            return {"type": "cut"}
    return None


def over(closed: CallClosed) -> dict[str, Any]:
    """Return how the call ended."""
    promise = closed.promise
    return {
        "type": "over",
        "call": closed.call_id,
        "disposition": closed.disposition,
        "duration_s": round(closed.duration_s, 1),
        "promise": promise and f"{promise.amount} on {promise.due}{'' if promise.confirmed else ', not confirmed'}",
        "callback": closed.callback_at and f"{closed.callback_at:%Y-%m-%d %H:%M}",
    }
