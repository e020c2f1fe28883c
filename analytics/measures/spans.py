"""Arithmetic of stretches of time: what is common to two sides, what is left between them."""

from collections.abc import Iterable

from analytics.response import Span


def merged(spans: Iterable[Span], pause_s: float, until_s: float) -> tuple[Span, ...]:
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
