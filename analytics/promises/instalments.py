"""Several payments of one sum: «три месяца по десять тысяч»."""

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Final

from analytics.promises.drafts import Draft
from analytics.promises.lines import COUNTS, Line
from analytics.promises.reckoned import months_later

_MONTHS: Final = re.compile(r"месяц|айга|ай |month")


def payments_named(line: Line) -> int:
    """Return of how many equal payments a line speaks; 1 where of none."""
    if not (line.each or _MONTHS.search(line.folded)):
        return 1
    return payments_counted(line)


def payments_counted(line: Line) -> int:
    """Return how many payments a line counts, equal or not; 1 where none."""
    return next((count for kind, count in COUNTS.items() if line.has(kind)), 1)


def weeks_apart(lines: Sequence[Line]) -> int:
    """Return how many weeks lie between the payments of which some lines speak; 0 where months do."""
    if any(one.has("fortnightly") for one in lines):
        return 2
    return int(any(one.has("weekly") for one in lines))


def following(draft: Draft, count: int, weeks: int) -> Iterator[Draft]:
    """Yield the payments that follow a first one of a known day, so many weeks apart, or months where 0."""
    if draft.due is None:
        return
    for step in range(1, count):
        later = deepcopy(draft)
        later.due = draft.due + timedelta(weeks=weeks * step) if weeks else months_later(draft.due, step)
        later.superseded = []
        yield later
