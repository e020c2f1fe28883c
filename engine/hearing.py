"""What passes between a call's ear and its session: the sounds that matter, and who may be asked and told."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from engine.speech import Language, Transcript
from engine.turns import DigitsOver, Interrupt, NoInput, TimeUp, TurnTaker


@dataclass(frozen=True, slots=True)
class Partial:
    """What the caller seems to be saying."""

    text: str


@dataclass(frozen=True, slots=True)
class PauseRead:
    """The words up to a pause that may be the end: time to foresee the answer to them."""

    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Heard:
    """A caller's turn is over and read; an empty transcript is speech that was not understood.

    ``voiced_s`` tells a cough from a sentence; ``interrupted`` says that it cut the bot short; ``decided_s`` is the
    stream second at which silence had lasted long enough.
    """

    transcript: Transcript
    interrupted: bool
    decided_s: float

    @property
    def voiced_s(self) -> float:
        """From the first to the last sound."""
        return self.transcript.end_s - self.transcript.start_s


@dataclass(frozen=True, slots=True)
class RecognitionFailed:
    """The recogniser failed on this call; the turn is taken as not heard."""

    reason: str


@dataclass(frozen=True, slots=True)
class HearingFailed:
    """A fault of ours: nothing more is heard in this call, not even the passing of time."""

    reason: str


class FaxTone(StrEnum):
    """What a fax machine says of itself."""

    CNG = "cng"
    """Calling tone, 1100 Hz."""
    CED = "ced"
    """Called station's tone, 2100 Hz."""


@dataclass(frozen=True, slots=True)
class FaxHeard:
    """A fax machine is at the other end."""

    tone: FaxTone
    at_s: float


Sound = (
    FaxHeard
    | Partial
    | PauseRead
    | Heard
    | Interrupt
    | NoInput
    | DigitsOver
    | TimeUp
    | RecognitionFailed
    | HearingFailed
)


class Understanding(Protocol):
    """What the ear asks of the dialog."""

    def completes(self, text: str) -> bool:
        """Whether these words are a whole answer already."""

    def unfinished(self, text: str) -> bool:
        """Whether more words are likely to follow."""


class Hearing(Protocol):
    """One call's ear, as the session uses it."""

    def listen_in(self, language: Language) -> bool:
        """Recognise this language from now on; return whether that is possible."""

    def press(self, digit: str, at_s: float) -> None:
        """Take a key."""

    def close(self) -> None:
        """Stop listening."""


class Hearer(Protocol):
    """Opens ears on channels: `engine.listening.Listener`, or a keyboard."""

    def open(
        self,
        channel: int,
        turns: TurnTaker,
        language: Language,
        understanding: Understanding,
        tell: Callable[[Sound], None],
    ) -> Hearing:
        """Begin to listen to a channel.

        Raises:
            ModelMissing: there is no recogniser for the language.
        """
