"""Rows of law with the days between which they hold (``provisions.toml``)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, TypeVar

from engine.errors import ConfigurationError

_Kind = TypeVar("_Kind", bound=StrEnum)
_FILE: Final = "provisions.toml"


class Jurisdiction(StrEnum):
    """Whose law it is (ISO 3166-1)."""

    KAZAKHSTAN = "KZ"
    RUSSIA = "RU"


class Purpose(StrEnum):
    """What a contact is for; the law treats them differently."""

    COLLECTION = "collection"
    SERVICE = "service"
    """About a contract that the client has: welcome, reminder before the due day."""
    SURVEY = "survey"
    ADVERTISING = "advertising"


class Creditor(StrEnum):
    """Who calls for the money."""

    BANK = "bank"
    MICROFINANCE = "microfinance"
    COLLECTOR = "collector"


class Status(StrEnum):
    """Whether a row is law."""

    IN_FORCE = "in_force"
    DRAFT = "draft"
    REPEALED = "repealed"


class Certainty(StrEnum):
    """How sure a row is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Channel(StrEnum):
    """What a limit counts."""

    CALL = "call"
    MESSAGE = "message"


class Counter(StrEnum):
    """Which calls or messages a limit counts."""

    ATTEMPT = "attempt"
    CONVERSATION = "conversation"
    """Only those that reached the client."""


class Period(StrEnum):
    """Over what a limit counts, by the calendar where the client is."""

    DAY = "day"
    WEEK = "week"
    """From Monday."""
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Hours:
    """When a client may be contacted, where the client is: from the first time on, before the second.

    Args:
        weekdays: Monday to Friday.
        weekends: Saturday, Sunday and public holidays; None where there may be no contact then.
    """

    weekdays: tuple[time, time]
    weekends: tuple[time, time] | None = None

    def allow(self, moment: time, free_day: bool) -> bool:
        """Whether a moment lies in them, on a weekend or holiday or on a weekday."""
        hours = self.weekends if free_day else self.weekdays
        return hours is not None and hours[0] <= moment < hours[1]


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a client may be contacted.

    Args:
        channel: that is counted.
        counter: which contacts count.
        period: over which.
        most: contacts in it.
    """

    channel: Channel
    counter: Counter
    period: Period
    most: int


class Record(StrEnum):
    """What is kept of contacts."""

    RECORDING = "recording"
    MESSAGE = "message"
    TRANSCRIPT = "transcript"
    """And all that was made from it: measures, scores, promises."""
    PAYMENT = "payment"
    PROOF = "proof"
    """That something was deleted."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long something must be kept.

    Args:
        records: of which kinds.
        years: at least, from the day on which it was made; None where the row asks for it and the term was not found.
    """

    records: tuple[Record, ...]
    years: int | None


@dataclass(frozen=True, slots=True)
class Provision:
    """One row.

    Args:
        name: unique.
        jurisdiction: whose law it is.
        purposes: of contacts that it is about.
        creditors: whom it binds.
        first: the day from which it holds.
        last: the last day on which it holds; None while it does.
        status: whether it is law.
        certainty: how sure the row is.
        article: where it stands.
        says: in one sentence.
        hours: of contact that it allows.
        limits: of frequency that it sets.
        keeping: of records that it asks for.
    """

    name: str
    jurisdiction: Jurisdiction
    purposes: tuple[Purpose, ...]
    creditors: tuple[Creditor, ...]
    first: date
    last: date | None
    status: Status
    certainty: Certainty
    article: str
    says: str
    hours: Hours | None = None
    limits: tuple[Limit, ...] = ()
    keeping: Keeping | None = None

    @property
    def source(self) -> str:
        """Article and what it says."""
        return f"{self.article}: {self.says}"

    def in_force(self, on: date) -> bool:
        """Whether it is law on a day."""
        return self.status is Status.IN_FORCE and self.first <= on and (self.last is None or on <= self.last)


@cache
def provisions() -> Mapping[str, Provision]:
    """Return all rows by name.

    Raises:
        ConfigurationError: the file that ships is broken; the message names the row.
    """
    rows: list[dict[str, Any]] = tomllib.loads((files("engine.law") / "provisions.toml").read_text("utf-8"))[
        "provision"
    ]
    found = {}
    for row in rows:
        try:
            made = _provision(dict(row))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(f"{_FILE}: {row.get('name')}: {error!r}; mend the row") from error
        if made.name in found:
            raise ConfigurationError(f"{_FILE}: {made.name} stands twice; delete one")
        found[made.name] = made
    return MappingProxyType(found)


def provision(name: str) -> Provision:
    """Return a row.

    Raises:
        ConfigurationError: there is none of that name.
    """
    try:
        return provisions()[name]
    except KeyError:
        raise ConfigurationError(f"there is no provision of law `{name}`; engine/law/{_FILE} has all") from None


def _provision(row: dict[str, Any]) -> Provision:
    hours, keeping = row.pop("hours", None), row.pop("keeping", None)
    return Provision(
        jurisdiction=Jurisdiction(row.pop("jurisdiction")),
        purposes=_members(Purpose, row.pop("purposes", None)),
        creditors=_members(Creditor, row.pop("creditors", None)),
        first=row.pop("from"),
        last=row.pop("to", None),
        status=Status(row.pop("status", Status.IN_FORCE)),
        certainty=Certainty(row.pop("certainty")),
        hours=None if hours is None else Hours(**{days: _span(span) for days, span in hours.items()}),
        limits=tuple(
            Limit(Channel(one["channel"]), Counter(one["counter"]), Period(one["period"]), one["most"])
            for one in row.pop("limits", ())
        ),
        keeping=None if keeping is None else Keeping(_members(Record, keeping["records"]), keeping.get("years")),
        **row,
    )


def _members(kind: type[_Kind], names: list[str] | None) -> tuple[_Kind, ...]:
    return tuple(kind) if names is None else tuple(kind(name) for name in names)


def _span(span: list[time]) -> tuple[time, time]:
    opens, closes = span
    return opens, closes
