"""What words tell beyond their tone: how many, asked again, asked at all, greeted, took leave."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from analytics.measures.heard import Heard, Line
from analytics.measures.values import SIDES, UNKNOWN, Evidence, Measured, counted

_GREETS_WITHIN: Final = 2
_TAKES_LEAVE_WITHIN: Final = 3
_ASKING: Final = ("question_word", "question_start")
_MARK: Final = "?"


def wording(heard: Heard) -> Mapping[str, Measured]:
    """Return each side's words, repeats, questions, greeting and farewell."""
    found: dict[str, Measured] = {}
    for side in SIDES:
        lines = heard.said_by(side)
        sounded = bool(heard.sounds and heard.sounds[side])
        words = len(heard.words[side])
        shown = tuple(line.whole for line in lines)
        heard_words = words or not (sounded or lines)
        found[f"{side}_words"] = Measured(float(words), shown) if heard_words else UNKNOWN
        found[f"{side}_utterances"] = counted(shown) if lines or not sounded else UNKNOWN
        found[f"{side}_repeats"] = _counted(lines, _repeat)
        found[f"{side}_questions"] = _counted(lines, _question)
        found[f"{side}_greeting"] = _said(lines[:_GREETS_WITHIN], "greeting")
        found[f"{side}_farewell"] = _said(lines[-_TAKES_LEAVE_WITHIN:], "farewell")
    return found


def _counted(lines: Sequence[Line], tell: Callable[[Line], Evidence | None]) -> Measured:
    if not any(line.understood for line in lines):
        return UNKNOWN
    return counted(tuple(shown for line in lines if (shown := tell(line)) is not None))


def _said(lines: Sequence[Line], kind: str) -> Measured:
    """Return whether a phrase was said; None where what was said is not known well enough."""
    shown = tuple(line.shown(find) for line in lines for find in line.finds.get(kind, ()))
    if shown:
        return Measured(1.0, shown)
    if not lines or any(line.doubtful for line in lines):
        return UNKNOWN
    return Measured(0.0, tuple(line.whole for line in lines))


def _repeat(line: Line) -> Evidence | None:
    for find in line.finds.get("repeat", ()):
        return line.shown(find)
    whole = line.finds.get("repeat_whole", ())
    return line.whole if whole and sum(find.end - find.start for find in whole) == len(line.tokens) else None


def _question(line: Line) -> Evidence | None:
    if any(_MARK in word.text for word in line.utterance.words):
        return line.whole
    if "question" in line.finds or _begins_asking(line):
        return line.whole
    ends = line.finds.get("question_end", ())
    return line.whole if ends and ends[-1].end == len(line.tokens) > 1 else None


def _begins_asking(line: Line) -> bool:
    starts = {find.start for kind in _ASKING for find in line.finds.get(kind, ())}
    ends = {find.start: find.end for find in line.finds.get("filler", ())}
    at = 0
    while at not in starts:
        if at not in ends:
            return False
        at = ends[at]
    return True
