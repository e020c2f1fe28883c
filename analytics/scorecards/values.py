"""What a scorecard says of a contact."""

from dataclasses import dataclass
from enum import StrEnum

from analytics.evidence import Evidence


class Standing(StrEnum):
    """Of one criterion."""

    MET = "met"
    NOT_MET = "not met"
    NOT_HEARD = "not heard"
    """Recognition was too weak to tell: its weight is taken out."""
    NOT_DUE = "not due"
    """It does not apply to this contact: its weight is taken out."""


class Outcome(StrEnum):
    """Of a whole card."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    """Too little, or a critical criterion, could not be judged: a person should listen."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One criterion of one contact.

    Args:
        criterion: its name.
        standing: of it.
        weight: that it has in the card.
        critical: whether the contact stands or falls with it.
        reason: why it is so, where the evidence does not say it by itself.
        evidence: words, facts, and what was not heard.
    """

    criterion: str
    standing: Standing
    weight: float
    critical: bool
    reason: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Scored:
    """A card applied to a contact.

    Args:
        contact_id: of the contact.
        card: its name.
        version: that the card's author gave it.
        digest: of the card and of the wordings that it uses: two of one digest judge alike.
        score: 0..100, of what could be judged; None where nothing could.
        judged: share of the weight that applies and could be judged, in 0..1.
        outcome: whether it is enough.
        criteria: in the card's order.
    """

    contact_id: str
    card: str
    version: str
    digest: str
    score: float | None
    judged: float
    outcome: Outcome
    criteria: tuple[Judged, ...]
