"""Values of an answer, out of several languages at once, as the dialog takes them."""

from datetime import date, time

import pytest

from dialogs.understanding.slots import Slotted, find_slots
from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import Reason

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH
_WEDNESDAY = date(2026, 11, 25)


def _slots(text: str, language: Language = RU, payday: int | None = None) -> Slotted:
    return find_slots(text, language, Currency.TENGE, _WEDNESDAY, payday)


@pytest.mark.parametrize(
    ("text", "language", "day", "amount"),
    [
        ("в пятницу, нет, в субботу", RU, 28, None),
        ("не в пятницу в субботу", RU, 28, None),
        ("пять ой десять тысяч в пятницу", RU, 27, 10_000),
        ("бейсенбі емес жұма он мың", KK, 27, 10_000),
        ("пятницада емес субботада бес мың", KK, 28, 5_000),
        ("friday no saturday five thousand", RU, 28, 5_000),
    ],
)
def test_what_was_taken_back_is_gone(text: str, language: Language, day: int, amount: int | None) -> None:
    """The day and the sum that the speaker ends with are taken, in whatever language of the three."""
    slots = _slots(text, language)
    assert slots.days == (date(2026, 11, day),)
    assert slots.amount == (None if amount is None else Money.of(amount))


def test_rest_holds_no_correction() -> None:
    """The words of a correction go with the values, else its «нет» would be taken for an answer."""
    assert _slots("в пятницу, нет, в субботу").rest.split() == ["в"]
    assert _slots("не в пятницу").rest.split() == ["не", "в", "пятницу"]


def test_readings_and_reasons_are_kept() -> None:
    """What has several readings brings all of them and the reason."""
    slots = _slots("двадцать в среду в шесть")
    assert slots.amounts == (Money.of(20), Money.of(20_000))
    assert (slots.amount, slots.amount_explicit, slots.amount_reason) == (
        Money.of(20),
        False,
        Reason.THOUSANDS_LEFT_OUT,
    )
    assert (slots.days, slots.day_reason) == ((date(2026, 12, 2), _WEDNESDAY), Reason.TODAY_OR_NEXT)
    assert (slots.times, slots.time_reason) == ((time(18), time(6)), Reason.MORNING_OR_EVENING)


def test_payday_makes_a_day() -> None:
    """«После зарплаты» is a day where the account knows the payday, in the other language of the country too."""
    assert _slots("после зарплаты").days == ()
    assert _slots("после зарплаты", payday=10).days == (date(2026, 12, 10), date(2026, 12, 11))
    assert _slots("айлықтан кейін", RU, payday=10).days[0] == date(2026, 12, 10)


@pytest.mark.parametrize(
    ("text", "number", "percent"),
    [
        ("девять", 9, False),
        ("десять нет девять", 9, False),
        ("восемьдесят процентов", 80, True),
        ("не знаю", None, False),
    ],
)
def test_plain_number_is_told(text: str, number: int | None, percent: bool) -> None:
    """A survey's answer is a number and nothing else."""
    slots = _slots(text)
    assert (slots.number, slots.percent) == (number, percent)
