"""What a measure is worth, and what shows it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analytics.conversation import Role


class Side(StrEnum):
    """Whose measure it is: the bank's (bot and person alike), the client's, or of both together."""

    BANK = "bank"
    CLIENT = "client"
    BOTH = "both"

    @property
    def other(self) -> "Side":
        """Who listens while this side speaks.

        Raises:
            KeyError: of both together.
        """
        return {Side.BANK: Side.CLIENT, Side.CLIENT: Side.BANK}[self]


SIDES: Final = (Side.BANK, Side.CLIENT)


def side_of(role: Role) -> Side:
    """Return for which side a role speaks."""
    return Side.BANK if role.is_bank else Side.CLIENT


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the contact that shows a measure.

    Args:
        side: whose sound or words they are; both together in a silence.
        start_s: from the contact's start.
        end_s: the same.
        text: words, as recognised or written; empty for mere sound or silence.
        value: what this place adds or comes to, in the measure's unit; None where it only shows it.
    """

    side: Side
    start_s: float
    end_s: float
    text: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one cause adds to an estimate.

    Args:
        name: of the cause.
        value: in the estimate's unit.
        evidence: where it shows.
    """

    name: str
    value: float
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure of one contact.

    Args:
        value: in the measure's unit; None where it cannot be told, which is never the same as 0.
        evidence: places that show it, by their start.
        parts: of an estimate.
    """

    value: float | None
    evidence: tuple[Evidence, ...] = ()
    parts: tuple[Part, ...] = ()


UNKNOWN: Final = Measured(None)
"""Cannot be told of this contact."""


def counted(evidence: tuple[Evidence, ...]) -> Measured:
    """Return how often something was seen."""
    return Measured(float(len(evidence)), evidence)
