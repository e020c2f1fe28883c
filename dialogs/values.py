"""Typed values of facts and slots: read from texts, and written for other systems.

Texts from elsewhere, be it the account, an action's answer or a scenario's conditions, all have one form: money is a
decimal (``45000.50``) in the account's currency, days are ISO dates, times ``18:30``, numbers and percents plain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from dialogs.schema import SlotKind, ValueKind
from engine.accounts import Currency, Money

Value = str | int | Money | date | time
"""What a fact or a slot holds."""

MAX_TEXT_CHARACTERS: Final = 200
"""Of a fact's text: a phrase to be spoken."""

_LARGEST: Final = 10**11

SLOT_VALUES: Final[Mapping[SlotKind, ValueKind]] = {
    SlotKind.NUMBER: ValueKind.NUMBER,
    SlotKind.MONEY: ValueKind.MONEY,
    SlotKind.DAY: ValueKind.DAY,
    SlotKind.TIME: ValueKind.TIME,
    SlotKind.CHOICE: ValueKind.TEXT,
    SlotKind.WORDS: ValueKind.TEXT,
}
"""The kind of value that each kind of slot holds."""

FORMS: Final[Mapping[ValueKind, str]] = {
    ValueKind.TEXT: "a text",
    ValueKind.MONEY: "a sum such as 5000 or 5000.50",
    ValueKind.DAY: "a day such as 2026-11-20",
    ValueKind.DAYS: "a whole number of days",
    ValueKind.ON_WEEKDAY: "a day such as 2026-11-20",
    ValueKind.TIME: "a time such as 18:30",
    ValueKind.NUMBER: "a whole number",
    ValueKind.PERCENT: "a whole number of percent",
    ValueKind.DIGITS: "digits",
}
"""How a value of each kind is written, for messages."""


@dataclass(frozen=True, slots=True)
class Values:
    """Values by name; an immutable mapping that can be hashed."""

    pairs: tuple[tuple[str, Value], ...] = ()

    def get(self, name: str) -> Value | None:
        """Return a value, or None where there is none."""
        return next((value for known, value in self.pairs if known == name), None)

    def put(self, name: str, value: Value | None) -> "Values":
        """Return the values with one replaced; None takes it away."""
        rest = tuple(pair for pair in self.pairs if pair[0] != name)
        return Values(rest if value is None else tuple(sorted((*rest, (name, value)), key=lambda pair: pair[0])))


def parse_value(kind: ValueKind, text: Any, currency: Currency) -> Value:
    """Read a value from a text, or from a number of JSON.

    Raises:
        ValueError: it is none of this kind. The message does not repeat it.
    """
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise ValueError(f"expected {FORMS[kind]}")
    written = str(text).strip()
    try:
        match kind:
            case ValueKind.TEXT:
                return _text(written)
            case ValueKind.MONEY:
                return Money(_whole(Decimal(written) * 100), currency)
            case ValueKind.DAY | ValueKind.ON_WEEKDAY:
                return datetime.fromisoformat(written).date()
            case ValueKind.TIME:
                return time.fromisoformat(written).replace(second=0, microsecond=0, tzinfo=None)
            case ValueKind.DIGITS:
                return _digits(written)
            case _:
                return _whole(Decimal(written))
    except (ValueError, InvalidOperation, OverflowError):
        raise ValueError(f"expected {FORMS[kind]}") from None


def machine_text(value: Value) -> str:
    """Write a value for other systems, in the form that `parse_value` reads."""
    match value:
        case Money():
            return f"{value.minor // 100}.{value.minor % 100:02d}"
        case time():
            return value.strftime("%H:%M")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _text(written: str) -> str:
    if not written or len(written) > MAX_TEXT_CHARACTERS or not written.isprintable():
        raise ValueError
    return written


def _digits(written: str) -> str:
    if not any(character.isascii() and character.isdigit() for character in written):
        raise ValueError
    return _text(written)


def _whole(number: Decimal) -> int:
    if not number.is_finite() or number != number.to_integral_value() or abs(number) >= _LARGEST * 100:
        raise ValueError
    return int(number)
