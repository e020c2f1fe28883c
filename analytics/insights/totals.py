"""The numbers of a week: contacts, promises, sums, measures; nothing of fewer people than a limit."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

from analytics.insights.observed import Caller, Observed, Week
from analytics.payments.values import Joined, Standing
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
        return sum(self.ended.get(one, 0) for one in _DECIDED)


@dataclass(frozen=True, slots=True)
class Spread:
    """A measure over the contacts of a week."""

    low: float
    middle: float
    high: float
    known: int


_DECIDED: Final = (Standing.KEPT, Standing.PARTLY, Standing.BROKEN)


def contact_totals(contacts: Sequence[Observed], week: Week) -> ContactTotals:
    """Return how many contacts of a week there were, and whom they reached."""
    own = [one for one in contacts if one.week == week]
    return ContactTotals(
        Counter(one.caller for one in own),
        Counter(one.caller for one in own if one.right_party),
        sum(one.right_party is None for one in own),
    )


def promise_totals(
    contacts: Sequence[Observed], week: Week, least_people: int
) -> dict[tuple[str, Caller] | None, PromiseTotals]:
    """Return the promises of a week by segment and caller.

    Args:
        contacts: of this week and those before, since promises made then end now.
        week: in which promises were made, and in which days of payment lie.
        least_people: of a row; those of fewer are joined under None, and left out if they are few together.
    """
    rows: dict[tuple[str, Caller] | None, list[tuple[Observed, Joined]]] = defaultdict(list)
    for one in contacts:
        for joined in one.promises:
            if one.week == week or _ends(joined, week):
                rows[one.segment, one.caller].append((one, joined))
    few = [key for key, row in rows.items() if _people(row) < least_people]
    rest = [pair for key in few for pair in rows.pop(key)]
    if rest and _people(rest) >= least_people:
        rows[None] = rest
    return {key: _totals(rows[key], week) for key in sorted(rows, key=lambda key: key or ("\uffff",))}


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


def _ends(joined: Joined, week: Week) -> bool:
    return joined.promise.due is not None and Week.of(joined.promise.due) == week


def _people(row: Sequence[tuple[Observed, Joined]]) -> int:
    return len({one.client for one, _ in row})


def _totals(row: Sequence[tuple[Observed, Joined]], week: Week) -> PromiseTotals:
    ended = [joined for _, joined in row if _ends(joined, week)]
    promised: Counter[Currency] = Counter()
    paid: Counter[Currency] = Counter()
    for joined in ended:
        if joined.standing in _DECIDED and joined.promise.amount is not None:
            promised[joined.promise.amount.currency] += joined.promise.amount.minor
            paid[joined.promise.amount.currency] += joined.paid_minor
    made = sum(one.week == week for one, _ in row)
    return PromiseTotals(made, Counter(joined.standing for joined in ended), promised, paid, _people(row))
