"""The tone of what is said: weighted words, turned by negation, strengthened or weakened by their neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.measures.heard import Heard, Line
from analytics.measures.phrases import Find
from analytics.measures.values import SIDES, UNKNOWN, Evidence, Measured, Side

_BEFORE: Final = 2
"""Words before one of tone, and before what strengthens it, in which a negator still belongs to it."""

_AFTER: Final = 2
_DENIED: Final = -0.6
"""What is not good is bad, and less so than what is bad."""

_SATURATION: Final = 8.0
_NEUTRAL_UTTERANCES: Final = 1
"""Counted with those of tone, so that one word does not colour a whole contact."""

_THIRDS: Final = 3


@dataclass(frozen=True, slots=True)
class Tone:
    """The tone of one utterance.

    Args:
        side: who speaks.
        start_s: from the contact's start.
        end_s: the same.
        value: -1..1; 0 is neutral.
        evidence: its words of tone, each with its weight.
    """

    side: Side
    start_s: float
    end_s: float
    value: float
    evidence: tuple[Evidence, ...]


def tones(heard: Heard) -> tuple[Tone, ...]:
    """Return the tone of every utterance with words, in order."""
    return tuple(_tone(line) for line in heard.lines if line.understood)


def sentiment(heard: Heard) -> Mapping[str, Measured]:
    """Return each side's tone, over all and in the first and last third of its utterances."""
    told = tones(heard)
    found: dict[str, Measured] = {}
    for side in SIDES:
        own = [tone for tone in told if tone.side is side]
        found[f"{side}_sentiment"] = _mean(own)
        third = len(own) // _THIRDS
        if not third:
            continue
        start, end = _mean(own[:third]), _mean(own[-third:])
        found |= {f"{side}_sentiment_start": start, f"{side}_sentiment_end": end}
        if start.value is not None and end.value is not None:
            change = end.value - start.value
            found[f"{side}_sentiment_change"] = Measured(change, start.evidence + end.evidence)
    return found


def _mean(tones: Sequence[Tone]) -> Measured:
    if not tones:
        return UNKNOWN
    coloured = [tone for tone in tones if tone.value]
    value = sum(tone.value for tone in coloured) / (len(coloured) + _NEUTRAL_UTTERANCES)
    return Measured(value, tuple(shown for tone in tones for shown in tone.evidence))


def _tone(line: Line) -> Tone:
    shown = []
    for find in line.finds.get("sentiment", ()):
        if not find.phrase.weight:
            continue
        weight, since, until = _weighed(line, find)
        shown.append(line.shown(Find(find.phrase, find.start, until), weight, since))
    total = sum(one.value or 0.0 for one in shown)
    value = total / (total**2 + _SATURATION) ** 0.5
    return Tone(line.side, line.utterance.start_s, line.utterance.end_s, value, tuple(shown))


def _weighed(line: Line, find: Find) -> tuple[float, int, int]:
    """Return a find's weight in its place, and the tokens from which and to which that was told."""
    weight, since, until = find.phrase.weight, find.start, find.end
    for kind in ("intensifier", "diminisher"):
        for other in line.finds.get(kind, ()):
            if other.end == find.start:
                weight *= other.phrase.weight
                since = min(since, other.start)
    negators = line.finds.get("negator", ())
    if any(find.start <= other.start < find.end for other in negators):
        return weight, since, until  # the phrase has its denial within
    nearest = max([since - _BEFORE, *_barriers(line, find.start)])
    before = [other.start for other in negators if nearest <= other.start < since]
    furthest = min([find.end + _AFTER, *(other.start for other in _toned(line) if other.start >= find.end)])
    after = [other.end for other in line.finds.get("negator_after", ()) if find.end <= other.start < furthest]
    if before or after:
        weight *= _DENIED
        since, until = min([since, *before]), max([until, *after])
    return weight, since, until


def _barriers(line: Line, start: int) -> list[int]:
    """Return the ends of what stands before a token and keeps a denial from it: other words of tone, «но»."""
    return [other.end for other in (*line.finds.get("breaks", ()), *_toned(line)) if other.end <= start]


def _toned(line: Line) -> tuple[Find, ...]:
    return line.finds.get("sentiment", ())
