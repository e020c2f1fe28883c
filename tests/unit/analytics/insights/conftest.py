"""Planted contacts, made once."""

from datetime import date

import pytest

from analytics.insights.observed import Observed, Week
from analytics.insights.report import Period, Report, make_report
from benchmarks.planted import gathered, observe, plant

LAST = Week(2026, 47)


@pytest.fixture(scope="session")
def observed() -> list[Observed]:
    return observe(plant(11, 1100, LAST), LAST.sunday)


@pytest.fixture(scope="session")
def made(observed: list[Observed]) -> Report:
    period = Period(LAST, 8, date(2026, 11, 24), LAST.sunday)
    return make_report(gathered(observed, period, aside=3), period)
