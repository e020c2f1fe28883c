"""The recogniser from audio to transcripts, on a real network that reads tones instead of speech."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest

from asr.builtin import batch as batches
from asr.builtin.batch import Batch
from asr.builtin.model import DECODING, Model, Steering
from asr.builtin.recognizer import BuiltInRecognizer
from asr.spans import Span
from asr.transcription import read_speech
from engine.audio import FRAME_SAMPLES, Samples
from engine.errors import ModelMissing, RecognitionError
from engine.ports import RecognizerStream
from engine.speech import Expect, Language, Talker, Transcript

RU, KK = Language.RUSSIAN, Language.KAZAKH
Say = Callable[..., Samples]


@pytest.fixture(scope="module")
def russian(tones: Path) -> BuiltInRecognizer:
    return BuiltInRecognizer(tones, RU, beside=(KK,))


def heard(
    recognizer: BuiltInRecognizer,
    audio: Samples,
    step: int = FRAME_SAMPLES,
    expect: Expect = Expect.FREE,
    hints: tuple[str, ...] = (),
    talker: Talker | None = None,
) -> Transcript:
    stream = recognizer.open(expect, hints, talker)
    for at in range(0, len(audio), step):
        stream.accept(audio[at : at + step])
    transcript = stream.result()
    stream.close()
    return transcript


def test_words_have_texts_times_and_confidences(russian: BuiltInRecognizer, say: Say) -> None:
    transcript = heard(russian, say("дата не та"))
    assert transcript.text == "дата не та"
    best = transcript.hypotheses[0]
    assert [word.text for word in best.words] == ["дата", "не", "та"]
    # A letter takes 140 ms, the first one begins after 200 ms.
    for word, first, letters in zip(best.words, (0, 5, 8), (4, 2, 2), strict=True):
        assert word.start_s == pytest.approx(0.2 + first * 0.14, abs=0.06)
        assert word.end_s == pytest.approx(0.2 + (first + letters) * 0.14 - 0.06, abs=0.08)
        assert word.confidence > 0.8
    assert (transcript.start_s, transcript.end_s) == (best.words[0].start_s, best.words[-1].end_s)
    assert transcript.language is RU


def test_readings_are_distinct_and_best_first(russian: BuiltInRecognizer, say: Say) -> None:
    readings = heard(russian, say("нет не дата", hiss=900.0)).hypotheses
    assert 1 < len(readings) <= 5
    assert len({reading.text for reading in readings}) == len(readings)
    assert readings[0].confidence == max(reading.confidence for reading in readings)


@pytest.mark.parametrize("step", [37, 320, 1000, 10**6])
def test_pieces_of_audio_of_any_size_give_the_same(russian: BuiltInRecognizer, say: Say, step: int) -> None:
    audio = say("да та дата", hiss=300.0)
    assert heard(russian, audio, step) == heard(russian, audio)


def test_streams_in_parallel_read_what_each_reads_alone(russian: BuiltInRecognizer, say: Say) -> None:
    texts = ("да", "нет", "дата не та", "нет не дата", "да нет да нет да", "не та") * 4
    said = [say(text, hiss=200.0, seed=seed) for seed, text in enumerate(texts)]
    alone = [heard(russian, audio) for audio in said]
    with ThreadPoolExecutor(len(said)) as threads:
        together = list(threads.map(lambda audio: heard(russian, audio), said))
    assert [one.text for one in together] == [one.text for one in alone] == list(texts)
    for one, other in zip(together, alone, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=0.01)


def test_a_pause_can_be_read_and_the_stream_goes_on(russian: BuiltInRecognizer, say: Say) -> None:
    audio = say("да нет")
    stream = russian.open(Expect.FREE)
    middle = round((0.2 + 2 * 0.14) * 8000)
    stream.accept(audio[:middle])
    assert stream.result().text == "да"
    assert stream.result().text == "да"
    stream.accept(audio[middle:])
    assert stream.result().text == "да нет"
    stream.close()
    assert heard(russian, audio).hypotheses[0].words == heard(russian, audio, 777).hypotheses[0].words


def test_words_show_while_they_are_spoken_and_stay(russian: BuiltInRecognizer, say: Say) -> None:
    stream = russian.open(Expect.FREE)
    shown = []
    audio = say("дата не та да та дата")
    for at in range(0, len(audio), 1600):
        words = stream.accept(audio[at : at + 1600])
        time.sleep(0.06)
        if words is not None:
            shown.append(words)
    assert shown
    assert len(shown) == len(set(shown))
    for words in shown:
        assert stream.result().text.startswith(words)
    stream.close()


@pytest.mark.parametrize("loudness", [0, 20, 400])
def test_quiet_and_hiss_are_not_heard(russian: BuiltInRecognizer, loudness: float) -> None:
    noise = (np.random.default_rng(5).normal(size=16000) * loudness).astype(np.int16)
    assert heard(russian, noise).hypotheses == ()
    assert heard(russian, np.zeros(0, np.int16)).hypotheses == ()


def test_what_is_expected_decides_between_words_that_sound_alike(russian: BuiltInRecognizer, say: Say) -> None:
    """A tone between two letters may be either: an unknown word is believed where it is expected."""
    both = (say("дад").astype(np.int32) + say("дед")) // 2
    audio = both.astype(np.int16)
    assert heard(russian, audio, hints=("дад",)).text == "дад"
    assert heard(russian, audio, hints=("дед",)).text == "дед"
    assert heard(russian, audio, hints=("Дәд,",)).text == "дад"  # as a Kazakh name is written
    clear = say("нет")
    assert heard(russian, clear, hints=("дед", "дад")).text == "нет"


def test_the_language_that_is_surer_is_heard_until_one_is_settled(russian: BuiltInRecognizer, say: Say) -> None:
    talker = Talker()
    assert heard(russian, say("иә"), talker=talker).language is KK
    assert heard(russian, say("жоқ иә"), talker=talker).text == "жоқ иә"
    assert heard(russian, say("да"), talker=talker).text == "да"
    other = Talker()
    assert [heard(russian, say("да нет"), talker=other).language for _ in range(2)] == [RU, RU]
    settled = heard(russian, say("жоқ"), talker=other)  # by now nobody listens for Kazakh
    assert settled.language is RU
    assert heard(russian, say("иә")).language is RU  # nobody to remember a language of


def test_sounds_without_words_speak_for_no_language(tones: Path, say: Say, tmp_path: Path) -> None:
    folder = Path(copytree(tones, tmp_path / "tones"))
    (folder / DECODING).write_text("[kk.weighing]\noffset = -3.0\n", encoding="utf-8")
    russian, talker = BuiltInRecognizer(folder, RU, beside=(KK,)), Talker()
    for seed in range(3):
        assert heard(russian, say("", seed=seed), talker=talker).hypotheses == ()
    assert heard(russian, say("жоқ иә жоқ"), talker=talker).language is KK


def test_a_recording_whose_answers_are_expected_is_read_by_what_is_expected(tones: Path, say: Say) -> None:
    """The whole recording is read without an expectation; with one each utterance is opened as an answer."""

    class Asked(BuiltInRecognizer):
        def open(self, expect: Expect, *rest: Any, **named: Any) -> RecognizerStream:
            asked.append(expect)
            return super().open(expect, *rest, **named)

    asked: list[Expect] = []
    audio = np.concatenate([say("да нет"), say("да")])
    spans = [Span(0.0, 1.0), Span(1.1, len(audio) / 8000)]
    assert [one.text for one in read_speech(audio, spans, Asked(tones, RU), expect=Expect.YES_NO)] == ["да нет", "да"]
    assert asked == [Expect.YES_NO] * 2
    assert "да нет" in " ".join(one.text for one in read_speech(audio, spans, Asked(tones, RU)))
    assert len(asked) == 2


def test_a_recording_is_read_stretch_by_stretch(russian: BuiltInRecognizer, say: Say) -> None:
    first, second = say("да нет"), say("дата не та")
    gap = np.zeros(8000, np.int16)
    whole = np.concatenate([gap, first, gap, second])
    spans = [Span(1.0, 1.0 + len(first) / 8000), Span(2.0 + len(first) / 8000, len(whole) / 8000)]
    read = list(russian.read_recording(whole, spans))
    assert [one.text for one in read] == ["да нет", "дата не та"]
    for span, one in zip(spans, read, strict=True):
        assert span.start_s < one.start_s < one.end_s < span.end_s


def test_long_speech_without_a_pause_is_read_in_parts(tones: Path, russian: BuiltInRecognizer, say: Say) -> None:
    """Its language may change in the middle; where one language alone is known, parts are longer."""
    said = [say("да нет дата")] * 4 + [say("жоқ иә жоқ")] * 5
    whole = np.concatenate(said)
    span = Span(0.0, len(whole) / 8000)
    parts = list(russian.read_stretches(whole, [span]))
    assert max(part.end_s - part.start_s for part, _ in parts) <= 8.0
    assert (parts[0][0].start_s, parts[-1][0].end_s) == (span.start_s, span.end_s)
    assert [transcript.language for _, transcript in parts][:: len(parts) - 1] == [RU, KK]
    alone = list(BuiltInRecognizer(tones, RU).read_stretches(np.tile(whole, 3), [Span(0.0, 3 * span.end_s)]))
    assert 8.0 < max(part.end_s - part.start_s for part, _ in alone) <= 25.0


def test_a_closed_stream_gives_its_line_back_whatever_it_was_doing(tones: Path, say: Say) -> None:
    batch = Batch(Model.load(tones), lines=2)
    nothing = {RU: Steering()}
    for _ in range(20):
        line = batch.open(nothing)
        batch.feed(line, say("да"))
        batch.close(line)
    first, second = batch.open(nothing), batch.open(nothing)
    with pytest.raises(RecognitionError, match="all 2 lines"):
        batch.open(nothing)
    batch.feed(first, say("нет"))
    assert batch.read(first).hypotheses[RU][0].text == "нет"
    batch.close(first)
    with pytest.raises(RecognitionError, match="closed"):
        batch.read(first)
    assert batch.read(second).hypotheses[RU] == ()


@pytest.fixture
def breaking(tones: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Batch, threading.Event]:
    """A batch whose network refuses while an event is set, as ONNX Runtime does when memory is short."""
    model, broken = Model.load(tones), threading.Event()
    advance = model.network.advance

    def fail(*arguments: object) -> object:
        if broken.is_set():
            raise RuntimeError("no memory")
        return advance(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(model.network, "advance", fail)
    return Batch(model, lines=4), broken


def test_a_failure_of_the_network_fails_what_is_in_hand_and_no_later_stream(
    breaking: tuple[Batch, threading.Event], say: Say
) -> None:
    batch, broken = breaking
    broken.set()
    line = batch.open({RU: Steering()})
    batch.feed(line, say("да"))
    with pytest.raises(RecognitionError, match="no memory"):
        batch.read(line)
    batch.close(line)
    broken.clear()
    later = batch.open({RU: Steering()})
    batch.feed(later, say("да"))
    assert batch.read(later).hypotheses[RU][0].text == "да"


def test_audio_that_waits_too_long_fails_its_stream_alone(
    tones: Path, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, free = Model.load(tones), threading.Event()
    advance = model.network.advance

    def stall(*arguments: object) -> object:
        free.wait(20)
        return advance(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(model.network, "advance", stall)
    monkeypatch.setattr(batches, "LONGEST_LAG_S", 0.5)
    batch = Batch(model, lines=2, patience_s=0.5)
    line = batch.open({RU: Steering()})
    with pytest.raises(RecognitionError, match="more than this machine can hear"):
        batch.feed(line, say("да нет да нет да нет"))
    free.set()
    with pytest.raises(RecognitionError, match="more than"):
        batch.read(line)
    batch.close(line)
    monkeypatch.setattr(batch, "_patience_s", 60)  # a busy machine may be slow, but is not stalled
    later = batch.open({RU: Steering()})
    batch.feed(later, say("да нет да нет да нет"))  # more than may wait, but it is heard
    assert batch.read(later).hypotheses[RU][0].text == "да нет да нет да нет"


def test_a_model_that_is_not_whole_is_named(tones: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    copytree(tones, folder)
    (folder / "kk.npz").unlink()
    with pytest.raises(ModelMissing, match=r"kk\.npz: no such file"):
        BuiltInRecognizer(folder, RU)
    (folder / "decoding.toml").write_text("[ru.search]\nbeam = 3\n", encoding="utf-8")
    with pytest.raises(ModelMissing, match=r"decoding\.toml: \[ru\.search\] has no beam"):
        BuiltInRecognizer(folder, RU)
    with pytest.raises(ModelMissing, match="understands ru, kk, not en"):
        BuiltInRecognizer(tones, Language.ENGLISH)
