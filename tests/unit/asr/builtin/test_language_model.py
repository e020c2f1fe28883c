"""The n-gram model as a distribution, its estimation, its file, and what it knows in the middle of a word."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from asr.builtin.alphabet import Alphabet
from asr.builtin.language_model import LanguageModel, save
from asr.builtin.lexicon import OUTSIDE, ROOT
from asr.builtin.ngrams import BEGIN, SPECIAL, UNKNOWN, NGrams
from asr.training.language_model.kneser_ney import Source, estimate
from engine.errors import ModelMissing

VOCABULARY = ("да", "нет", "не", "могу", "завтра", "тысяч", "пять")
DOMAIN = [line.split() for line in ("да", "нет", "не могу", "пять тысяч завтра", "завтра пять тысяч", "да завтра")] * 3
LARGE = [line.split() for line in ("не завтра", "не могу да", "тысяч пять нет могу", "могу пять", "неизвестное да")]
ALPHABET = Alphabet(["", *"абвгдежзийклмнопрстуфхцчшщъыьэюя", " "])


@pytest.fixture(scope="module")
def words() -> NGrams:
    frequencies = np.arange(1.0, len(VOCABULARY) + 1)
    sources = [Source(DOMAIN, 0.7), Source(LARGE, 0.2)]
    return estimate(VOCABULARY, sources, 3, frequencies=frequencies, frequency_weight=0.1)


@pytest.fixture(scope="module")
def letters() -> NGrams:
    return estimate(sorted(set("".join(VOCABULARY))), [Source([list(word) for word in VOCABULARY], 1.0)], 4)


def test_behind_every_state_the_words_probabilities_add_up_to_one(words: NGrams) -> None:
    predicted = np.arange(1, len(words.words))
    for state in (BEGIN, *range(UNKNOWN, len(words.log_prob))):
        costs, _ = words.score(np.full(len(predicted), state), predicted)
        assert np.exp(costs.astype(float)).sum() == pytest.approx(1.0, abs=1e-5)


def test_what_was_seen_is_likelier_than_what_was_not(words: NGrams) -> None:
    assert words.log_likelihood(["пять", "тысяч", "завтра"]) > words.log_likelihood(["тысяч", "завтра", "пять"]) + 1
    assert words.log_likelihood(["да"]) > words.log_likelihood(["неслыханное"]) > -20


def test_domain_outweighs_a_larger_text_by_its_weight() -> None:
    sources = [DOMAIN[:6], LARGE * 50]
    domain = estimate(VOCABULARY, [Source(sources[0], 0.9), Source(sources[1], 0.1)], 3)
    large = estimate(VOCABULARY, [Source(sources[0], 0.1), Source(sources[1], 0.9)], 3)
    assert domain.log_likelihood(["не", "могу"]) > large.log_likelihood(["не", "могу"])
    assert domain.log_likelihood(["не", "завтра"]) < large.log_likelihood(["не", "завтра"])


def test_what_a_thinned_source_alone_says_once_is_left_out() -> None:
    told = [line.split() for line in ("да нет не могу", "не могу завтра", "пять тысяч завтра могу")]
    whole, thinned = (
        estimate(VOCABULARY, [Source(DOMAIN, 0.7), Source(told, 0.3, thinned)], 3) for thinned in (False, True)
    )
    assert whole.log_likelihood(["да", "нет", "не"]) > thinned.log_likelihood(["да", "нет", "не"])
    assert whole.log_likelihood(["пять", "тысяч"]) == pytest.approx(thinned.log_likelihood(["пять", "тысяч"]))
    predicted = np.arange(1, len(thinned.words))
    for state in (BEGIN, *range(UNKNOWN, len(thinned.log_prob))):
        costs, _ = thinned.score(np.full(len(predicted), state), predicted)
        assert np.exp(costs.astype(float)).sum() == pytest.approx(1.0, abs=1e-5)


def test_a_file_gives_back_the_model_but_for_the_last_digits(words: NGrams, letters: NGrams, tmp_path: Path) -> None:
    save(tmp_path / "ru.npz", words, letters)
    loaded = LanguageModel.load(tmp_path / "ru.npz", ALPHABET).ngrams
    assert loaded.words == words.words
    assert (loaded.keys == words.keys).all()
    assert (loaded.suffix == words.suffix).all()
    for line in DOMAIN:
        assert loaded.log_likelihood(line) == pytest.approx(words.log_likelihood(line), abs=0.15)


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04 something else", b"\x93NUMPY"):
        (tmp_path / "ru.npz").write_bytes(content)
        with pytest.raises(ModelMissing, match=r"ru\.npz: not a language model"):
            LanguageModel.load(tmp_path / "ru.npz", ALPHABET)
    with (tmp_path / "ru.npz").open("wb") as array:
        np.save(array, np.zeros(3))
    with pytest.raises(ModelMissing, match=r"ru\.npz: not a language model"):
        LanguageModel.load(tmp_path / "ru.npz", ALPHABET)
    with pytest.raises(ModelMissing, match=r"kk\.npz: no such file"):
        LanguageModel.load(tmp_path / "kk.npz", ALPHABET)


@pytest.mark.parametrize("byte", [0, 99])
def test_a_model_in_which_bytes_changed_is_named(words: NGrams, letters: NGrams, tmp_path: Path, byte: int) -> None:
    path = tmp_path / "ru.npz"
    save(path, words, letters)
    whole = path.read_bytes()
    for at in (*range(60, len(whole) - 200, 97), *range(len(whole) - 200, len(whole) - 20)):
        path.write_bytes(whole[:at] + bytes([byte]) * 20 + whole[at + 20 :])
        with suppress(ModelMissing):  # a few bytes of a header mean nothing
            assert LanguageModel.load(path, ALPHABET).ngrams.words == words.words
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelMissing, match=r"ru\.npz: not a language model"):
        LanguageModel.load(path, ALPHABET)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("word_words", lambda names: names[: len(names) // 2]),
        ("word_words", lambda names: names[4:]),
        ("word_log_prob_steps", lambda steps: steps[:3]),
        ("letter_last", lambda numbers: numbers[:-1]),
        ("word_last", lambda numbers: np.roll(numbers, 1)),
        ("word_parents", lambda steps: steps + np.uint32(1)),
    ],
)
def test_tables_that_do_not_fit_together_are_no_model(
    words: NGrams, letters: NGrams, tmp_path: Path, table: str, change: Callable[[np.ndarray], np.ndarray]
) -> None:
    path = tmp_path / "ru.npz"
    save(path, words, letters)
    with np.load(path) as file:
        tables = dict(file)
    np.savez(path, **(tables | {table: change(tables[table])}))
    with pytest.raises(ModelMissing, match=r"ru\.npz: not a language model"):
        LanguageModel.load(path, ALPHABET)


def test_the_lexicon_knows_words_and_what_letters_may_become(words: NGrams, letters: NGrams) -> None:
    lexicon = LanguageModel.of(ALPHABET, words, letters).lexicon

    def at(text: str) -> int:
        node = ROOT
        for letter in ALPHABET.encode(text) or ():
            node = int(lexicon.child[node, letter])
        return node

    assert words.words[lexicon.word[at("не")]] == "не"
    assert words.words[lexicon.word[at("нет")]] == "нет"
    assert lexicon.word[at("н")] == UNKNOWN
    assert at("нетт") == at("нетто") == OUTSIDE
    best = max(words.log_prob[words.words.index(word)] for word in ("не", "нет"))
    assert lexicon.ahead[at("н")] == best


def test_the_lexicon_tells_how_common_letters_are(words: NGrams, letters: NGrams) -> None:
    shares = LanguageModel.of(ALPHABET, words, letters).lexicon.shares
    said = dict(zip(words.words[len(SPECIAL) :], np.exp(words.log_prob[len(SPECIAL) :]), strict=False))
    counts = [sum(word.count(letter) * share for word, share in said.items()) for letter in ALPHABET.symbols[1:]]
    expected = [0.0, *(count / sum(counts) for count in counts)]
    assert shares == pytest.approx(expected, abs=1e-6)
    assert shares.sum() == pytest.approx(1.0)


def test_the_spelling_is_the_letters_model_from_a_words_beginning_to_its_end(words: NGrams, letters: NGrams) -> None:
    spelling = LanguageModel.of(ALPHABET, words, letters).spelling
    for word in ("завтрак", "нетто", "да", "ю"):
        state, total = np.array([spelling.start]), 0.0
        for letter in ALPHABET.encode(f"{word} ") or ():
            total += float(spelling.log_prob[state, letter][0])
            state = spelling.behind(state, np.array([letter]))
        assert total == pytest.approx(letters.log_likelihood(list(word)), abs=1e-3)
