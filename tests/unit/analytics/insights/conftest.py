"""Planted contacts, made once."""

import pytest

from analytics.insights.observed import Observed, Week
from benchmarks.planted import observe, plant

LAST = Week(2026, 47)


@pytest.fixture(scope="session")
def observed() -> list[Observed]:
    return observe(plant(11, 1100, LAST), LAST.sunday)
