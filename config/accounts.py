"""The accounts file: debts and debtors as YAML or JSON, for calls placed one by one and for callers to be recognised.

A bank's own system is the owner of these facts; the file is what it exports. Amounts are decimal strings in tenge or
roubles, such as "45000.00", and become integer minor units at this border.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from engine.accounts import Account, Currency, Money, Person, Segment
from engine.errors import SettingsError
from engine.speech import Language

_LARGEST_BYTES = 64 * 2**20


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}; write it as Asia/Almaty") from None
    return name


def _decimal(value: Any) -> Any:
    if isinstance(value, float):
        raise ValueError('write amounts in quotes, such as "45000.50": a binary fraction is not exact')
    return value


Amount = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, max_digits=14, decimal_places=2)]
Digits = Annotated[str, Field(pattern=r"^[1-9][0-9]{6,14}$")]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    account_id: Annotated[str, Field(min_length=1, max_length=64)]
    phone: Digits
    full_name: Annotated[str, Field(min_length=1, max_length=200)]
    given_name: Annotated[str, Field(min_length=1, max_length=100)]
    language: Language
    time_zone: Annotated[str, AfterValidator(_zone)] = "Asia/Almaty"
    creditor: Annotated[str, Field(min_length=1, max_length=200)]
    product: dict[Language, str]
    currency: Currency = Currency.TENGE
    debt: Amount
    least_promise: Amount
    days_past_due: int
    due_date: date
    latest_promise_days: Annotated[int, Field(ge=0, le=365)] = 14
    segment: Segment = Segment.SOFT

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
        )


_ROWS = TypeAdapter(list[_Row])


@dataclass(frozen=True, slots=True)
class AccountBook:
    """Accounts by their id and by their debtor's number."""

    by_id: Mapping[str, Account]
    by_phone: Mapping[str, tuple[Account, ...]]

    def of_caller(self, number: str) -> tuple[Account, ...]:
        """Return the accounts of whoever calls from a number, in any way of writing it."""
        return self.by_phone.get(re.sub(r"\D", "", number), ())


def read_accounts(path: Path) -> AccountBook:
    """Read an accounts file.

    Raises:
        SettingsError: the file cannot be read, or a row is wrong; the message names the row and the mend, and shows no
            personal data.
    """
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise SettingsError(f"{path}: larger than {_LARGEST_BYTES // 2**20} MB; give the accounts of one day")
        raw = yaml.load(path.read_text("utf-8"), _NoAliases)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path}: cannot be read as YAML or JSON: {error}") from error
    try:
        rows = _ROWS.validate_python(raw)
    except ValidationError as error:
        faults = [
            f"{path}: account {'.'.join(str(part + 1 if isinstance(part, int) else part) for part in detail['loc'])}: "
            f"{detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors(include_input=False)
        ]
        raise SettingsError("\n".join(faults)) from None
    by_id: dict[str, Account] = {}
    by_phone: dict[str, tuple[Account, ...]] = {}
    for number, row in enumerate(rows, 1):
        if row.account_id in by_id:
            raise SettingsError(f"{path}: account {number}: account_id is used twice; it must be unique")
        account = row.account()
        by_id[row.account_id] = account
        by_phone[row.phone] = (*by_phone.get(row.phone, ()), account)
    return AccountBook(by_id, by_phone)


class _NoAliases(yaml.SafeLoader):
    """Refuses aliases: an exported table has no use for them, and nested ones grow without bound."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed here", event.start_mark)
        return super().compose_node(parent, index)
