"""The rows of law: complete, dated, and of calendars that are known."""

from datetime import date, time

import pytest

from engine.errors import ConfigurationError
from engine.law import Jurisdiction, Purpose, is_holiday, provision, provisions


def test_every_row_says_where_it_stands() -> None:
    """A row without an article could not be checked by a lawyer."""
    assert all(row.article and len(row.says) > 20 for row in provisions().values())
    assert all(row.last is None or row.first <= row.last for row in provisions().values())


def test_a_row_binds_from_its_first_day_on() -> None:
    told = provision("kz_ai_disclosed")

    assert not told.in_force(date(2026, 1, 17))
    assert told.in_force(date(2026, 1, 18))
    assert Purpose.ADVERTISING in told.purposes


def test_a_draft_is_no_law() -> None:
    assert not provision("kz_hours_draft").in_force(date(2027, 6, 1))


def test_hours_end_before_their_last_minute_and_differ_on_free_days() -> None:
    hours = provision("ru_hours").hours
    assert hours is not None

    assert hours.allow(time(21, 59), free_day=False)
    assert not hours.allow(time(22, 0), free_day=False)
    assert not hours.allow(time(20, 0), free_day=True)
    assert hours.allow(time(9, 0), free_day=True)


def test_a_country_without_weekend_hours_allows_none() -> None:
    hours = provision("kz_hours").hours

    assert hours is not None
    assert not hours.allow(time(12, 0), free_day=True)


@pytest.mark.parametrize(
    ("country", "day", "free"),
    [
        (Jurisdiction.KAZAKHSTAN, date(2026, 12, 16), True),
        (Jurisdiction.KAZAKHSTAN, date(2026, 12, 17), False),
        (Jurisdiction.RUSSIA, date(2026, 6, 12), True),
        (Jurisdiction.RUSSIA, date(2026, 12, 16), False),
    ],
)
def test_holidays_are_those_of_the_country(country: Jurisdiction, day: date, free: bool) -> None:
    assert is_holiday(country, day) is free


def test_an_unknown_row_is_named() -> None:
    with pytest.raises(ConfigurationError, match="no provision of law `kz_nothing`"):
        provision("kz_nothing")
