"""Public holidays of Kazakhstan and Russia, days off that a government moved included."""

from datetime import date
from functools import cache

import holidays

from engine.law.provisions import Jurisdiction


@cache
def is_holiday(jurisdiction: Jurisdiction, day: date) -> bool:
    """Whether a day is a public holiday; weekends are none by themselves."""
    return day in _calendar(jurisdiction)


@cache
def _calendar(jurisdiction: Jurisdiction) -> holidays.HolidayBase:
    return holidays.country_holidays(jurisdiction.value)
