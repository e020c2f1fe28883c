"""The call: its time, and turn-taking in it."""

from collections.abc import Mapping

from pydantic import Field, model_validator

from config.sections.base import Section
from engine.activity import Thresholds
from engine.speech import Expect
from engine.turns import TurnLimits


class Engine(Section):
    """The call session and the processes around it."""

    heartbeat_timeout_s: float = Field(
        3.0,
        ge=1.5,
        description="Seconds without a sign of life of the engine after which the worker ends its calls.",
    )
    max_call_s: float = Field(
        600.0, gt=0, description="Longest call with the bot in seconds; it is ended then, unless a person has taken it."
    )
    drain_s: float = Field(
        120.0, ge=0, description="Seconds that live calls get to end after SIGTERM; keep below TimeoutStopSec."
    )


class SilenceMs(Section):
    """Milliseconds of silence that end the caller's turn, by the kind of answer that the dialog waits for."""

    yes_no: int = Field(300, ge=100, description="Yes or no.")
    name: int = Field(500, ge=100, description="A name.")
    date: int = Field(900, ge=100, description="A date.")
    sum: int = Field(900, ge=100, description="A sum of money.")
    promise: int = Field(900, ge=100, description="A date, a sum or both.")
    digits: int = Field(1500, ge=100, description="Digits one by one: people pause between groups.")
    free: int = Field(900, ge=100, description="Anything else.")


class Turns(Section):
    """Turn-taking: when the caller has finished, and when the caller interrupts."""

    silence_ms: SilenceMs = Field(default_factory=SilenceMs, description="Silence that ends a turn, by expected kind.")
    max_silence_ms: int = Field(2500, ge=100, description="No kind waits longer than this, in milliseconds.")
    complete_silence_ms: int = Field(
        300, ge=100, description="Milliseconds of silence that end a turn whose words are a whole answer already."
    )
    unfinished_silence_ms: int = Field(
        800, ge=100, description="Milliseconds of silence that end a turn after words that call for more, at least."
    )
    longest_turn_s: float = Field(30.0, gt=0, description="Seconds after which a caller's turn is cut and answered.")
    barge_in_speech_ms: int = Field(
        240, ge=20, description="Milliseconds of speech over the bot that count as an interruption; a cough is shorter."
    )
    speech_begins: float = Field(0.5, gt=0, lt=1, description="Speech begins where its probability rises above this.")
    speech_ends: float = Field(0.35, gt=0, lt=1, description="Speech ends where its probability falls below this.")

    @model_validator(mode="after")
    def _consistent(self) -> "Turns":
        if self.speech_ends > self.speech_begins:
            raise ValueError("speech_ends must not be above speech_begins")
        for kind, silence in self.silence_by_kind.items():
            if silence > self.max_silence_ms:
                raise ValueError(f"silence_ms.{kind} is {silence}, more than max_silence_ms ({self.max_silence_ms})")
        return self

    @property
    def silence_by_kind(self) -> Mapping[Expect, int]:
        """Milliseconds by expected kind."""
        return {kind: getattr(self.silence_ms, kind.value) for kind in Expect}

    @property
    def thresholds(self) -> Thresholds:
        """The probabilities of speech as the engine takes them."""
        return Thresholds(begin=self.speech_begins, end=self.speech_ends)

    def limits(self, longest_call_s: float) -> TurnLimits:
        """Return the times of turn-taking as the engine takes them."""
        return TurnLimits(
            silence_s={kind: silence / 1000 for kind, silence in self.silence_by_kind.items()},
            longest_silence_s=self.max_silence_ms / 1000,
            complete_silence_s=self.complete_silence_ms / 1000,
            unfinished_silence_s=self.unfinished_silence_ms / 1000,
            barge_in_s=self.barge_in_speech_ms / 1000,
            longest_turn_s=self.longest_turn_s,
            digits_s=self.silence_ms.digits / 1000,
            longest_call_s=longest_call_s,
        )
