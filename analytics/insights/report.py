"""The weekly report: what it is made of, and how it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from analytics.insights.observed import Caller, Observed, Week
from analytics.insights.practice import Outcome, Practice, Rules, find_practices
from analytics.insights.reasons import Known, Reason, find_reasons
from analytics.insights.statements import statements_of
from analytics.insights.totals import (
    MEASURES,
    ContactTotals,
    PromiseTotals,
    Spread,
    contact_totals,
    promise_totals,
    spreads,
)

LEAST_PEOPLE: Final = 10
"""Nothing is told of fewer."""


@dataclass(frozen=True, slots=True)
class Period:
    """What a report covers.

    Args:
        week: that it is about.
        weeks: how many are compared, this one included.
        today: when it is made.
        paid_until: the last day of which payments are known; None where there are none.
        grace_days: after the day of a promise.
        least_people: nothing is told of fewer.
    """

    week: Week
    weeks: int
    today: date
    paid_until: date | None = None
    grace_days: int = 1
    least_people: int = LEAST_PEOPLE

    @property
    def all_weeks(self) -> tuple[Week, ...]:
        """Every week, oldest first."""
        return tuple(self.week.before(number) for number in reversed(range(self.weeks)))


@dataclass(frozen=True, slots=True)
class Report:
    """All numbers of a weekly report.

    Args:
        period: that it covers.
        contacts: by week.
        promises: by segment and caller; under None those of few people together.
        measures: by name and week.
        practices: by outcome, the surest first.
        reasons: the commonest first.
        aside: how many contacts were set aside in the week.
    """

    period: Period
    contacts: Mapping[Week, ContactTotals]
    promises: Mapping[tuple[str, Caller] | None, PromiseTotals]
    measures: Mapping[str, Mapping[Week, Spread]]
    practices: Mapping[Outcome, tuple[Practice, ...]]
    reasons: tuple[Reason, ...]
    aside: int


def make_report(contacts: Sequence[Observed], period: Period, *, known: Sequence[Known] = (), aside: int = 0) -> Report:
    """Return the report of a week.

    Args:
        contacts: of all its weeks, and of those before in which promises were made that end in them.
        period: that it covers.
        known: reasons of earlier reports, whose names last.
        aside: how many contacts were set aside in the week.
    """
    own = [one for one in contacts if period.all_weeks[0] <= one.week <= period.week]
    least = period.least_people
    rules = Rules(least_people=max(Rules().least_people, least))
    measured = {name: spreads(own, period.all_weeks, name, least) for name in MEASURES}
    return Report(
        period,
        {week: contact_totals(own, week) for week in period.all_weeks},
        promise_totals(contacts, period.week, least),
        {name: by_week for name, by_week in measured.items() if by_week},
        {outcome: find_practices(own, outcome, rules) for outcome in Outcome},
        find_reasons(statements_of(own), period.week, known=known, least_people=least),
        aside,
    )
