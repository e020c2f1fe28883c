"""Words become symbols one by one and all together, alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.builtin.alphabet import BLANK, Alphabet

ALPHABET = Alphabet(["", " ", *"абвгде", "ё"])
RUSSIAN = Alphabet(["", " ", *"абвгдеёжзийклмнопрстуфхцчшщъыьэюя"])
KAZAKH = Alphabet(["", " ", *"аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"])


@given(st.lists(st.text("абе ж😀<", max_size=8), max_size=6))
def test_words_together_are_spelled_as_each_alone(words: list[str]) -> None:
    """A word with a letter that nobody writes here is blank, as the marks of a language model are."""
    spelled = ALPHABET.spellings(words)
    assert spelled.shape == (len(words), max(map(len, words), default=0))
    for word, row in zip(words, spelled.tolist(), strict=True):
        alone = ALPHABET.encode(word) or []
        assert row == alone + [BLANK] * (len(row) - len(alone))


@pytest.mark.parametrize(
    ("written", "russian", "kazakh"),
    [
        ("Айгүл", "айгул", "айгүл"),
        ("Әбілқасымова,", "абилкасымова", "әбілқасымова"),
        ("Пётр Салтыков-Щедрин", "петр салтыков щедрин", "петр салтыков щедрин"),
        ("Д’Артаньян!", "дартаньян", "дартаньян"),
        ("Андреи\u0306", "андрей", "андрей"),
    ],
)
def test_names_are_folded_to_what_each_language_can_write(written: str, russian: str, kazakh: str) -> None:
    for alphabet, folded in ((RUSSIAN, russian), (KAZAKH, kazakh)):
        assert alphabet.fold(written) == folded
        assert alphabet.encode(folded)


def test_what_has_no_like_stays_what_nobody_can_spell() -> None:
    assert RUSSIAN.encode(RUSSIAN.fold("John 25 %")) is None
