"""What the voice tells of a speaker's state: louder, higher, faster than at first."""

from collections.abc import Mapping
from typing import Final

from analytics.measures.heard import Heard
from analytics.measures.values import SIDES, UNKNOWN, Evidence, Measured, Part, Side
from analytics.response import Span
from analytics.spans import total_s

_FEWEST_WORDS: Final = 8
_FULL_LEVEL_DB: Final = 6.0
_FULL_PITCH_ST: Final = 4.0
_FULL_RATE: Final = 0.5
_FEWEST_PARTS: Final = 2


def voice(heard: Heard) -> Mapping[str, Measured]:
    """Return level, pitch, rate, their changes, and the agitation that they show."""
    found: dict[str, Measured] = {}
    if heard.sounds is None:
        return found
    for side in SIDES:
        sounds = heard.sounds[side]
        changes = {"rate": _rate_change(heard, side, sounds)}
        if side in heard.voices:
            speech = heard.voices[side].within(sounds)
            shown = tuple(Evidence(side, span.start_s, span.end_s) for span in sounds)
            changes["level"] = _shown(speech.level_change_db, shown)
            changes["pitch"] = _shown(speech.pitch_change_st, shown)
            found[f"{side}_level_dbfs"] = _shown(speech.level_dbfs, shown)
            found[f"{side}_pitch_hz"] = _shown(speech.pitch_hz, shown)
            raised = speech.raised()
            if raised is not None:
                loud = tuple(heard.evidence(side, span, above_db) for span, above_db in raised)
                found[f"{side}_raised_voice"] = Measured(float(len(loud)), loud)
            found[f"{side}_level_change_db"] = changes["level"]
            found[f"{side}_pitch_change_st"] = changes["pitch"]
        found[f"{side}_rate_change"] = changes["rate"]
        found[f"{side}_agitation"] = _agitation(changes)
    return found


def _shown(value: float | None, evidence: tuple[Evidence, ...]) -> Measured:
    return UNKNOWN if value is None else Measured(value, evidence)


def _agitation(changes: Mapping[str, Measured]) -> Measured:
    full = {"level": (0.0, _FULL_LEVEL_DB), "pitch": (0.0, _FULL_PITCH_ST), "rate": (1.0, _FULL_RATE)}
    parts = tuple(
        Part(name, min(max((change.value - full[name][0]) / full[name][1], 0.0), 1.0), change.evidence)
        for name, change in changes.items()
        if change.value is not None
    )
    if len(parts) < _FEWEST_PARTS:
        return UNKNOWN
    return Measured(sum(part.value for part in parts) / len(parts), parts=parts)


def _rate_change(heard: Heard, side: Side, sounds: tuple[Span, ...]) -> Measured:
    """Return the words in the last third of a side's talk over those in its first, which is as long."""
    third_s = total_s(sounds) / 3
    first_end_s, last_start_s = _after(sounds, third_s), _after(sounds, 2 * third_s)
    words = heard.words[side]
    first = [word for word in words if (word.start_s + word.end_s) / 2 <= first_end_s]
    last = [word for word in words if (word.start_s + word.end_s) / 2 > last_start_s]
    if min(len(first), len(last)) < _FEWEST_WORDS:
        return UNKNOWN
    evidence = tuple(Evidence(side, row[0].start_s, row[-1].end_s, value=len(row) / third_s) for row in (first, last))
    return Measured(len(last) / len(first), evidence)


def _after(sounds: tuple[Span, ...], talked_s: float) -> float:
    """Return when a side has talked for so long."""
    for span in sounds:
        length_s = span.end_s - span.start_s
        if talked_s <= length_s:
            return span.start_s + talked_s
        talked_s -= length_s
    return sounds[-1].end_s if sounds else 0.0
