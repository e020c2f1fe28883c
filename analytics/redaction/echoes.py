"""Digits that repeat a number: read back by the other side, said again after a question, corrected."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final

from analytics.redaction.dictation import Dictation
from analytics.redaction.lines import Line, Run, is_tiled
from analytics.redaction.values import Kind

_LEAST_ANYWHERE: Final = 4
"""Digits that are told for a part of a number wherever they come in the contact."""
_LEAST_CORRECTED: Final = 2
_NEAR_NUMBERS: Final = 8
"""Numbers before some digits that they may repeat however few they are."""
_PARTED: Final = "|"
_NEAR: Final = 3
"""Utterances behind a number in which it may be corrected."""


def echoes(lines: Sequence[Line], found: Sequence[Dictation]) -> Iterator[tuple[Run, Kind]]:
    """Yield the runs of digits that are no number by themselves but parts of one."""
    numbers = [one for one in found if one.kind is not None]
    begins = [one.runs[0].line for one in numbers]
    everything = _PARTED.join(one.digits for one in numbers)
    ends = list(accumulate(len(one.digits) + 1 for one in numbers))
    for one in found:
        if one.kind not in (None, Kind.NUMBER):
            continue
        for run in one.runs:
            stop = bisect_right(begins, run.line)
            near = numbers[max(0, stop - _NEAR_NUMBERS) : stop]
            if len(run.digits) >= _LEAST_ANYWHERE and (at := everything.find(run.digits)) >= 0:
                near.append(numbers[bisect_right(ends, at)])
            for number in reversed(near):
                weaker = one.kind is not None and number.kind is Kind.NUMBER
                if number is not one and number.kind is not None and not weaker and _repeats(lines, number, run):
                    yield run, number.kind
                    break


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
