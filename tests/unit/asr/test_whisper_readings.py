"""What Whisper makes up is told from what was said."""

import math

import pytest

from asr.whisper_readings import Reading, believable, repeats_itself


@pytest.mark.parametrize(
    ("text", "score", "no_speech"),
    [
        ("Yes.", -0.3, 0.1),
        ("Stop calling me.", -0.62, 0.52),
        ("037 7", -0.9, 0.48),
        ("Thank you, goodbye.", -0.2, 0.1),
        ("Да, да, да.", -0.3, 0.2),
        ("hello hello", -0.4, 0.2),
        ("Yes.", -0.2, 0.7),
    ],
)
def test_plausible_words_are_believed(text: str, score: float, no_speech: float) -> None:
    """Sure words are believed, also repeated ones, and even where the model doubts that there is speech."""
    assert believable(Reading(text, score, no_speech))


@pytest.mark.parametrize(
    ("text", "score", "no_speech"),
    [
        ("you", -0.61, 0.99),
        ("Beep Beep Beep Beep", -0.64, 0.87),
        ("You", -1.48, 0.597),
        ("", -0.1, 0.0),
        ("...", -0.1, 0.0),
        ("Thanks for watching!", -0.1, 0.1),
        ("Субтитры сделал кто-то", -0.1, 0.1),
        ("Продолжение следует...", -0.1, 0.1),
        ("I will not pay. " * 9, -0.1, 0.05),
    ],
)
def test_made_up_words_are_not_heard(text: str, score: float, no_speech: float) -> None:
    """Words over silence or noise, subtitles' phrases and loops are dropped."""
    assert not believable(Reading(text, score, no_speech))


def test_doubtful_readings_deserve_another_look() -> None:
    """A poor score, a loop and a text cut at its limit are suspect; a good reading is not, nor is likely silence."""
    assert Reading("Good day.", -0.8, 0.1).suspect
    assert Reading("I agree", -0.1, 0.1, cut=True).suspect
    assert Reading("No. " * 40, -0.1, 0.1).suspect
    assert not Reading("I will pay on Friday.", -0.2, 0.1).suspect
    assert not Reading("you", -0.9, 0.95).suspect


def test_confidence_is_the_mean_probability_of_a_token() -> None:
    """The score's exponential is the confidence, never more than one."""
    assert Reading("Yes.", math.log(0.5), 0.0).hypothesis.confidence == pytest.approx(0.5)
    assert Reading("Yes.", 0.1, 0.0).hypothesis.confidence == 1.0


def test_short_repetitions_are_no_loop() -> None:
    """People say a word twice or thrice; only what compresses far is a loop."""
    assert not repeats_itself("no no no")
    assert repeats_itself("who is this? " * 12)
