"""The accounts file: debts and debtors as YAML or JSON, for calls placed one by one and for callers to be recognised.

A bank's own system is the owner of these facts; the file is what it exports. Amounts are decimal strings in tenge or
roubles, such as "45000.00", and become integer minor units at this border.

No message shows a value from the file: names and numbers of debtors do not belong in logs.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from config.sections import Zone
from engine.accounts import Account, Currency, Money, Person, Segment
from engine.errors import SettingsError
from engine.speech import Language

_LARGEST_JSON_BYTES = 64 * 2**20
_LARGEST_YAML_BYTES = 4 * 2**20
"""PyYAML reads about half a megabyte a second where each node has its line."""
_MOST_FAULTS = 20
_NO_DIGITS = re.compile(r"[^0-9]")
"""Other scripts have digits too, which a caller may send."""


def _decimal(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError('write amounts in quotes, such as "45000.50": a binary fraction is not exact')
    return value


def _quoted(value: Any) -> Any:
    if isinstance(value, int | float):
        raise ValueError('write it in quotes, such as "77010000001": YAML reads some bare numbers as others')
    return value


def _digits(value: str) -> str:
    if not re.fullmatch(r"[1-9][0-9]{6,14}", value, re.ASCII):
        raise ValueError('write 7 to 15 digits with the country code and nothing else, such as "77010000001"')
    return value


def _worded(value: Any) -> Any:
    if isinstance(value, bool | float | list | dict) or value is None:
        raise ValueError('write it in quotes, such as "12.5"')
    return str(value)


FactName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FactText = Annotated[str, BeforeValidator(_worded), Field(min_length=1, max_length=200)]
Amount = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, max_digits=14, decimal_places=2)]
Digits = Annotated[str, BeforeValidator(_quoted), AfterValidator(_digits)]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    account_id: Annotated[str, Field(min_length=1, max_length=64), BeforeValidator(_quoted)]
    phone: Digits
    full_name: Annotated[str, Field(min_length=1, max_length=200)]
    given_name: Annotated[str, Field(min_length=1, max_length=100)]
    language: Language
    time_zone: Zone = "Asia/Almaty"
    creditor: Annotated[str, Field(min_length=1, max_length=200)]
    product: dict[Language, str]
    currency: Currency = Currency.TENGE
    debt: Amount
    least_promise: Amount
    days_past_due: int
    due_date: date
    latest_promise_days: Annotated[int, Field(ge=0, le=365)] = 14
    segment: Segment = Segment.SOFT
    product_code: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,64}$")] = ""
    broken_promises: Annotated[int, Field(ge=0)] = 0
    earlier_contacts: Annotated[int, Field(ge=0)] = 0
    payday: Annotated[int, Field(ge=1, le=31)] | None = None
    promised: Amount | None = None
    promised_due: date | None = None
    facts: Annotated[dict[FactName, FactText], Field(max_length=100)] = {}

    @model_validator(mode="after")
    def _whole_promise(self) -> "_Row":
        if (self.promised is None) != (self.promised_due is None):
            raise ValueError("`promised` and `promised_due` go together: the sum of the open promise, and its day")
        return self

    def account(self) -> Account:
        person = Person(self.full_name, self.given_name, self.language, self.phone, self.time_zone)
        return Account(
            self.account_id,
            person,
            self.creditor,
            self.product,
            Money(int(self.debt * 100), self.currency),
            self.days_past_due,
            self.due_date,
            Money(int(self.least_promise * 100), self.currency),
            self.latest_promise_days,
            self.segment,
            self.product_code,
            self.broken_promises,
            self.earlier_contacts,
            self.payday,
            Money(int(self.promised * 100), self.currency) if self.promised is not None else None,
            self.promised_due,
            self.facts,
        )


_ROWS = TypeAdapter(list[_Row])


def accounts_of(answer: bytes) -> tuple[Account, ...]:
    """Read accounts from a JSON list, as another system answers.

    Raises:
        SettingsError: it is no such list; the message names row and key, and shows no value.
    """
    try:
        rows = _ROWS.validate_json(answer)
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        raise SettingsError(f"{_place(Path('answer'), [], fault['loc'])}{_reason(fault)}") from None
    return tuple(row.account() for row in rows)


@dataclass(frozen=True, slots=True)
class AccountBook:
    """Accounts by their id and by their debtor's number."""

    by_id: Mapping[str, Account]
    by_phone: Mapping[str, tuple[Account, ...]]

    def of_caller(self, number: str) -> tuple[Account, ...]:
        """Return the accounts of whoever calls from a number, in any way of writing it.

        Eleven digits that begin with 8, the trunk prefix of Kazakhstan and Russia, are found as +7 as well.
        """
        return self.by_phone.get(_NO_DIGITS.sub("", number)) or self.by_phone.get(e164(number), ())


def e164(number: str) -> str:
    """Return the digits of a number with its country code, where it was dialled or shown with the trunk prefix 8."""
    digits = _NO_DIGITS.sub("", number)
    return f"7{digits[1:]}" if len(digits) == 11 and digits.startswith("8") else digits


def read_accounts(path: Path) -> AccountBook:
    """Read an accounts file: JSON by its ending ``.json``, else YAML. A day's export is best written as JSON.

    Raises:
        SettingsError: the file cannot be read, or a row is wrong; the message names file, line (of YAML), row and the
            mend, and shows no personal data.
    """
    rows, lines = _rows(path)
    try:
        valid = _ROWS.validate_python(rows)
    except ValidationError as error:
        faults = [f"{_place(path, lines, fault['loc'])}{_reason(fault)}" for fault in error.errors(include_input=False)]
        more = f"\n{path}: and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise SettingsError("\n".join(faults[:_MOST_FAULTS]) + more) from None
    by_id: dict[str, Account] = {}
    by_phone: dict[str, tuple[Account, ...]] = {}
    for index, row in enumerate(valid):
        if row.account_id in by_id:
            raise SettingsError(f"{_place(path, lines, (index, 'account_id'))}is used twice; it must be unique")
        account = row.account()
        by_id[row.account_id] = account
        by_phone[row.phone] = (*by_phone.get(row.phone, ()), account)
    return AccountBook(by_id, by_phone)


def _rows(path: Path) -> tuple[Any, list[int]]:
    """Return what the file holds, and the line on which each row begins where that can be told."""
    try:
        size = path.stat().st_size
        limit = _LARGEST_JSON_BYTES if path.suffix == ".json" else _LARGEST_YAML_BYTES
        if size > limit:
            mend = "give one day's accounts" if limit == _LARGEST_JSON_BYTES else "write JSON, into a file .json"
            raise SettingsError(f"{path}: {size >> 20} MB, more than the {limit >> 20} MB that are read; {mend}")
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            return json.loads(text), []
        loader = _NoAliases(text)
        try:
            node = loader.get_single_node()
            lines = [row.start_mark.line + 1 for row in node.value] if isinstance(node, yaml.SequenceNode) else []
            return (loader.construct_document(node) if node is not None else None), lines
        finally:
            loader.dispose()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: cannot be read: save it as UTF-8 (byte {error.start + 1} is not)") from None
    except json.JSONDecodeError as error:
        raise SettingsError(f"{path}, line {error.lineno}: not valid JSON: {error.msg}") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SettingsError(f"{path}{line}: cannot be read as YAML: {error.problem}") from None
    except yaml.YAMLError:
        raise SettingsError(f"{path}: cannot be read as YAML: it holds characters that no text has") from None
    except RecursionError:
        raise SettingsError(f"{path}: lists within lists without end; write a list of accounts") from None


def _place(path: Path, lines: list[int], where: tuple[int | str, ...]) -> str:
    """Name the file, the line, the row and the key."""
    if not where or not isinstance(where[0], int):
        return f"{path}: "
    line = f", line {lines[where[0]]}" if where[0] < len(lines) else ""
    key = ".".join(str(part) for part in where[1:])
    return f"{path}{line}: account {where[0] + 1}: {key}{': ' if key else ''}"


def _reason(fault: ErrorDetails) -> str:
    if not fault["loc"]:
        return "write a list of accounts, each beginning with a dash (YAML), or in [ ] (JSON)"
    if fault["type"] == "extra_forbidden":
        return f"there is no such key; known are {', '.join(_Row.model_fields)}"
    if fault["type"] == "missing":
        return "is missing"
    reason = fault["msg"].removeprefix("Value error, ")
    return reason[:1].lower() + reason[1:]


class _NoAliases(yaml.SafeLoader):
    """Refuses aliases: an exported table has no use for them, and nested ones grow without bound."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed here", event.start_mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError):  # such as the bare date 2026-13-45
            problem = "a value that is no date or number, though it looks like one"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None
