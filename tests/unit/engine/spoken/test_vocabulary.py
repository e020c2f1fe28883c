"""Which words stand for numbers and days."""

import pytest

from engine.spoken.vocabulary import WordKind, vocabulary


@pytest.mark.parametrize("word", ["пять", "пятнадцать", "тысяч", "косарь", "жиырма", "мын", "fifteen", "hundred"])
def test_numbers(word: str) -> None:
    """In all three languages, colloquial ones too."""
    assert vocabulary()[word] is WordKind.NUMBER


@pytest.mark.parametrize("word", ["пятница", "завтра", "пятого", "марта", "ертен", "жумада", "friday", "tomorrow"])
def test_days(word: str) -> None:
    """By name, by number and as seen from today."""
    assert vocabulary()[word] is WordKind.DAY


@pytest.mark.parametrize("word", ["он", "оплачу", "толеймин", "pay", "теңге"])
def test_other_words(word: str) -> None:
    """«он» is ten in Kazakh, but "he" in Russian."""
    assert word not in vocabulary()
