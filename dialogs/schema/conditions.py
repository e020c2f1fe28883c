"""``when`` and ``set``: conditions on what is known, and what a scenario sets without the caller naming it."""

import re
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from dialogs.schema.base import Model, as_list


class Condition(StrEnum):
    """What ``when`` may ask by name alone; each may stand behind ``not``."""

    IDENTIFIED = "identified"
    """The right party is confirmed."""
    HEARD_AMOUNT = "heard.amount"
    """This answer holds a sum or a share."""
    HEARD_DAY = "heard.day"
    HEARD_TIME = "heard.time"
    HEARD_PROMISE = "heard.promise"
    """This answer holds a sum, a share or a day."""
    HEARD_CHANGE = "heard.change"
    """This answer holds a sum or a day that differs from what is promised so far."""
    AMOUNT = "amount"
    """The promise has a sum."""
    DUE = "due"
    """The promise has a day."""
    AMOUNT_BELOW_LEAST = "amount.below_least"
    AMOUNT_ABOVE_DEBT = "amount.above_debt"
    DUE_PAST = "due.past"
    DUE_TOO_LATE = "due.too_late"
    CALLBACK_DAY = "callback.day"
    CALLBACK_TIME = "callback.time"
    CALLBACK_OUTSIDE = "callback.outside"
    """The wished time is past, too far ahead, or outside the hours in ``callback``."""


class Operator(StrEnum):
    """How a condition compares."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


_COMPARISON: Final = re.compile(r"(?P<subject>[a-z][a-z0-9_.]*)\s*(?P<operator>!=|<=|>=|=|<|>)\s*(?P<value>\S.*)")
_SUBJECT: Final = re.compile(r"[a-z][a-z0-9_.]*")
_ASSIGNMENT: Final = re.compile(r"(?P<name>[a-z][a-z0-9_.]*)\s*=\s*(?P<value>\S.*)")

_WrittenGuard = Annotated[str, Field(pattern=r"^(not )?[a-z][a-z0-9_.]*(\s*(!=|<=|>=|=|<|>)\s*\S.*)?$")]
WrittenGuards = _WrittenGuard | list[_WrittenGuard]
"""Conditions as a designer writes them."""

_WrittenAssignment = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*\s*=\s*\S.*$")]


class Guard(Model):
    """One condition: a name (``identified``), or a comparison (``days_past_due >= 30``); negated or not.

    Args:
        subject: a `Condition`, a segment, a declared slot or fact, ``heard.`` with a slot, or a built-in fact.
        operator: with a comparison.
        value: compared with, as written.
        negated: ``not`` stands before it.
    """

    subject: str
    operator: Operator | None = None
    value: str | None = None
    negated: bool = False

    def __str__(self) -> str:
        """Return it as a designer writes it."""
        text = self.subject if self.operator is None else f"{self.subject} {self.operator} {self.value}"
        return f"not {text}" if self.negated else text


def _as_guards(value: Any) -> Any:
    guards = []
    for text in as_list(value):
        if isinstance(text, Guard):
            guards.append(text)
            continue
        if not isinstance(text, str):
            raise ValueError("a condition is a word such as `amount`, `not amount` or `days_past_due >= 30`")
        negated = text.startswith("not ")
        bare = text.removeprefix("not ").strip()
        compared = _COMPARISON.fullmatch(bare)
        if compared is None and not _SUBJECT.fullmatch(bare):
            raise ValueError(f"`{text}` is no condition; write `amount`, `not amount` or `days_past_due >= 30`")
        parts = compared.groupdict() if compared else {"subject": bare}
        guards.append(Guard(negated=negated, **parts))
    return guards


Guards = Annotated[tuple[Guard, ...], BeforeValidator(_as_guards, json_schema_input_type=WrittenGuards)]
"""Conditions that must all hold."""


class Assignment(Model):
    """What ``set`` does: ``amount = debt``, ``due = none``, ``way = kiosk``."""

    name: str
    value: str

    def __str__(self) -> str:
        """Return it as a designer writes it."""
        return f"{self.name} = {self.value}"


def _as_assignments(value: Any) -> Any:
    found = []
    for text in as_list(value):
        if isinstance(text, Assignment):
            found.append(text)
            continue
        match = _ASSIGNMENT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError("what `set` does is written like `amount = debt` or `due = none`")
        found.append(Assignment(**match.groupdict()))
    return found


Assignments = Annotated[
    tuple[Assignment, ...],
    BeforeValidator(_as_assignments, json_schema_input_type=_WrittenAssignment | list[_WrittenAssignment]),
]
