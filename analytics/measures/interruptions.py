"""Who broke into the other's speech."""

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

from analytics.measures.heard import Heard
from analytics.measures.values import SIDES, Measured, counted
from analytics.response import Span

_ALREADY_S: Final = 0.2
"""So long the other must have been speaking: who begins with it interrupts nobody."""

_TOGETHER_S: Final = 0.2
"""So long both must sound: an answer on the last syllable is none."""

_TAKEN_OVER_S: Final = 0.5
_TALKED_OVER_S: Final = 2.0


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
        speaking = bisect_right(starts, span.start_s - _ALREADY_S) - 1
        if speaking < 0:
            continue
        silent_s = other[speaking].end_s
        together_s = min(silent_s, span.end_s) - span.start_s
        if together_s >= _TOGETHER_S and (span.end_s - silent_s >= _TAKEN_OVER_S or together_s >= _TALKED_OVER_S):
            found.append(span)
    return found
