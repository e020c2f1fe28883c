"""The classifier: what it sees of a text, what it learns of it, and that it is learned once."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from dialogs.understanding import trained
from dialogs.understanding.classifier import Classifier, train
from dialogs.understanding.grams import VIEWS
from dialogs.understanding.sounds import sounds
from dialogs.understanding.trained import classifier_of

EXAMPLES: Mapping[str, Sequence[str]] = {
    "pay": ["оплачу завтра", "завтра внесу", "я оплачу в пятницу", "внесу деньги завтра утром"],
    "who": ["кто это звонит", "а кто звонит", "кто вы такие", "это кто говорит"],
    "later": ["перезвоните позже", "позвоните потом", "потом позвоните мне", "наберите позже"],
}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """A small classifier."""
    return train(EXAMPLES)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for what is learned."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return trained.folder()


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("оплачу", "аплачу"),
        ("нет", "нед"),
        ("хорошо", "хараша"),
        ("half", "halv"),
        ("knock", "knok"),
        ("суббота", "субота"),
        ("толеймин", "толеймын"),
    ],
)
def test_slips_of_a_recogniser_sound_alike(said: str, heard: str) -> None:
    """Unstressed vowels, voice and doubled letters are all that differs."""
    assert sounds(said) == sounds(heard)


def test_what_sounds_different_stays_different() -> None:
    """Not all falls together."""
    assert (
        len({sounds(word) for word in ["да", "нет", "кто", "оплачу", "позже", "робот", "yes", "no", "pay", "who"]})
        == 10
    )


@pytest.mark.parametrize("view", range(len(VIEWS)))
def test_pieces_know_their_words(view: int) -> None:
    """Each piece lies within the words that it names, in order, and every word has one."""
    words = ["завтра", "я", "пять", "тысяч", "переведу"]
    grams = VIEWS[view][1](words)

    assert all(0 <= gram.first <= gram.last < len(words) for gram in grams)
    assert {place for gram in grams for place in range(gram.first, gram.last + 1)} == set(range(len(words)))
    if view == 0:
        assert all(gram.text.strip() in words[gram.first] for gram in grams)


@pytest.mark.parametrize(
    "words",
    ["закину пять тысяч в пятницу", "закину 7 в субботу", "закину двадцать две тысячи пятьсот в понедельник"],
)
def test_which_number_and_which_day_does_not_matter(words: str) -> None:
    """Beside them the classifier sees one thing, however many words it takes."""
    seen = {gram.text for gram in VIEWS[-1][1](words.split())}

    assert {"закину #", "# в @", "в @"} <= seen


@pytest.mark.parametrize("view", range(len(VIEWS)))
@pytest.mark.parametrize("words", [[], ["ь"], ["я"], ["ь", "ъ"]])
def test_short_texts_are_seen_without_a_fault(view: int, words: list[str]) -> None:
    """A word may have no sound at all."""
    assert all(gram.last < len(words) for gram in VIEWS[view][1](words))


def test_unseen_words_are_told_by_their_likes(classifier: Classifier) -> None:
    """Endings and slips do not hide a word."""
    for text, label in {"аплачю зафтра": "pay", "кто звонил": "who", "паз же наберите": "later"}.items():
        shares = classifier.probabilities(text)
        assert max(shares, key=shares.__getitem__) == label
        assert sum(shares.values()) == pytest.approx(1, abs=1e-5)


def test_what_is_like_nothing_gets_an_even_share(classifier: Classifier) -> None:
    """No label is preferred for the want of words."""
    for text in ("", "ъ", "漢字"):
        assert list(classifier.probabilities(text).values()) == pytest.approx([1 / 3] * 3, abs=1e-6)


def test_halves_mean_what_they_mean_alone(classifier: Classifier) -> None:
    """A cut text says what its parts say by themselves: exactly where no piece comes twice in a part."""
    words = ["кто", "звонит", "внесу", "завтра"]
    halves = classifier.halves(" ".join(words))
    compared = 0

    assert halves.before.shape == halves.after.shape == (3, 3)
    for cut in range(1, 4):
        for part, row in ((words[:cut], halves.before[cut - 1]), (words[cut:], halves.after[cut - 1])):
            alone = classifier.probabilities(" ".join(part))
            assert halves.labels[row.argmax()] == max(alone, key=alone.__getitem__)
            if all(len({gram.text for gram in see(part)}) == len(see(part)) for _, see in VIEWS):
                assert row == pytest.approx([alone[label] for label in halves.labels], abs=1e-5)
                compared += 1
    assert compared >= 2


def test_a_word_has_no_halves(classifier: Classifier) -> None:
    """Nothing can be cut."""
    assert classifier.halves("оплачу").before.shape == (0, 3)
    assert classifier.halves("").before.shape == (0, 3)


def test_learned_once_and_kept(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process reads what the first has learned, to the last digit."""
    first = classifier_of(EXAMPLES)
    monkeypatch.setattr(trained, "train", None)
    second = classifier_of(EXAMPLES)

    assert len(list(kept.iterdir())) == 1
    assert second.labels == first.labels
    for one, other in zip(first.views, second.views, strict=True):
        assert one.rows == other.rows
        assert np.array_equal(one.weights, other.weights)
    assert second.probabilities("оплачу позже") == first.probabilities("оплачу позже")


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", None])
def test_a_damaged_file_is_learned_anew(kept: Path, damage: bytes | None) -> None:
    """Cut short or overwritten, it costs the training and nothing else."""
    classifier_of(EXAMPLES)
    (path,) = kept.iterdir()
    path.write_bytes(path.read_bytes()[:-2000] if damage is None else damage)

    assert classifier_of(EXAMPLES).labels == ("later", "pay", "who")
    assert classifier_of(EXAMPLES).probabilities("оплачу")["pay"] > 0.5


def test_nowhere_to_keep_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no folder can be made the classifier works all the same."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    assert classifier_of(EXAMPLES).probabilities("оплачу")["pay"] > 0.5


def test_other_examples_are_another_file_and_old_ones_go(kept: Path) -> None:
    """The folder does not grow for ever."""
    for number in range(trained.KEPT + 2):
        classifier_of({**EXAMPLES, "pay": [*EXAMPLES["pay"], f"внесу раз {number}"]})

    assert len(list(kept.iterdir())) == trained.KEPT
