"""The client's effort, estimated from what made the contact hard; each cause is shown with its evidence.

The points are set by judgement, not fitted to surveys: the estimate orders contacts, and its parts say why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from analytics.measures.heard import Heard
from analytics.measures.values import UNKNOWN, Evidence, Measured, Part, Side

_NONE: Final = 1.0
_VERY_HIGH: Final = 7.0


@dataclass(frozen=True, slots=True)
class Cause:
    """What makes a contact hard.

    Args:
        name: of the part.
        measure: its amount.
        free: so much of it is no effort.
        points: for each unit of the measure above that.
        most: points that it can add.
    """

    name: str
    measure: str
    free: float
    points: float
    most: float


CAUSES: Final = (
    Cause("did not hear or understand the bank", "client_repeats", 0, 0.6, 1.8),
    Cause("had to say it again", "bank_repeats", 0, 0.5, 1.5),
    Cause("was put on hold", "hold_s", 0, 1 / 60, 1.5),
    Cause("was interrupted", "bank_interruptions", 0, 0.3, 0.9),
    Cause("waited for answers", "bank_latency_median_s", 1.5, 0.3, 0.6),
    Cause("long contact", "handling_s", 300, 0.2 / 60, 1.0),
    Cause("many questions", "client_questions", 3, 0.2, 0.8),
)
"""Causes that are measures of their own. Times of written contacts are nobody's waiting at the telephone."""

_CALLS_ONLY: Final = frozenset({"bank_latency_median_s", "handling_s"})
_COMPLAINT_POINTS: Final = 0.8
_COMPLAINTS_MOST: Final = 2.4
_OPERATOR_POINTS: Final = 0.5
_TONE_FREE: Final = -0.1
_TONE_POINTS: Final = 1.5
_TONE_MOST: Final = 1.0


def effort(heard: Heard, measured: Mapping[str, Measured]) -> Measured:
    """Return the client's effort, 1 to 7; None where the client said nothing.

    Args:
        heard: the contact.
        measured: its other measures.
    """
    lines = heard.said_by(Side.CLIENT)
    if not any(line.understood for line in lines):
        return UNKNOWN
    parts = [part for cause in CAUSES if (part := _part(cause, heard, measured)) is not None]
    complaints = tuple(line.shown(find) for line in lines for find in line.finds.get("effort", ()))
    if complaints:
        points = min(len(complaints) * _COMPLAINT_POINTS, _COMPLAINTS_MOST)
        parts.append(Part("complained of effort", points, complaints))
    wishes = tuple(line.shown(find) for line in lines for find in line.finds.get("operator", ()))
    if wishes:
        parts.append(Part("wanted a person", _OPERATOR_POINTS, wishes))
    tone = measured["client_sentiment"]
    if tone.value is not None and tone.value < _TONE_FREE:
        points = min((_TONE_FREE - tone.value) * _TONE_POINTS, _TONE_MOST)
        parts.append(Part("spoke in a bad tone", points, _negative(tone.evidence)))
    value = min(_NONE + sum(part.value for part in parts), _VERY_HIGH)
    evidence = {shown: None for part in parts for shown in part.evidence}
    return Measured(value, tuple(sorted(evidence, key=lambda shown: shown.start_s)), tuple(parts))


def _part(cause: Cause, heard: Heard, measured: Mapping[str, Measured]) -> Part | None:
    amount = measured.get(cause.measure, UNKNOWN)
    if amount.value is None or amount.value <= cause.free:
        return None
    if cause.measure in _CALLS_ONLY and heard.sounds is None:
        return None
    return Part(cause.name, min((amount.value - cause.free) * cause.points, cause.most), amount.evidence)


def _negative(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(shown for shown in evidence if shown.value is not None and shown.value < 0)
