"""The real sherpa-onnx on a small model of T-one's form that reads tones instead of speech."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from asr.catalogue import find_recognizer, load_recognizer
from asr.sherpa_models import load_sherpa
from asr.sherpa_recognizer import SherpaRecognizer
from asr.sherpa_words import UNKNOWN_CONFIDENCE, joined
from engine.errors import ModelMissing, RecognitionError
from engine.speech import Expect, Language
from tests.unit.asr.tones import MODELS, OTHER, copied, heard, say

PARTS = ("encoder.onnx", "decoder.onnx", "joiner.onnx")


@pytest.fixture(scope="module")
def tones() -> SherpaRecognizer:
    recognizer = load_sherpa(MODELS / "streaming", Language.RUSSIAN)
    assert isinstance(recognizer, SherpaRecognizer)
    return recognizer


def test_words_have_texts_and_times(tones: SherpaRecognizer) -> None:
    transcript = heard(tones, say("дата не"))
    assert [word.text for word in transcript.hypotheses[0].words] == ["дата", "не"]
    for word, first, letters in zip(transcript.hypotheses[0].words, (0, 5), (4, 2), strict=True):
        assert word.start_s == pytest.approx(0.2 + first * 0.14, abs=0.07)
        assert word.end_s == pytest.approx(0.2 + (first + letters) * 0.14 - 0.06, abs=0.07)
    assert transcript.confidence == UNKNOWN_CONFIDENCE
    assert heard(tones, np.zeros(8000, np.int16)).hypotheses == ()


@pytest.mark.parametrize("step", [77, 2400, 10**6])
def test_pieces_of_any_size_give_the_same(tones: SherpaRecognizer, step: int) -> None:
    assert heard(tones, say("да нет да"), step) == heard(tones, say("да нет да"))


def test_streams_in_a_batch_read_what_each_reads_alone(tones: SherpaRecognizer) -> None:
    texts = ("да", "нет", "дата не та", "да нет да нет да", "не") * 4
    with ThreadPoolExecutor(len(texts)) as threads:
        together = list(threads.map(lambda text: heard(tones, say(text)), texts))
    assert [one.text for one in together] == list(texts)


def test_a_pause_can_be_read_and_what_follows_is_put_behind(tones: SherpaRecognizer) -> None:
    stream = tones.open(Expect.YES_NO)
    stream.accept(say("да"))
    assert stream.result().text == stream.result().text == "да"
    shown = stream.accept(np.concatenate([say("нет"), np.zeros(8000, np.int16)]))
    transcript = stream.result()
    assert transcript.text == "да нет"
    assert shown in (None, "да", "да нет")
    assert transcript.hypotheses[0].words[1].start_s == pytest.approx(0.2 + 2 * 0.14 + 0.2, abs=0.07)
    stream.close()


def test_pieces_of_words_are_joined_and_carry_their_probability() -> None:
    words = joined(("▁пят", "ни", "ца", "▁да"), (0.1, 0.2, 0.3, 0.9), (0.0, -0.2, -0.4, -0.5))
    assert [(word.text, word.start_s, word.end_s) for word in words] == [("пятница", 0.1, 0.36), ("да", 0.9, 0.96)]
    assert [word.confidence for word in words] == [
        pytest.approx(np.exp(-0.2), abs=1e-3),
        pytest.approx(0.607, abs=1e-3),
    ]


def test_a_model_in_the_models_folder_is_found(tmp_path: Path) -> None:
    copied("streaming", tmp_path / "our-t-one", {})
    found = find_recognizer(Language.RUSSIAN, ("our-t-one",), tmp_path)
    assert found is not None
    assert load_recognizer(Language.RUSSIAN, ("sherpa:our-t-one",), tmp_path).name == "sherpa:our-t-one"


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({"model.onnx": b"no model"}, "Protobuf parsing failed"),
        ({"model.onnx": OTHER.read_bytes()}, "neither T-one, a streaming Zipformer nor a NeMo CTC"),
        ({"tokens.txt": b""}, "tokens.txt contains the symbol <blk>"),
        ({"tokens.txt": b"a b c d\n"}, "ReadTokens"),
        ({"model.onnx": None, **dict.fromkeys(PARTS, b"no model")}, "Protobuf parsing failed"),
        ({"model.onnx": None, **dict.fromkeys(PARTS, OTHER.read_bytes())}, "'vocab_size' does not exist"),
    ],
)
def test_a_broken_model_is_named_and_ends_no_process(
    tmp_path: Path, broken: dict[str, bytes | None], told: str
) -> None:
    """sherpa-onnx itself ends it over tokens without a blank, and over parts that are another network's."""
    copied("streaming", tmp_path / "broken", broken)
    with pytest.raises(ModelMissing, match=f"broken: sherpa-onnx cannot load this model .*{re.escape(told)}.*; put "):
        load_recognizer(Language.RUSSIAN, ("broken",), tmp_path)


def test_a_token_that_is_not_listed_is_told_when_it_is_heard(tmp_path: Path) -> None:
    """The library looks it up without asking whether it is there; the utterance fails, and nothing else."""
    folder = tmp_path / "short"
    copied("streaming", folder, {})
    listed = [line for line in (folder / "tokens.txt").read_text().splitlines() if not line.startswith("т")]
    (folder / "tokens.txt").write_text("\n".join(listed) + "\n")
    recognizer = load_sherpa(folder, Language.RUSSIAN)
    with pytest.raises(RecognitionError, match="sherpa-onnx failed"):
        heard(recognizer, say("дата нет"))


def test_a_folder_that_lacks_a_file_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"no sherpa-onnx model here \(tokens\.txt and model"):
        load_sherpa(tmp_path, Language.RUSSIAN)
    for name in ("tokens.txt", *PARTS[:2]):
        (tmp_path / name).touch()
    with pytest.raises(ModelMissing, match="no sherpa-onnx model here"):
        load_sherpa(tmp_path, Language.RUSSIAN)
