"""The table in the terminal, and what is written down of every call."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from benchmarks.debtor_calls.scoring import CallScore, figures

_COLUMNS = {
    "calls": "calls",
    "success": "right\nend",
    "success_by_text": "by text\nalone",
    "promises_nobody_made": "promises\nnobody made",
    "language_kept": "language\nkept",
    "turns": "turns",
    "intent_alike": "intent\nalike",
    "sums_right": "sums\nright",
    "days_right": "days\nright",
    "not_heard": "not\nheard",
    "words_wrong": "words\nwrong",
}
_COUNTED = {"sums_right": "sums", "days_right": "days"}


def summary(calls: Sequence[CallScore], line: str) -> dict[str, Any]:
    """Return the figures by language and kind of line, and those of one line by voice."""
    told = [call for call in calls if not call.recorded]
    return {
        "stories": _grouped(told, lambda call: f"{call.story.language} {call.line}"),
        "recorded answers": _grouped(
            [call for call in calls if call.recorded], lambda call: f"{call.story.language} {call.line}"
        ),
        f"voices, {line}": _grouped([call for call in told if call.line == line], lambda call: call.story.voice),
        "endings": _endings(told),
    }


def _grouped(calls: Iterable[CallScore], key: Any) -> dict[str, Any]:
    groups: dict[str, list[CallScore]] = {}
    for call in calls:
        groups.setdefault(key(call), []).append(call)
    return {name: figures(group) for name, group in sorted(groups.items())}


def _endings(calls: Sequence[CallScore]) -> dict[str, dict[str, int]]:
    """Count which ends were stored, by the story's own."""
    found: dict[str, dict[str, int]] = {}
    for call in calls:
        stored = found.setdefault(call.story.ends.value, {})
        name = call.disposition.value if call.disposition else "not held"
        stored[name] = stored.get(name, 0) + 1
    return {name: dict(sorted(stored.items())) for name, stored in sorted(found.items())}


def minutes(calls: Iterable[CallScore]) -> list[dict[str, Any]]:
    """Return what was said and what was heard in every call, for whoever wants to know why."""
    return [
        {
            "story": f"{call.story.language} {call.story.name}",
            "line": call.line,
            "voice": call.story.voice,
            "ended": call.disposition,
            "right": None if call.recorded else call.fulfilled,
            "lines": [
                {
                    "asked": scored.line.asked,
                    "said": scored.line.text,
                    "meant": scored.line.meant.intent,
                    "heard": [reading.text for reading in scored.line.readings],
                    "taken": [reading.taken.intent for reading in scored.line.readings],
                    "sure": [reading.taken.sure for reading in scored.line.readings],
                }
                for scored in call.lines
            ],
        }
        for call in calls
    ]


def table(found: Mapping[str, Any]) -> Table:
    """Return the table of a summary."""
    shown = Table(title="Calls of synthesised debtors", box=box.SIMPLE_HEAD)
    shown.add_column("", no_wrap=True)
    for heading in (*_COLUMNS.values(), "answer after, ms\np50 · p95"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for section, groups in found.items():
        if section == "endings" or not groups:
            continue
        shown.add_row(f"[bold]{section}")
        for name, group in groups.items():
            wait = group["response_ms"]
            shown.add_row(
                f"  {name}",
                *(_cell(group, column) for column in _COLUMNS),
                f"{wait['p50']} · {wait['p95']}" if wait else "–",
            )
    return shown


def _cell(group: Mapping[str, Any], column: str) -> str:
    value = group[column]
    if value is None:
        return "–"
    text = f"{value:.2f}" if isinstance(value, float) else str(value)
    return f"{text} of {group[_COUNTED[column]]}" if column in _COUNTED else text
