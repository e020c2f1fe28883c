"""Text made safe for every engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import SynthesisError
from tts.speakable import russian_letters, sentences, speakable, stress_before, without_stress


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Банк «Каспи» (робот).", "Банк Каспи робот."),
        ("-v en привет", "v en привет"),
        ("--help", "help"),
        ('"); (quit) ("', "quit"),
        ("<break time='9s'/> да", "break time '9s'/ да"),
        ("раз [[t`Est]] два", "раз t Est два"),
        ("банк — робот", "банк, робот"),
        ("банк - робот", "банк, робот"),
        ("да\x00нет\x1b[31m", "да нет 31m"),
        ("ипотечно‑кредитный", "ипотечно-кредитный"),
        ("it’s  fine …", "it's fine."),
        ("одна\nстрока\tвсего", "одна строка всего"),
        ("Али\u0301на, ё и й", "Али\u0301на, ё и й"),
        ("café", "cafe\u0301"),
    ],
)
def test_only_words_and_plain_punctuation_are_left(text: str, safe: str) -> None:
    """Mark-up, options, quotes and control characters of any engine become plain words or spaces."""
    assert speakable(text) == safe


@pytest.mark.parametrize("text", ["", "  \n", "...", "()[]<>", "«»", "\u0301", "-"])
def test_nothing_to_say_is_an_error(text: str) -> None:
    """A text without a letter or digit cannot be spoken."""
    with pytest.raises(SynthesisError, match="nothing to say"):
        speakable(text)


@given(st.text(max_size=80))
def test_whatever_is_left_is_harmless(text: str) -> None:
    """No character that any engine takes for mark-up survives, nor a leading hyphen or a line break."""
    try:
        safe = speakable(text)
    except SynthesisError:
        return
    assert not set(safe) & set('<>[]{}()"\\`|$;\n\r\t\0') - {";"}
    assert not safe.startswith("-")
    assert speakable(safe) == safe


def test_sentences_are_split_after_their_marks() -> None:
    """Each sentence keeps its mark, and pieces without a word are dropped."""
    assert sentences("Да. Кто это? Алло! ...") == ["Да.", "Кто это?", "Алло!"]


def test_stress_marks_are_turned_into_what_an_engine_takes() -> None:
    """Festival has a plus before the vowel, espeak none at all."""
    assert stress_before("за\u0301мок", "+") == "з+амок"
    assert without_stress("за\u0301мок") == "замок"


def test_kazakh_letters_are_written_for_a_russian_voice() -> None:
    """Kazakh names in a Russian sentence keep their length and lose letters that Russian voices skip."""
    assert russian_letters("Айгүл Қасымқызы") == "Айгул Касымкызы"
