"""What a call was worth: the dialog's reading of each of the debtor's lines, and the outcome that was stored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.debtor_calls.stories import Story
from benchmarks.debtor_calls.talks import Line
from benchmarks.word_errors import errors, percentile, spelled
from dialogs.understanding.understanding import Understood
from engine.calls import CallRecord, Disposition


@dataclass(frozen=True, slots=True)
class LineScore:
    """How one line was taken; a value is None where the line does not hold it.

    Args:
        line: that was said.
        heard: a reading with words came of it.
        intent: the first such reading means what the text means.
        amount: the readings hold the text's sum.
        day: the text's day.
        time: the text's time of day.
        parts: turns that it was taken for.
        words: of the text.
        wrong: words put in, left out or changed.
    """

    line: Line
    heard: bool
    intent: bool
    amount: bool | None
    day: bool | None
    time: bool | None
    parts: int
    words: int
    wrong: int


def score(line: Line, language: str) -> LineScore:
    """Compare what was taken from a line's audio with what is taken from its text."""
    taken = [reading.taken for reading in line.heard]
    said = spelled(line.text, language)
    heard = spelled(" ".join(reading.text for reading in line.heard), language)
    return LineScore(
        line=line,
        heard=bool(taken),
        intent=bool(taken) and taken[0].intent == line.meant.intent,
        amount=_alike([_amount(line.meant)], map(_amount, taken)),
        day=_alike(line.meant.slots.days[:1], (day for one in taken for day in one.slots.days[:1])),
        time=_alike(line.meant.slots.times[:1], (time for one in taken for time in one.slots.times[:1])),
        parts=len(line.readings),
        words=len(said),
        wrong=errors(said, heard),
    )


def _amount(understood: Understood) -> object:
    """Return the sum, or the share that stands for one."""
    return understood.slots.amount or understood.slots.share


def _alike(said: Sequence[object], taken: Iterable[object]) -> bool | None:
    """Whether the first value that was taken is the one that was said; None where none was said."""
    if not said or said[0] is None:
        return None
    return next((value for value in taken if value is not None), None) == said[0]


@dataclass(frozen=True, slots=True)
class CallScore:
    """One call.

    Args:
        story: that was told.
        line: name of the kind of line.
        recorded: a single answer, spoken by a recorded voice; the story's end is no measure then.
        lines: their scores; of a recorded one the answer alone, none where the call did not come to it.
        disposition: that was stored; None where the call could not be held.
        fulfilled: the record says what the story says.
        belied: a promise was stored that nobody made.
        language_kept: the bot ended in the debtor's language.
        by_text: the texts alone lead to the right end.
        responses_ms: from the debtor's last word to the bot's first, of each answer.
    """

    story: Story
    line: str
    recorded: bool
    lines: tuple[LineScore, ...]
    disposition: Disposition | None
    fulfilled: bool
    belied: bool
    language_kept: bool
    by_text: bool
    responses_ms: tuple[float, ...]


def responses_ms(record: CallRecord | None) -> tuple[float, ...]:
    """Return how fast the bot answered in a call."""
    return tuple(turn.response_ms for turn in record.turns if turn.response_ms is not None) if record else ()


def figures(calls: Sequence[CallScore]) -> dict[str, Any]:
    """Sum calls of one kind up; shares are None where nothing is behind them."""
    lines = [line for call in calls for line in call.lines]
    waits = [wait for call in calls for wait in call.responses_ms]
    told = [call for call in calls if not call.recorded]
    sums, days, times = (
        [value for line in lines if (value := getattr(line, name)) is not None] for name in ("amount", "day", "time")
    )
    return {
        "calls": len(calls),
        "not_held": sum(call.disposition is None for call in calls),
        "success": _share([call.fulfilled for call in told]),
        "success_by_text": _share([call.by_text for call in told]),
        "promises_nobody_made": sum(call.belied for call in told),
        "language_kept": _share([call.language_kept for call in calls]),
        "turns": len(lines),
        "intent_alike": _share([line.intent for line in lines]),
        "sums": len(sums),
        "sums_right": _share(sums),
        "days": len(days),
        "days_right": _share(days),
        "times": len(times),
        "times_right": _share(times),
        "not_heard": _share([not line.heard for line in lines]),
        "taken_for_several_turns": _share([line.parts > 1 for line in lines]),
        "words_wrong": _ratio(sum(line.wrong for line in lines), sum(line.words for line in lines)),
        "response_ms": {"p50": round(percentile(waits, 0.5)), "p95": round(percentile(waits, 0.95))} if waits else None,
    }


def _share(values: Sequence[bool]) -> float | None:
    return _ratio(sum(values), len(values))


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
