"""The numbers of a week: contacts, promises, sums, measures; nothing of fewer people than a limit."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Final

import numpy as np

from analytics.insights.observed import DECIDED, Caller, Observed, Week
from analytics.payments.values import Settlement, Standing
from engine.accounts import Currency

MEASURES: Final = ("handling_s", "silence_share", "client_words_per_s", "bank_latency_median_s", "client_effort")
"""Measures by week, where contacts have them."""


@dataclass(frozen=True, slots=True)
class ContactTotals:
    """Contacts of a week.

    Args:
        contacts: all of them, by who held them.
        right_party: those in which the client himself was reached.
        untold: those of which nobody can tell whom they reached.
    """

    contacts: Mapping[Caller, int]
    right_party: Mapping[Caller, int]
    untold: int

    @property
    def whole(self) -> int:
        """All contacts."""
        return sum(self.contacts.values())

    @property
    def reached(self) -> int:
        """All that reached the client."""
        return sum(self.right_party.values())


@dataclass(frozen=True, slots=True)
class PromiseTotals:
    """Promises by one kind of caller in one segment; sums by currency in minor units.

    Args:
        made: in the week.
        ended: promises whose day of payment was in the week, by what became of them.
        promised: their sums, of those that are kept, partly kept or broken.
        paid: what came for these.
        people: who made them.
    """

    made: int
    ended: Mapping[Standing, int]
    promised: Mapping[Currency, int]
    paid: Mapping[Currency, int]
    people: int

    @property
    def decided(self) -> int:
        """Those that are kept, partly kept or broken."""
        return sum(self.ended.get(one, 0) for one in DECIDED)


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over the contacts of a week."""

    low: float
    middle: float
    high: float
    known: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What is counted over all contacts.

    Args:
        contacts: by week.
        promises: by segment and caller; under None those of few people together.
        left_out: there are more promises, of too few people to be told.
    """

    contacts: Mapping[Week, ContactTotals]
    promises: Mapping[tuple[str, Caller] | None, PromiseTotals]
    left_out: bool = False


@dataclass(slots=True)
class _Row:
    made: int = 0
    ended: Counter[Standing] = field(default_factory=Counter)
    promised: Counter[Currency] = field(default_factory=Counter)
    paid: Counter[Currency] = field(default_factory=Counter)
    people: "array[int]" = field(default_factory=lambda: array("Q"))

    def take(self, other: "_Row") -> None:
        self.made += other.made
        self.people += other.people
        for own, others in ((self.promised, other.promised), (self.paid, other.paid)):
            own.update(others)
        self.ended.update(other.ended)

    def people_count(self) -> int:
        return len(np.unique(np.frombuffer(self.people, np.uint64)))

    def totals(self) -> PromiseTotals:
        return PromiseTotals(self.made, self.ended, self.promised, self.paid, self.people_count())


class Tally:
    """Counts contacts and promises as they come; 8 bytes are held of each promise that the week is about.

    Args:
        weeks: that contacts are counted of, the last of which the promises are about.
        least_people: of a row of promises; those of fewer are joined under None, and left out if few together.
    """

    def __init__(self, weeks: Sequence[Week], least_people: int) -> None:
        self._week = weeks[-1]
        self._least_people = least_people
        self._contacts: dict[Week, Counter[tuple[Caller, bool | None]]] = {week: Counter() for week in weeks}
        self._rows: dict[tuple[str, Caller], _Row] = defaultdict(_Row)

    def contact(self, week: Week, caller: Caller, right_party: bool | None) -> None:
        """Count a contact; one of another week counts nowhere."""
        if week in self._contacts:
            self._contacts[week][caller, right_party] += 1

    def promise(self, made_in: Week, segment: str, caller: Caller, person: int, one: Settlement) -> None:
        """Count a promise, where it was made in the week or its day of payment lies there.

        Args:
            made_in: the week of its contact.
            segment: of the contact.
            caller: who held it.
            person: digest of 64 bits of who made it.
            one: what became of it.
        """
        ends = one.due is not None and Week.of(one.due) == self._week
        made = made_in == self._week
        if not (made or ends):
            return
        row = self._rows[segment, caller]
        row.made += made
        row.people.append(person)
        if ends:
            row.ended[one.standing] += 1
            if one.standing in DECIDED and one.amount is not None:
                row.promised[one.amount.currency] += one.amount.minor
                row.paid[one.amount.currency] += one.paid_minor

    def totals(self) -> Totals:
        """Return what was counted."""
        contacts = {week: _contact_totals(found) for week, found in self._contacts.items()}
        return Totals(contacts, *self._promises())

    def _promises(self) -> tuple[Mapping[tuple[str, Caller] | None, PromiseTotals], bool]:
        """Return promises by row, and whether some are left out."""
        found: dict[tuple[str, Caller] | None, PromiseTotals] = {}
        rest = _Row()
        for key, row in sorted(self._rows.items()):
            totals = row.totals()
            if totals.people >= self._least_people:
                found[key] = totals
            else:
                rest.take(row)
        if not rest.people:
            return found, False
        if rest.people_count() < self._least_people:
            return found, True
        found[None] = rest.totals()
        return found, False


def _contact_totals(found: Counter[tuple[Caller, bool | None]]) -> ContactTotals:
    whole, reached, untold = Counter[Caller](), Counter[Caller](), 0
    for (caller, right_party), number in found.items():
        whole[caller] += number
        reached[caller] += number if right_party else 0
        untold += number if right_party is None else 0
    return ContactTotals(whole, reached, untold)


def spreads(contacts: Sequence[Observed], weeks: Sequence[Week], name: str, least_people: int) -> dict[Week, Spread]:
    """Return the quartiles of a measure by week, of weeks with enough people."""
    found = {}
    for week in weeks:
        own = [one for one in contacts if one.week == week and one.measures.get(name) is not None]
        values = [value for one in own if (value := one.measures[name]) is not None]
        if len({one.client for one in own}) >= max(2, least_people):
            low, middle, high = quantiles(values, n=4, method="inclusive")
            found[week] = Spread(low, middle, high, len(values))
    return found
