"""Who broke into the other's speech."""

from bisect import bisect_right
from collections.abc import Mapping

from analytics.measures.heard import Heard
from analytics.measures.values import SIDES, Measured, counted
from analytics.response import Span
from analytics.spans import ALREADY_S, broke_in


def interruptions(heard: Heard) -> Mapping[str, Measured]:
    """Return how often each side interrupted the other, with what it said."""
    if heard.sounds is None:
        return {}
    return {
        f"{side}_interruptions": counted(
            tuple(heard.evidence(side, span) for span in _breaking_in(heard.turns[side], heard.sounds[side.other]))
        )
        for side in SIDES
    }


def _breaking_in(own: tuple[Span, ...], other: tuple[Span, ...]) -> list[Span]:
    starts = [span.start_s for span in other]
    found = []
    for span in own:
        speaking = bisect_right(starts, span.start_s - ALREADY_S) - 1
        if speaking >= 0 and broke_in(span, other[speaking]):
            found.append(span)
    return found
