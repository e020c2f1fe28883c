"""The beam search against sums over all alignments, and against itself in other sizes of chunk and batch."""

from collections import defaultdict
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.builtin.alphabet import BLANK, SPACE, Alphabet
from asr.builtin.answers import Answers
from asr.builtin.beam import BeamSearch, Path, Search
from asr.builtin.biasing import Bias
from asr.builtin.language_model import LanguageModel
from asr.builtin.ngrams import UNKNOWN
from asr.training.language_model.kneser_ney import Source, estimate

ALPHABET = Alphabet(["", "а", "б", " "])
TEXT = [text.split() for text in ("а", "аб а", "ба", "аб", "аб а ба", "ба аб")]
WORDS = estimate(("а", "аб", "ба"), [Source(TEXT, 1.0)], 3)
LETTERS = estimate(("а", "б"), [Source([list(word) for word in ("аб", "ба", "а", "б")], 1.0)], 4)
MODEL = LanguageModel.of(ALPHABET, WORDS, LETTERS)
ALL = Search(hypotheses=400, margin=1e6, letters=9, letter_floor=-1e6, sure_blank=1.0, weight=0.7, bonus=0.4)
NARROW = Search(hypotheses=12, margin=9.0, sure_blank=0.97)
BIAS = Bias.of(ALPHABET, ("ба", "б аб"), 0.8)
REPLIES = estimate(("аб", "ба"), [Source([["ба", "аб"], ["ба"], ["ба", "аб", "аб"]], 1.0)], 3)
SHARE = 0.6
ANSWERS = Answers.of(MODEL, REPLIES, SHARE)


def spoken(seed: int, frames: int, sharpness: float = 2.0) -> np.ndarray:
    scores = np.random.default_rng(seed).normal(size=(frames, ALPHABET.size)) * sharpness
    return (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)


def search(
    frames: np.ndarray, how: Search, bias: Bias | None = None, limit: int = 5, answers: Answers | None = None
) -> list[Path]:
    beam = BeamSearch(MODEL, how, rows=1)
    beam.begin(0, bias, answers)
    beam.advance(np.array([0]), frames[None])
    return beam.paths(0, limit)


def collapsed(alignment: tuple[int, ...]) -> str:
    letters = [one for place, one in enumerate(alignment) if place == 0 or alignment[place - 1] != one]
    return ALPHABET.fold(ALPHABET.text(letters))


def all_texts(frames: np.ndarray) -> dict[str, float]:
    """Sum the probabilities of every alignment by the text that it spells."""
    found: dict[str, float] = defaultdict(lambda: -np.inf)
    for alignment in product(range(ALPHABET.size), repeat=len(frames)):
        cost = float(sum(frames[at, symbol] for at, symbol in enumerate(alignment)))
        found[collapsed(alignment)] = np.logaddexp(found[collapsed(alignment)], cost)
    return found


def prior(text: str, how: Search, *, answered: bool) -> float:
    """Score a text by the models alone, word by word."""
    words = text.split()
    known = {"а", "аб", "ба"}
    total, state, replied = 0.0, np.array([0]), np.array([0])
    for word in [*words, "</s>"]:
        number = WORDS.words.index(word) if word in known or word == "</s>" else UNKNOWN
        cost, state = WORDS.score(state, np.array([number]))
        if answered:
            own = REPLIES.words.index(word) if word in REPLIES.words else UNKNOWN
            said, replied = REPLIES.score(replied, np.array([own]))
            cost = np.log((1 - SHARE) * np.exp(cost) + SHARE * np.exp(said) * (own != UNKNOWN))
        share = how.ending if word == "</s>" else 1.0
        spelling = LETTERS.log_likelihood(list(word)) + how.unknown if number == UNKNOWN else 0.0
        total += share * (float(cost[0]) + spelling)
    return how.weight * total + how.bonus * len(words)


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_scores_are_the_sums_over_all_alignments_and_the_models(seed: int, answered: bool) -> None:
    frames = spoken(seed, frames=5)
    paths = search(frames, ALL, limit=1000, answers=ANSWERS if answered else None)
    exact = all_texts(frames)
    assert {ALPHABET.text(path.symbols) for path in paths} == set(exact)
    for path in paths:
        text = ALPHABET.text(path.symbols)
        assert path.acoustic == pytest.approx(exact[text], abs=2e-3), text
        if len(text.split()) and "  " not in text:
            first = paths[0]
            wanted = exact[text] + prior(text, ALL, answered=answered)
            top = ALPHABET.text(first.symbols)
            best = exact[top] + prior(top, ALL, answered=answered)
            assert path.score - first.score == pytest.approx(wanted - best, abs=5e-3), text
    assert [path.score for path in paths] == sorted((path.score for path in paths), reverse=True)


def test_blanks_count_for_less_where_they_are_not_beyond_doubt() -> None:
    frames = spoken(4, frames=5)
    doubted = frames.copy()
    doubted[:, 0] -= 0.7
    wanted = {path.symbols: path.score for path in search(doubted, ALL, limit=1000)}
    for path in search(frames, replace(ALL, blank=0.7), limit=1000):
        assert path.score == pytest.approx(wanted[path.symbols], abs=1e-3)
    sure = np.concatenate([frames, np.log([[0.999, 0.0005, 0.0003, 0.0002]]).astype(np.float32)])
    how = replace(ALL, blank=0.7, sure_blank=0.99)
    assert [path.symbols for path in search(sure, how)] == [path.symbols for path in search(frames, how)]


def test_a_long_utterance_reads_alike_and_takes_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = np.concatenate([spoken(seed, frames=40) for seed in range(30)])
    whole = search(frames, NARROW)
    monkeypatch.setattr("asr.builtin.hypotheses._MANY", 60)
    beam = BeamSearch(MODEL, NARROW, rows=2)
    beam.begin(0)
    for at in range(0, len(frames), 7):
        beam.advance(np.array([0]), frames[None, at : at + 7])
        beam.copy(0, 1)
    assert beam.paths(0, 5) == beam.paths(1, 5) == whole
    assert len(whole[0].symbols) > 300
    assert beam._history._entries.shape[2] == 512


def test_common_letters_count_for_less_and_rare_ones_for_more() -> None:
    frames, shares = spoken(4, frames=5), MODEL.lexicon.shares
    assert shares[2] > shares[3] > 0, "а is commoner than б"
    usual = np.log(shares[2:])
    evened = frames.copy()
    evened[:, 2:] -= 0.3 * (usual - shares[2:] @ usual)
    wanted = {path.symbols: path.score for path in search(evened, ALL, limit=1000)}
    found = search(frames, replace(ALL, common=0.3), limit=1000)
    assert {path.symbols for path in found} == set(wanted)
    for path in found:
        assert path.score == pytest.approx(wanted[path.symbols], abs=1e-3)
    assert wanted[(3,)] > {path.symbols: path.score for path in search(frames, ALL, limit=1000)}[(3,)] + 0.1


def test_expected_phrases_gain_their_reward_and_nothing_else_changes() -> None:
    frames = spoken(3, frames=5)
    plain = {path.symbols: path.score for path in search(frames, ALL, limit=1000)}
    biased = {path.symbols: path.score for path in search(frames, ALL, BIAS, limit=1000)}
    expected = {
        "ба": 1.6,
        "ба ба": 3.2,
        "б аб": 2.4,
        "аб": 0.0,
        "б": 0.0,
        "аба": 0.0,
        "бб": 0.0,
        "б а": 0.0,
        "а ба": 1.6,
    }
    gains = {ALPHABET.text(symbols): biased[symbols] - plain[symbols] for symbols in plain}
    zero = gains["а"]
    for text, gain in expected.items():
        assert gains[text] - zero == pytest.approx(gain, abs=5e-3), text


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), cuts=st.lists(st.integers(1, 39), max_size=5), biased=st.booleans())
def test_a_stream_gives_what_the_whole_gives(seed: int, cuts: list[int], biased: bool) -> None:
    frames = spoken(seed, frames=40)
    beam = BeamSearch(MODEL, NARROW, rows=3)
    expected = (BIAS, ANSWERS) if biased else (None, None)
    beam.begin(1, *expected)
    for chunk in np.split(frames, sorted(set(cuts))):
        beam.advance(np.array([1]), chunk[None])
        beam.paths(1, 2)  # to look changes nothing
    assert beam.paths(1, 5) == search(frames, NARROW, expected[0], answers=expected[1])


@settings(max_examples=25)
@given(seeds=st.lists(st.integers(0, 10_000), min_size=2, max_size=5, unique=True), late=st.integers(0, 3))
def test_channels_in_a_batch_do_not_touch_each_other(seeds: list[int], late: int) -> None:
    said = np.stack([spoken(seed, frames=20) for seed in seeds])
    beam = BeamSearch(MODEL, NARROW, rows=len(seeds) + 2)
    beam.begin(0)
    beam.advance(np.array([0]), spoken(77, frames=7)[None])  # rows are used again
    expected = [(BIAS if seed % 2 else None, ANSWERS if seed % 3 else None) for seed in seeds]
    for row, (bias, answers) in enumerate(expected):
        beam.begin(row, bias, answers)
    rows = np.arange(len(seeds))
    beam.advance(rows[late:], said[late:, :9])
    beam.advance(rows[:late], said[:late, :9])
    beam.advance(rows, said[:, 9:])
    for row, (bias, answers) in enumerate(expected):
        alone = search(said[row], NARROW, bias, answers=answers)
        together = beam.paths(row, 5)
        assert [path.symbols for path in together] == [path.symbols for path in alone]
        assert [path.score for path in together] == pytest.approx([path.score for path in alone], abs=1e-3)


def test_an_utterance_longer_than_the_history_is_kept_whole() -> None:
    a = (ALPHABET.encode("а") or [0])[0]
    frames = np.full((900, ALPHABET.size), -9.0, np.float32)
    for at in range(900):
        frames[at, (BLANK, a, SPACE)[at % 3]] = -0.01
    path = search(frames, NARROW)[0]
    assert ALPHABET.text(path.symbols) == " ".join(["а"] * 300)


def test_a_word_is_shown_once_it_is_said_to_its_end() -> None:
    """A space ends it, or quiet; a letter that comes behind the quiet all the same makes it unfinished again."""
    beam = BeamSearch(MODEL, NARROW, rows=1)
    beam.begin(0)

    def after(text: str) -> str:
        symbols = [ALPHABET.symbols.index(letter.strip("_")) for letter in text]
        frames = np.full((len(symbols), ALPHABET.size), -12.0, np.float32)
        frames[np.arange(len(symbols)), symbols] = -0.001
        beam.advance(np.array([0]), frames[None])
        return ALPHABET.text(beam.leading(0))

    assert after("а_") == ""
    assert after("__б") == ""
    assert after("_ ") == "аб"
    assert after("ба") == "аб"
    assert after("____") == "аб ба"
