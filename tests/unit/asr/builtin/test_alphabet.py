"""Words become symbols one by one and all together, alike."""

from hypothesis import given
from hypothesis import strategies as st

from asr.builtin.alphabet import BLANK, Alphabet

ALPHABET = Alphabet(["", " ", *"абвгде", "ё"])


@given(st.lists(st.text("абе ж😀<", max_size=8), max_size=6))
def test_words_together_are_spelled_as_each_alone(words: list[str]) -> None:
    """A word with a letter that nobody writes here is blank, as the marks of a language model are."""
    spelled = ALPHABET.spellings(words)
    assert spelled.shape == (len(words), max(map(len, words), default=0))
    for word, row in zip(words, spelled.tolist(), strict=True):
        alone = ALPHABET.encode(word) or []
        assert row == alone + [BLANK] * (len(row) - len(alone))
