"""The events on which a client lets a payment hang: «если не задержат», «айлық түссе»."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from analytics.promises.contexts import Kind
from analytics.promises.lines import Line
from engine.folding import fold

_AFTER_IF: Final = frozenset({"то", "тогда", "сразу", "я", "онда", "then", "i", "ill"})

_WHEN: Final = frozenset({"когда", "как", "после", "when", "once", "after", "the"})
_AFTER: Final = re.compile(r"([гк][ае]н|[гк][ае]нд[ае]|сон|бойда|кезде)$")
"""How a Kazakh condition ends that is a matter of time; «-са» is none."""
_ONLY: Final = frozenset({"только", "лишь", "разве", "only"})


@dataclass(frozen=True, slots=True)
class Condition:
    """An event on which a payment hangs: its words, from ``start`` to before ``end``.

    Args:
        start: its first word.
        end: behind its last.
        by_bank: whether only the bank could bring it about.
        sure: whether it is told as a matter of time alone: beside a day it says where the money comes from.
    """

    start: int
    end: int
    by_bank: bool
    sure: bool


def conditions_of(line: Line) -> Iterator[Condition]:
    """Yield the events on which something hangs."""
    none = (*line.finds("no_if"), *line.finds("try"))
    by_bank = line.finds("bank_if")
    payments = [start for start, _ in (*line.finds("pay"), *line.finds("take_on"))]
    sums = {one.start for one in line.bare_values if one.kind is Kind.AMOUNT}
    behind = 0
    for start, end in line.finds("if"):
        if start < behind or any(one < end and start < other for one, other in none):
            continue
        if end in sums and start and fold(line.words[start - 1]) in _ONLY:
            continue  # «только если пятнадцать и к понедельнику»
        final = _suffixed(line, start)
        if final:  # the word itself ends the condition, as Kazakh has it
            first = _clause_start(line, start)
            span = (max(first, behind), start + 1)
        else:
            span = (start, _condition_end(line, start, end, payments))
        behind = span[1]
        bank = any(one < span[1] and span[0] < other for one, other in by_bank)
        word = fold(line.words[start])
        sure = _AFTER.search(word) is not None if final else word in _WHEN
        yield Condition(*span, bank, sure)


def _suffixed(line: Line, start: int) -> bool:
    word = fold(line.words[start])
    return word not in {"егер"} and word.endswith(
        ("са", "се", "сам", "сем", "сак", "сек", "ганда", "генде", "канда", "кенде", "ган", "ген", "кан", "кен")
    )


def _clause_start(line: Line, index: int) -> int:
    return next(first for first, last in line.clauses if first <= index < last)


def _condition_end(line: Line, start: int, least: int, payments: Sequence[int]) -> int:
    values = [one.start for one in line.bare_values if one.kind is not Kind.SHARE and one.start > start]
    for index in range(start + 1, len(line.words)):
        word = line.words[index - 1]
        if index > start and word[-1] in ",.?!;:…" and index >= least:
            return index
        if index <= least:
            continue
        if index in payments or index in values or fold(line.words[index]) in _AFTER_IF or line.words[index] in "—–":
            return index
    return len(line.words)
