"""The real sherpa-onnx on a small model of T-one's form that reads tones instead of speech."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest

from asr.catalogue import find_recognizer, load_recognizer
from asr.sherpa_recognizer import UNKNOWN_CONFIDENCE, SherpaRecognizer, joined
from engine.audio import FRAME_SAMPLES, SAMPLE_RATE_HZ, Samples
from engine.errors import ModelMissing
from engine.speech import Expect, Language, Transcript

MODEL = Path(__file__).parents[2] / "data" / "tones" / "streaming"
FREQUENCIES_HZ = dict(zip(" адент", (400, 700, 1000, 1300, 1600, 1900), strict=True))


@pytest.fixture(scope="module")
def tones() -> SherpaRecognizer:
    return SherpaRecognizer(MODEL, Language.RUSSIAN)


def say(text: str, quiet_s: float = 0.2) -> Samples:
    """Letters as tones of 80 ms with gaps of 60 ms."""
    at_s = np.arange(round(0.08 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    parts = [np.zeros(round(quiet_s * SAMPLE_RATE_HZ))]
    for letter in text:
        parts += [6000 * np.sin(2 * np.pi * FREQUENCIES_HZ[letter] * at_s), np.zeros(round(0.06 * SAMPLE_RATE_HZ))]
    return np.concatenate(parts).astype(np.int16)


def heard(recognizer: SherpaRecognizer, audio: Samples, step: int = FRAME_SAMPLES) -> Transcript:
    stream = recognizer.open(Expect.FREE)
    for at in range(0, len(audio), step):
        stream.accept(audio[at : at + step])
    transcript = stream.result()
    stream.close()
    return transcript


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


def test_a_model_in_the_models_folder_is_found_and_a_broken_one_named(tmp_path: Path) -> None:
    folder = tmp_path / "our-t-one"
    folder.mkdir()
    for name in ("model.onnx", "tokens.txt"):
        copyfile(MODEL / name, folder / name)
    found = find_recognizer(Language.RUSSIAN, ("our-t-one",), tmp_path)
    assert found is not None
    assert load_recognizer(Language.RUSSIAN, ("sherpa:our-t-one",), tmp_path).name == "sherpa:our-t-one"
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "tokens.txt").touch()
    (tmp_path / "broken" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ModelMissing, match="broken: sherpa-onnx cannot load"):
        load_recognizer(Language.RUSSIAN, ("broken",), tmp_path)
