"""Arithmetic of stretches of time: what is common to two sides, what is left between them, who broke into what."""

from collections.abc import Iterable
from typing import Final, Protocol

from analytics.response import Span

ALREADY_S: Final = 0.2
"""So long the other must have been speaking: who begins with it interrupts nobody."""

_TOGETHER_S: Final = 0.2
"""So long both must speak: an answer on the last syllable is none."""

_TAKEN_OVER_S: Final = 0.5
"""Whoever goes on for so long after the other fell silent has interrupted; a «угу» has not."""

_TALKED_OVER_S: Final = 2.0
"""Whoever speaks together with the other for so long has interrupted too."""


class Timed(Protocol):
    """Whatever begins and ends in a contact."""

    @property
    def start_s(self) -> float:
        """From the contact's start."""

    @property
    def end_s(self) -> float:
        """The same."""


def merged(spans: Iterable[Timed], pause_s: float, until_s: float) -> tuple[Span, ...]:
    """Return spans in order, disjoint and within the contact; pauses shorter than ``pause_s`` do not divide.

    Args:
        spans: in any order; they may overlap.
        pause_s: seconds.
        until_s: the contact's duration.
    """
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start_s):
        start_s, end_s = max(span.start_s, 0.0), min(span.end_s, until_s)
        if start_s >= end_s:
            continue
        if found and (start_s <= found[-1].end_s or start_s - found[-1].end_s < pause_s):
            found[-1] = Span(found[-1].start_s, max(found[-1].end_s, end_s))
        else:
            found.append(Span(start_s, end_s))
    return tuple(found)


def common(one: tuple[Span, ...], other: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return where both of two merged rows of spans sound."""
    found, left, right = [], 0, 0
    while left < len(one) and right < len(other):
        start_s = max(one[left].start_s, other[right].start_s)
        end_s = min(one[left].end_s, other[right].end_s)
        if start_s < end_s:
            found.append(Span(start_s, end_s))
        if one[left].end_s < other[right].end_s:
            left += 1
        else:
            right += 1
    return tuple(found)


def gaps(spans: tuple[Span, ...], until_s: float) -> tuple[Span, ...]:
    """Return what a merged row of spans leaves of the contact, both ends included."""
    edges = [0.0, *(edge for span in spans for edge in (span.start_s, span.end_s)), until_s]
    return tuple(Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end)


def total_s(spans: Iterable[Span]) -> float:
    """Return the length of all spans together."""
    return sum(span.end_s - span.start_s for span in spans)


def broke_in(own: Timed, other: Timed) -> bool:
    """Whether who began while the other spoke, `ALREADY_S` after their beginning or later, interrupted them."""
    together_s = min(other.end_s, own.end_s) - own.start_s
    return together_s >= _TOGETHER_S and (own.end_s - other.end_s >= _TAKEN_OVER_S or together_s >= _TALKED_OVER_S)
