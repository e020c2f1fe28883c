"""Measures and attributes of an expression as conditions of SQL, where all that holds must pass them.

They spare reading contacts; whether the expression holds is decided by the matcher. What is no plain comparison, and
whatever stands under a NOT, lets every contact pass.
"""

from collections.abc import Mapping
from math import inf, isnan
from sys import float_info
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, or_

from analytics.conversation import Conversation
from analytics.expressions.matching import as_number
from analytics.expressions.tree import Attribute, Both, Comparison, Either, Expression, Measure, Node
from analytics.search.schema import contacts

_ROUNDING: Final = 1e-9
"""Databases may read the last digit of a number otherwise than Python."""


def texts_of(conversation: Conversation) -> dict[str, str]:
    """Return the attributes as they are compared, the medium among them."""
    known = {**conversation.attributes, "medium": conversation.medium.value}
    return {name: _plain(value) for name, value in known.items()}


def numbers_of(conversation: Conversation, measures: Mapping[str, float | None]) -> dict[str, float]:
    """Return the measures, and the attributes that are numbers with an @ before their names."""
    found = {**measures, **{f"@{name}": as_number(value) for name, value in conversation.attributes.items()}}
    return {
        name: min(max(value, -float_info.max), float_info.max)
        for name, value in found.items()
        if value is not None and not isnan(value)
    }


def passing(expression: Expression) -> list[ColumnElement[bool]]:
    """Return conditions that a row of `contacts` passes wherever the expression holds."""
    condition = _condition(expression.tree)
    # PostgreSQL takes a comparison inside JSON for one that hardly any row passes, and would sort all that have the
    # words instead of reading the newest; of a function it thinks that half of them do.
    return [] if condition is None else [func.coalesce(condition, false())]


def _condition(node: Node) -> ColumnElement[bool] | None:
    match node:
        case Measure(name, comparison, value, None):
            return _within(name, comparison, value, value)
        case Measure(name, _, value, float() as up_to):
            return _within(name, Comparison.EQUAL, value, up_to)
        case Attribute(name, None):
            return _text(name).is_not(None)
        case Attribute(name, Comparison() as comparison, wanted):
            number = as_number(wanted)
            if number is not None:
                return _within(f"@{name}", comparison, number, number)
            return _like(name, wanted) if comparison is Comparison.EQUAL else None
        case Both(parts):
            some = [one for part in parts if (one := _condition(part)) is not None]
            return and_(*some) if some else None
        case Either(parts):
            every = [one for part in parts if (one := _condition(part)) is not None]
            return or_(*every) if len(every) == len(parts) else None
    return None


def _within(name: str, comparison: Comparison, least: float, most: float) -> ColumnElement[bool] | None:
    """Return the condition that a number compares so; where it is a range, that it lies in it."""
    if comparison is Comparison.UNEQUAL or isnan(least) or inf in (abs(least), abs(most)):
        return None
    number: ColumnElement[float] = contacts.c.numbers[name].as_float()
    at_least, at_most = least - _ROUNDING * abs(least), most + _ROUNDING * abs(most)
    if comparison in (Comparison.LESS, Comparison.AT_MOST):
        return number <= at_most
    if comparison in (Comparison.MORE, Comparison.AT_LEAST):
        return number >= at_least
    return and_(number >= at_least, number <= at_most)


def _like(name: str, wanted: str) -> ColumnElement[bool]:
    if "*" not in wanted:
        return _text(name) == _plain(wanted)
    escaped = _plain(wanted).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _text(name).like(escaped.replace("*", "%"), escape="\\")


def _text(name: str) -> ColumnElement[str]:
    text: ColumnElement[str] = contacts.c.texts[name].as_string()
    return text


def _plain(value: str) -> str:
    """Return a text without capitals, as databases can hold it."""
    return value.casefold().replace("\0", "\ufffd").encode(errors="replace").decode()
