"""Hundredths in words, for discounts and rates."""

import pytest

from engine.speech import Language
from engine.spoken import Case, percent_in_words


@pytest.mark.parametrize(
    ("n", "language", "case", "words"),
    [
        (1, Language.RUSSIAN, Case.NOMINATIVE, "один процент"),
        (22, Language.RUSSIAN, Case.NOMINATIVE, "двадцать два процента"),
        (15, Language.RUSSIAN, Case.GENITIVE, "пятнадцати процентов"),
        (21, Language.RUSSIAN, Case.DATIVE, "двадцати одному проценту"),
        (20, Language.KAZAKH, Case.NOMINATIVE, "жиырма пайыз"),
        (20, Language.KAZAKH, Case.GENITIVE, "жиырма пайыздың"),
        (100, Language.ENGLISH, Case.NOMINATIVE, "one hundred percent"),
    ],
)
def test_percents_are_counted(n: int, language: Language, case: Case, words: str) -> None:
    """In the case that the sentence asks for, where the language has one."""
    assert percent_in_words(n, language, case=case) == words
