"""The automaton of expected phrases: every text gains what its whole phrases are worth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.builtin.alphabet import Alphabet
from asr.builtin.biasing import Bias

ALPHABET = Alphabet(["", "а", "б", "в", " "])
words = st.text("абв", min_size=1, max_size=3)
phrases = st.lists(st.lists(words, min_size=1, max_size=2).map(" ".join), max_size=5)


def gained(bias: Bias, text: str) -> float:
    node, total = 0, 0.0
    for symbol in ALPHABET.encode(text) or ():
        total += float(bias.reward[node, symbol])
        node = int(bias.behind[node, symbol])
    return total + float(bias.closing[node])


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("аб", 2),
        ("аб ва", 4),
        ("аб в", 2),  # the longer phrase was begun, the shorter one stays
        ("абв", 0),
        ("в аб", 2),
        ("ваб", 0),
        ("аб аб ва", 6),
        ("б а", 2),
        ("б", 0),
        ("б аб", 2),
        ("", 0),
    ],
)
def test_whole_phrases_at_words_are_rewarded_by_letter(text: str, letters: int) -> None:
    bias = Bias.of(ALPHABET, ("аб", "аб ва", "б а"), 0.5)
    assert gained(bias, text) == pytest.approx(0.5 * letters)


@given(phrases=phrases, text=st.lists(words, min_size=1, max_size=4).map(" ".join))
def test_a_text_without_any_phrase_gains_nothing(phrases: list[str], text: str) -> None:
    held = [phrase for phrase in phrases if f" {phrase} " in f" {text} "]
    gain = gained(Bias.of(ALPHABET, phrases, 1.0), text)
    if held:
        assert gain >= max(len(phrase.replace(" ", "")) for phrase in held)
    else:
        assert gain == pytest.approx(0.0)


def test_phrases_are_folded_and_what_cannot_be_spelled_is_left_out() -> None:
    alphabet = Alphabet(["", "е", "ё", "л", "к", "а", "-", " "])
    bias = Bias.of(alphabet, ("Ёлка", "elk"), 1.0)
    node, total = 0, 0.0
    for symbol in alphabet.encode("елка") or ():
        total += float(bias.reward[node, symbol])
        node = int(bias.behind[node, symbol])
    assert total == 4.0
    assert len(bias.closing) == 6
