"""What an expression says of a contact, and by what."""

from dataclasses import dataclass
from enum import StrEnum

from analytics.conversation import Role
from analytics.expressions.errors import Extent
from analytics.expressions.tree import EventKind


class Verdict(StrEnum):
    """Whether an expression holds of a contact."""

    YES = "yes"
    NO = "no"
    NOT_HEARD = "not heard"
    """Recognition was too weak to tell, or a measure that is needed could not be taken."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Words that were found, or an event.

    Args:
        text: as it was said; of an event its name.
        role: who said it; None of a pause and of both sides' talking.
        start_s: from the contact's start.
        end_s: the same.
        confidence: of the least sure word; 1 of an event.
        sure: no word of it counts as not heard.
        at: which part of the expression found it.
        event: None of words.
    """

    text: str
    role: Role | None
    start_s: float
    end_s: float
    confidence: float
    sure: bool
    at: Extent
    event: EventKind | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A measure or attribute that was compared.

    Args:
        name: of it; an attribute's with its @.
        value: what it is, None where it is not known.
        wanted: the condition as an expression.
        at: where it stands.
    """

    name: str
    value: float | str | None
    wanted: str
    at: Extent


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which too much was not heard for a no.

    Args:
        roles: whose speech.
        start_s: from the contact's start.
        end_s: the same.
        unheard: share of their speech in it that was not understood, in 0..1.
        at: the part of the expression that was looked for there.
    """

    roles: frozenset[Role]
    start_s: float
    end_s: float
    unheard: float
    at: Extent


@dataclass(frozen=True, slots=True)
class Match:
    """The verdict, and what decided it.

    Args:
        verdict: of the expression.
        hits: words and events, in the order of time.
        readings: of measures and attributes.
        gaps: why it is not known.
    """

    verdict: Verdict
    hits: tuple[Hit, ...] = ()
    readings: tuple[Reading, ...] = ()
    gaps: tuple[Gap, ...] = ()
