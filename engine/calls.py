"""A call from request to record: values that telephony, dialogs, the session and the store share."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from engine.accounts import Account, Money
from engine.speech import Language, Transcript


class Direction(StrEnum):
    """Who called whom, seen from the bot."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Disposition(StrEnum):
    """How the contact ended, in the words of collection; one for every call."""

    PROMISE_TO_PAY = "promise_to_pay"
    REFUSED = "refused"
    ALREADY_PAID = "already_paid"
    DISPUTE = "dispute"
    HARDSHIP = "hardship"
    VAGUE_PROMISE = "vague_promise"
    CALLBACK = "callback"
    INFORMED = "informed"
    """Was told what the call was for, and nothing had to be agreed."""
    ACCEPTED = "accepted"
    """Wants what was offered: a restructuring, a product."""
    DECLINED = "declined"
    """Does not want what was offered."""
    SURVEYED = "surveyed"
    """Answered the questions of a survey."""
    WRONG_PERSON = "wrong_person"
    THIRD_PARTY = "third_party"
    MINOR = "minor"
    DECEASED = "deceased"
    PROTECTED = "protected"
    """Bankrupt or otherwise barred from contact."""
    STOP_CONTACT = "stop_contact"
    COMPLAINT = "complaint"
    AGGRESSION = "aggression"
    OPERATOR = "operator"
    CONNECTED = "connected"
    """A person, called about a caller who was handed over, took the call."""
    NOT_IDENTIFIED = "not_identified"
    OUT_OF_HOURS = "out_of_hours"
    """Called us when nobody was there, and was told so."""
    NO_INPUT = "no_input"
    NOT_UNDERSTOOD = "not_understood"
    ANSWERING_MACHINE = "answering_machine"
    FAX = "fax"
    """A fax machine answered, or called: not to be tried again."""
    HUNG_UP = "hung_up"
    """The caller hung up before any other disposition was reached."""
    TOO_LONG = "too_long"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    FAILED = "failed"
    """No connection for a technical reason."""
    MEDIA_LOST = "media_lost"
    """RTP stopped for longer than the limit."""
    INTERRUPTED = "interrupted"
    """A process of ours died in the middle of the call."""

    @property
    def conversation(self) -> bool:
        """Whether the dialog itself led to it, rather than the line or a fault."""
        return self not in _TECHNICAL


_TECHNICAL = frozenset(
    {
        Disposition.FAX,
        Disposition.HUNG_UP,
        Disposition.TOO_LONG,
        Disposition.BUSY,
        Disposition.NO_ANSWER,
        Disposition.CANCELLED,
        Disposition.REJECTED,
        Disposition.FAILED,
        Disposition.MEDIA_LOST,
        Disposition.INTERRUPTED,
    }
)


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise to pay.

    Args:
        amount: what was promised.
        due: the day by which it will be paid, in the debtor's time zone.
        confirmed: the bot read it back and the debtor said yes.
    """

    amount: Money
    due: date
    confirmed: bool


@dataclass(frozen=True, slots=True)
class CallRequest:
    """An order to call someone.

    Args:
        call_id: ours, unique for ever; also the name of the recording.
        destination: a number or ``sip:`` URI.
        account: whom and about what.
        scenario: name of the scenario to run.
        language: first language of the dialog.
    """

    call_id: str
    destination: str
    account: Account
    scenario: str
    language: Language


class EndCause(StrEnum):
    """Why a line ended, as signalled."""

    REMOTE_HANGUP = "remote_hangup"
    LOCAL_HANGUP = "local_hangup"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    FAILED = "failed"
    MEDIA_TIMEOUT = "media_timeout"
    WORKER_DIED = "worker_died"

    @property
    def disposition(self) -> Disposition:
        """How a contact ended that came to nothing before the line did."""
        return _DISPOSITIONS[self]


_DISPOSITIONS = {
    EndCause.REMOTE_HANGUP: Disposition.HUNG_UP,
    EndCause.LOCAL_HANGUP: Disposition.FAILED,
    EndCause.BUSY: Disposition.BUSY,
    EndCause.NO_ANSWER: Disposition.NO_ANSWER,
    EndCause.CANCELLED: Disposition.CANCELLED,
    EndCause.REJECTED: Disposition.REJECTED,
    EndCause.FAILED: Disposition.FAILED,
    EndCause.MEDIA_TIMEOUT: Disposition.MEDIA_LOST,
    EndCause.WORKER_DIED: Disposition.INTERRUPTED,
}


# What a line tells its session, in the order it happened. Times are stream seconds; before media they are 0.


@dataclass(frozen=True, slots=True)
class Ringing:
    """The far end rings; ``early_media`` when it sends audio already."""

    early_media: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """The call is up and media flows both ways."""


@dataclass(frozen=True, slots=True)
class Held:
    """The far end put us on hold: nothing we play is heard until `Resumed`."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """The far end took us off hold."""

    at_s: float


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """A DTMF digit: one of ``0123456789*#ABCD``."""

    digit: str
    at_s: float


@dataclass(frozen=True, slots=True)
class PlayoutStarted:
    """The first frame of a playout reached the bridge."""

    playout_id: int
    at_s: float


@dataclass(frozen=True, slots=True)
class PlayoutFinished:
    """The last frame of a playout reached the bridge."""

    playout_id: int
    at_s: float


@dataclass(frozen=True, slots=True)
class PlayoutCut:
    """A flush took effect: of this playout ``heard_s`` seconds were sent, and no more will be."""

    playout_id: int
    heard_s: float
    at_s: float


@dataclass(frozen=True, slots=True)
class LineEnded:
    """The line is gone; always the last event. ``sip_status`` is 0 where no final response exists.

    ``foreign_packets`` of audio came from elsewhere than the far end, and were dropped.
    """

    cause: EndCause
    sip_status: int
    reason: str
    at_s: float
    foreign_packets: int = 0


LineEvent = (
    Ringing | Answered | Held | Resumed | DigitPressed | PlayoutStarted | PlayoutFinished | PlayoutCut | LineEnded
)


# What the store keeps.


class Speaker(StrEnum):
    """Who spoke a turn."""

    BOT = "bot"
    CALLER = "caller"


@dataclass(frozen=True, slots=True)
class CallOpened:
    """The first row of a call, written before a packet is sent or an INVITE is answered.

    ``people`` are names that are known to belong to it, the debtor's: they are kept to be taken out of what is shown.
    """

    call_id: str
    direction: Direction
    remote: str
    account_id: str | None
    scenario: str
    scenario_hash: str
    language: Language
    opened_at: datetime
    recording: Path | None
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened in a call, for the record: ``kind`` in snake case, ``detail`` free of personal data."""

    call_id: str
    at: datetime
    at_s: float
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as it was really heard.

    Args:
        call_id: the call.
        index: from 0, in order of start.
        speaker: who.
        text: caller: the best hypothesis; bot: the words that were really played.
        planned_text: bot: all that it meant to say; equal to ``text`` unless it was cut.
        start_s: stream seconds.
        end_s: stream seconds.
        state: the dialog's state in which it was said.
        intent: what was understood, caller only.
        confidence: recognition confidence, caller only.
        response_ms: caller stopped → first bot audio, bot turns that answer one only.
        transcript: all hypotheses, caller only.
    """

    call_id: str
    index: int
    speaker: Speaker
    text: str
    planned_text: str
    start_s: float
    end_s: float
    state: str
    intent: str | None = None
    confidence: float | None = None
    response_ms: float | None = None
    transcript: Transcript | None = None


@dataclass(frozen=True, slots=True)
class CallClosed:
    """The last row of a call."""

    call_id: str
    closed_at: datetime
    disposition: Disposition
    duration_s: float
    sip_status: int
    promise: Promise | None = None
    callback_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """All that the store knows of a call."""

    opened: CallOpened
    closed: CallClosed | None
    turns: tuple[Turn, ...]
    events: tuple[CallEvent, ...]
