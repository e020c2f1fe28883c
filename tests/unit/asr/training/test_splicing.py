"""Words keep their frames, whatever sentences are made of them."""

import numpy as np

from asr.builtin.features import BANDS
from asr.training.corpora import Split, Utterance
from asr.training.splicing import Splicer, cuts

WORDS = ["раз", "два", "три", "четыре"]
UTTERANCES = [
    Utterance("corpus", speaker, "ru", " ".join(WORDS), Split.TRAIN, 200 * index, 200)
    for index, speaker in enumerate(["a", "a", "b"])
]
BOUNDARIES = {utterance.first_frame: [50, 100, 150] for utterance in UTTERANCES[1:]}
FRAMES = np.repeat(np.arange(12), 50)[:, None].repeat(BANDS, axis=1).astype(np.float16)
"""Each frame holds the number of its word."""


def test_the_frames_of_a_passage_are_those_of_its_words() -> None:
    splicer, rng = Splicer(UTTERANCES, BOUNDARIES), np.random.default_rng(0)
    passages = [splicer.passage(UTTERANCES[1], rng) for _ in range(200)]
    for passage in passages:
        spoken = passage.spoken(FRAMES)[::50, 0].astype(int)
        assert [WORDS[word % 4] for word in spoken] == passage.text.split()
        assert {word // 4 for word in spoken} == {1}, "only its speaker's, and only where words were found"
        assert passage.frames == 50 * len(spoken)
    assert len({passage.text for passage in passages}) > 50
    assert 0.05 < np.mean([passage.text == UTTERANCES[1].text for passage in passages]) < 0.4


def test_an_utterance_without_boundaries_stays_whole() -> None:
    splicer, rng = Splicer(UTTERANCES, BOUNDARIES), np.random.default_rng(0)
    assert {splicer.passage(UTTERANCES[0], rng).text for _ in range(50)} == {" ".join(WORDS)}


def test_no_cut_where_a_word_would_have_no_time_to_be_said() -> None:
    assert cuts(UTTERANCES[0], [50, 100, 150]) == [(0, 0), (1, 50), (2, 100), (3, 150), (4, 200)]
    assert cuts(UTTERANCES[0], [50, 55, 150]) == [(0, 0), (3, 150), (4, 200)]
