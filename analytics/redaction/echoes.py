"""Digits that repeat a number: read back by the other side, said again after a question, corrected."""

from collections.abc import Iterator, Sequence
from typing import Final

from analytics.redaction.dictation import Dictation
from analytics.redaction.lines import Line, Run, is_tiled
from analytics.redaction.values import Kind

_LEAST_ANYWHERE: Final = 4
"""Digits that are told for a part of a number wherever they come in the contact."""
_LEAST_CORRECTED: Final = 2
_NEAR: Final = 3
"""Utterances behind a number in which it may be corrected."""


def echoes(lines: Sequence[Line], found: Sequence[Dictation]) -> Iterator[tuple[Run, Kind]]:
    """Yield the runs of digits that are no number by themselves but parts of one."""
    numbers = [(one, one.kind) for one in found if one.kind is not None]
    for one in found:
        if one.kind not in (None, Kind.NUMBER):
            continue
        for run in one.runs:
            kind = next(
                (
                    kind
                    for number, kind in numbers
                    if number is not one
                    and (one.kind is None or kind is not Kind.NUMBER)
                    and _repeats(lines, number, run)
                ),
                None,
            )
            if kind is not None:
                yield run, kind


def _repeats(lines: Sequence[Line], number: Dictation, run: Run) -> bool:
    begin, end = number.runs[0].line, number.runs[-1].line
    inside = begin <= run.line <= end + 1
    line = lines[run.line]
    part = run.digits in number.digits and (len(run.digits) > 1 or not line.plain(0, len(line.pieces)))
    if inside and line.index <= end and not run.tentative and not line.plain(0, len(line.pieces)):
        return True  # nothing but digits, while a number is dictated
    if is_tiled(run.groups) and not (inside and part):
        return False
    if part and (inside or len(run.digits) >= _LEAST_ANYWHERE):
        return True
    corrected = any(lines[line].again or lines[line].part for line in (run.line, run.line - 1) if line > end)
    return end < run.line <= end + _NEAR and corrected and len(run.digits) >= _LEAST_CORRECTED and not run.tentative
