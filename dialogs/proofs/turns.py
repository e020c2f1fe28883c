"""What happens in a call, turn by turn, as the proof sees it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialogs.documents import Steps
from dialogs.proofs.memory import Memory
from engine.calls import Disposition


class Event(StrEnum):
    """What happens in a call besides an answer."""

    BEGIN = "begin"
    INBOUND = "inbound"
    SILENCE = "silence"
    NOT_UNDERSTOOD = "not_understood"
    TOO_LONG = "too_long"
    """All turns of the call are used up."""
    UNREACHED = "unreached"
    """Nobody took the call that was to be handed over."""
    DONE = "done"
    """The action succeeded."""
    FAILED = "failed"
    """The action failed, or took too long."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A prompt, and the place in the scenario that orders it.

    Args:
        prompt: its name.
        steps: the place.
    """

    prompt: str
    steps: Steps


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """Where a turn of the bot's leads.

    Args:
        said: in order.
        state: that the dialog is in then.
        memory: then.
        before: notices that were heard before.
        end: disposition with which the call ends.
        waits: for an answer, for an action, or for a person to take the call.
        nobody: a person was wanted on the way, and none was on hand.
        spent: times that limited routes on the way were taken before, so that they are passed over now.
    """

    said: tuple[Spoken, ...]
    state: str
    memory: Memory
    before: int
    end: Disposition | None
    waits: bool
    nobody: bool = False
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Turn:
    """What happened, and where it led.

    Args:
        event: an intent, `OTHER_WORDS` or an `Event`.
        steps: the transition or limit that was taken.
        arrival: where it led.
        times: how often it has happened by then, where a limit had to be used up.
        guessed: the answer was not understood for certain.
        beside: the caller also said that they are not the debtor.
    """

    event: str
    steps: Steps
    arrival: Arrival
    times: int = 1
    guessed: bool = False
    beside: bool = False

    @property
    def length(self) -> int:
        """How many turns it stands for; an odd one counts more, so that plain calls are shown first."""
        return self.times + self.arrival.spent + 2 * self.beside


Situation = tuple[str, Memory]
"""A state that waits, and what is remembered."""

OTHER_WORDS: Final = "anything else"
"""Stands for every intent that no transition of a question names."""
