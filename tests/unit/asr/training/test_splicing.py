"""Words keep their frames, whatever sentences are made of them."""

import numpy as np

from asr.builtin.features import BANDS
from asr.training.corpora import Split, Utterance
from asr.training.splicing import Part, Splicer, cuts, joined

WORDS = ["раз", "два", "три", "четыре"]
UTTERANCES = [
    Utterance("corpus", speaker, "ru", " ".join(WORDS), Split.TRAIN, 200 * index, 200)
    for index, speaker in enumerate(["a", "a", "b"])
]
BETWEEN_WORDS = [(4, 50), (8, 100), (12, 150)]
BOUNDARIES = {utterance.first_frame: BETWEEN_WORDS for utterance in UTTERANCES[1:]}
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


def test_where_words_are_cut_too_their_halves_make_new_ones() -> None:
    told = Utterance("corpus", "a", "ru", "тетрадь", Split.TRAIN, 600, 100)
    within = {UTTERANCES[1].first_frame: [*BETWEEN_WORDS, (15, 175)], told.first_frame: [(3, 40)]}
    splicer, rng = Splicer([UTTERANCES[1], told], within), np.random.default_rng(0)
    passages = [splicer.passage(UTTERANCES[1], rng) for _ in range(300)]
    assert {"четрадь", "тетыре"} <= {word for passage in passages for word in passage.text.split()}
    assert all(passage.frames >= 4 * len(passage.text.replace(" ", "")) for passage in passages)


def test_two_halves_make_one_word_and_a_half_beside_a_whole_word_stands_alone() -> None:
    def part(text: str, *, before: bool = False, behind: bool = False) -> Part:
        return Part(text, (0, 10), before, behind)

    assert joined([part("раз чет", behind=True), part("ри", before=True), part("два")]) == "раз четри два"
    assert joined([part("чет", behind=True), part("два"), part("ыре", before=True)]) == "чет два ыре"


def test_no_cut_where_letters_would_have_no_time_to_be_said() -> None:
    ends = (0, 0), (len(UTTERANCES[0].text), 200)
    assert cuts(UTTERANCES[0], BETWEEN_WORDS) == [ends[0], *BETWEEN_WORDS, ends[1]]
    assert cuts(UTTERANCES[0], [(4, 50), (8, 55), (12, 150)]) == [ends[0], (12, 150), ends[1]]
    assert cuts(UTTERANCES[0], [*BETWEEN_WORDS, (15, 152)]) == [ends[0], *BETWEEN_WORDS[:2], ends[1]]
