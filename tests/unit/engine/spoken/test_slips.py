"""Words that a recogniser got wrong by a letter."""

from datetime import date

import pytest

from engine.accounts import Currency, Money
from engine.speech import Language
from engine.spoken import find_amounts, find_dates, find_times

RU, KK, EN = Language.RUSSIAN, Language.KAZAKH, Language.ENGLISH
_WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("шеснадцать тысяч", RU, 16_000),
        ("тринатцать тысяч пятьсот", RU, 13_500),
        ("seventien thousand", EN, 17_000),
        ("siventy thousand", EN, 70_000),
    ],
)
def test_number_is_known_again_beside_another(text: str, language: Language, amount: int) -> None:
    """A letter lost, added or changed does not lose the number."""
    assert [one.amount for one in find_amounts(text, language, Currency.TENGE)] == [Money.of(amount)]


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("в чеверг", RU, date(2026, 11, 26)),
        ("пятого дикабря", RU, date(2026, 12, 5)),
        ("бейсенбы күні", KK, date(2026, 11, 26)),
        ("on thirsday", EN, date(2026, 11, 26)),
        ("decembre fifth", EN, date(2026, 12, 5)),
    ],
)
def test_day_is_known_again(text: str, language: Language, day: date) -> None:
    """Weekdays and months have shapes of their own, and are known again anywhere."""
    assert [one.day for one in find_dates(text, language, _WEDNESDAY)] == [day]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("готов внести позже", RU),
        ("я на завтраке", RU),
        ("по субботам занят", RU),
        ("по вторникам и четвергам занят", RU),
        ("нас четверо", RU),
        ("on Fridays I work", EN),
        ("I am thirsty", EN),
        ("алтынға ақша керек", KK),
    ],
)
def test_other_words_stay_words(text: str, language: Language) -> None:
    """What is a word of its own is no number, however near."""
    assert not find_amounts(text, language, Currency.TENGE)
    assert not find_dates(text, language, _WEDNESDAY)
    assert not find_times(text, language)


def test_a_common_word_beside_a_sum_is_none() -> None:
    """«Внести» is a letter away from «двести»."""
    found = find_amounts("смогу пятнадцать тысяч внести", RU, Currency.TENGE)
    assert [one.amount for one in found] == [Money.of(15_000)]
