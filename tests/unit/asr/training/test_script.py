"""What the packaged voices are given to say: letters alone, spelled as they sound, and nothing that a test speaks."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from asr.training import script
from asr.training.corpora import ALPHABETS, is_held_out
from asr.training.script import draws, scripts, spelling
from engine.errors import ConfigurationError
from engine.speech import Language

READ = "завтра я переведу остаток долга и больше не звоните мне"
TESTED = next(text for text in (f"{READ} {'а' * count}" for count in range(1, 99)) if is_held_out(text))


@pytest.fixture(autouse=True, scope="module")
def few() -> Iterator[None]:
    """Make fewer sums and promises than a corpus needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script, "FACTS", 300)
        patch.setattr(script, "PROMISES", 600)
        yield


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Corpora of one text for training and one for tests each."""
    folder = tmp_path_factory.mktemp("speech")
    for language, text in (("ru", READ), ("kk", "ертең қалғанын төлеймін")):
        (folder / f"{language}-synth").mkdir()
        rows = [json.dumps({"voice": "elena", "text": said}) for said in (text, TESTED)]
        (folder / f"{language}-synth" / "manifest.jsonl").write_text("\n".join(rows))
    return folder


@pytest.fixture(scope="module")
def russian(speech: Path) -> list[tuple[float, list[str]]]:
    return scripts(Language.RUSSIAN, speech, None, 1)


def test_everything_is_letters_and_nothing_is_kept_for_tests(
    speech: Path, russian: list[tuple[float, list[str]]]
) -> None:
    for language, pools in (("ru", russian), ("kk", scripts(Language.KAZAKH, speech, None, 1))):
        said = {text for _, pool in pools for text in pool}
        assert len(said) > 1000
        assert set("".join(said)) <= set(ALPHABETS[language])
        assert not any(is_held_out(text) for text in said)


def test_a_book_that_quotes_a_test_does_not_bring_its_words_in(speech: Path, tmp_path: Path) -> None:
    (tmp_path / "book").write_text(f"Он сказал что {TESTED} и ушёл. Дорога вела в лес и дальше на север.")
    said = {text for _, pool in scripts(Language.RUSSIAN, speech, tmp_path, 1) for text in pool}
    assert "дорога вела в лес и дальше на север" in said
    assert not any(TESTED in text for text in said)


def test_nothing_is_said_where_no_corpus_tells_the_tests(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"ru-\*/manifest\.jsonl is missing"):
        scripts(Language.RUSSIAN, tmp_path, None, 1)


def test_single_words_are_drawn_often_and_the_same_each_time(russian: list[tuple[float, list[str]]]) -> None:
    said, again = (list(islice(draws(russian, Random(1)), 2000)) for _ in range(2))
    assert 0.2 < sum(" " not in text for text in said) / len(said) < 0.5
    assert len(set(said)) > 800
    assert said == again


def test_words_typed_plainly_get_their_letters_where_only_one_word_is_meant() -> None:
    found = spelling([("платёж", "қанша"), ("все", "всё", "ертең")])
    assert found == {"платеж": "платёж", "канша": "қанша", "ертен": "ертең"}
