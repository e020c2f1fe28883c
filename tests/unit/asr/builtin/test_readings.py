"""From paths to words: times, what speaks for a word, confidence, and not heard."""

from dataclasses import replace

import numpy as np
import pytest

from asr.builtin.alphabet import Alphabet
from asr.builtin.beam import Path
from asr.builtin.choosing import added, choose, clarity, settled
from asr.builtin.expectations import phrases
from asr.builtin.readings import Calibration, Clock, evidence, hypotheses
from asr.training.corpora import ALPHABETS
from engine.speech import Expect, Language

RU, KK = Language.RUSSIAN, Language.KAZAKH
ALPHABET = Alphabet(["", "а", "д", "н", " "])
CLOCK = Clock(0.04, 0.1)


def frames(text: str, sure: float = 0.9) -> np.ndarray:
    """One frame of a letter and one of blank, each as sure as told."""
    symbols = [one for letter in ALPHABET.encode(text) or () for one in (letter, 0)]
    probs = np.full((len(symbols), ALPHABET.size), (1 - sure) / (ALPHABET.size - 1))
    probs[np.arange(len(symbols)), symbols] = sure
    return np.log(probs).astype(np.float32)


def path(text: str, score: float = 0.0) -> Path:
    return Path(tuple(ALPHABET.encode(text) or ()), score, score)


def test_words_lie_where_their_letters_do() -> None:
    (said,) = evidence([path("да на")], frames("да на"), ALPHABET)
    assert [(word.text, word.first, word.last) for word in said.words] == [("да", 0, 2), ("на", 6, 8)]
    assert [word.share for word in said.words] == [1.0, 1.0]
    (reading,) = hypotheses([said], Calibration(), CLOCK, 5)
    assert [(word.start_s, word.end_s) for word in reading.words] == [(0.0, 0.02), (0.14, 0.26)]


def test_a_word_counts_for_as_much_as_the_paths_that_hold_it() -> None:
    rivals = [path("да на", 0.0), path("да да", np.log(0.5)), path("на", np.log(0.5))]
    said = evidence(rivals, frames("да на"), ALPHABET)
    assert [word.share for word in said[0].words] == [pytest.approx(0.75), pytest.approx(0.75)]
    assert said[1].words[1].share == pytest.approx(0.25)
    assert [one.share for one in hypotheses(said, Calibration(), CLOCK, 2)] == [0.5, 0.25]


@pytest.mark.parametrize(("sure", "heard"), [(0.95, True), (0.21, False)])
def test_what_is_as_good_as_guessed_is_not_heard(sure: float, heard: bool) -> None:
    said = evidence([path("да", 0.0), path("на", -0.1), path("н", -0.2)], frames("да", sure), ALPHABET)
    found = hypotheses(said, Calibration(floor=0.3), CLOCK, 5)
    assert [one.text for one in found] == (["да", "на", "н"] if heard else [])


def test_silence_as_the_best_reading_is_not_heard() -> None:
    said = evidence([path(""), path("да", -3.0)], frames("да", 0.3), ALPHABET)
    assert hypotheses(said, Calibration(), CLOCK, 5) == ()


def test_clarity_is_of_letters_alone() -> None:
    assert clarity(frames("да", 0.9)) == pytest.approx(np.log(0.9))
    assert clarity(frames("да", 0.9)[1::2]) < clarity(frames("да", 0.5)) < np.log(0.6)


def test_calibration_decides_what_evidence_is_worth() -> None:
    plain = Calibration(offset=0.0, sound=1.0, share=1.0)
    assert plain.confidence(0.0, 0.5) == pytest.approx(0.5)
    assert plain.confidence(-2.0, 0.5) < plain.confidence(-1.0, 0.5) < plain.confidence(-1.0, 0.9)
    assert replace(plain, offset=1.0).confidence(0.0, 0.5) == pytest.approx(1 / (1 + np.exp(-1)))
    assert 0 < plain.confidence(-50.0, 0.0) < plain.confidence(0.0, 1.0) < 1


def test_evidence_of_languages_adds_up_and_earlier_utterances_count_half() -> None:
    assert choose({RU: -2.0, KK: 0.0}, {}, RU) is KK
    assert choose({RU: -0.5, KK: 0.0}, {}, RU) is RU
    assert choose({RU: -1.5, KK: 0.0}, {RU: 0.0, KK: -6.0}, KK) is RU
    first = added({}, {RU: 5.0, KK: 2.5})
    assert not settled(first, RU)
    second = added(first, {RU: 3.0, KK: 1.0})
    assert second == {RU: 0.0, KK: -4.5}
    assert settled(second, RU)
    assert not settled(second, KK)
    assert not settled({}, RU)
    assert added(second, {RU: 0.0, KK: -100.0})[KK] == -8.0  # whoever changes language is heard again some day


@pytest.mark.parametrize("language", [RU, KK])
@pytest.mark.parametrize("expect", list(Expect))
def test_what_is_expected_can_be_spelled(expect: Expect, language: Language) -> None:
    alphabet = Alphabet(["", *ALPHABETS[language]])
    expected = phrases(expect, language)
    assert bool(expected) == (expect is not Expect.FREE)
    assert not [phrase for phrase in expected if not alphabet.encode(alphabet.fold(phrase))]
