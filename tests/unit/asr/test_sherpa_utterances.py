"""The real sherpa-onnx on small models of GigaAM's two forms that read tones instead of speech."""

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from asr.catalogue import find_recognizer, load_recognizer
from asr.model_files import Kind
from asr.sherpa_models import load_sherpa
from asr.sherpa_utterances import LONGEST_S, TOGETHER, SherpaUtteranceRecognizer, UtteranceModel
from asr.sherpa_words import UNKNOWN_CONFIDENCE
from asr.spans import Span
from asr.transcription import read_speech
from config.cli import cli
from engine.audio import SAMPLE_RATE_HZ, Samples, silence
from engine.errors import ModelMissing, RecognitionError
from engine.speech import Expect, Language, Word
from tests.unit.asr.tones import MODELS, OTHER, copied, heard, say

FORMS = ("utterances", "transducer")
NETWORKS = {"utterances": ("model.int8.onnx",), "transducer": ("encoder.int8.onnx", "decoder.onnx", "joiner.onnx")}


class Counting:
    """The real recogniser; remembers how many utterances each call took."""

    def __init__(self, recognizer: Any) -> None:
        self._recognizer = recognizer
        self.calls: list[int] = []

    def create_stream(self) -> Any:
        return self._recognizer.create_stream()

    def decode_streams(self, streams: Sequence[Any]) -> None:
        self.calls.append(len(streams))
        self._recognizer.decode_streams(streams)


def loaded(name: str, partial_s: float | None = None) -> SherpaUtteranceRecognizer:
    recognizer = load_sherpa(MODELS / name, Language.RUSSIAN, partial_s=partial_s)
    assert isinstance(recognizer, SherpaUtteranceRecognizer)
    return recognizer


@pytest.fixture(params=FORMS)
def tones(request: pytest.FixtureRequest) -> SherpaUtteranceRecognizer:
    return loaded(request.param)


@pytest.fixture(params=FORMS)
def counting(request: pytest.FixtureRequest) -> Counting:
    return Counting(loaded(request.param)._model._recognizer)


def test_words_have_texts_and_times(tones: SherpaUtteranceRecognizer) -> None:
    audio = say("дата не")
    transcript = heard(tones, audio)
    assert transcript.text == "дата не"
    for word, first, letters in zip(transcript.hypotheses[0].words, (0, 5), (4, 2), strict=True):
        assert word.start_s == pytest.approx(0.2 + first * 0.14, abs=0.07)
        assert word.end_s == pytest.approx(0.2 + (first + letters) * 0.14 - 0.06, abs=0.07)
    assert (transcript.start_s, transcript.end_s) == (0.0, len(audio) / SAMPLE_RATE_HZ)


def test_a_transducer_tells_how_sure_it_is() -> None:
    assert loaded("utterances").read(say("да")).confidence == UNKNOWN_CONFIDENCE
    assert loaded("transducer").read(say("да")).confidence not in (0.0, UNKNOWN_CONFIDENCE, 1.0)


@pytest.mark.parametrize("audio", [silence(0.0), silence(0.01), silence(3.0), say("да")[:90]])
def test_nothing_said_is_not_heard(audio: Samples, tones: SherpaUtteranceRecognizer) -> None:
    assert heard(tones, audio).hypotheses == ()


def test_the_shortest_sounds_are_read(tones: SherpaUtteranceRecognizer) -> None:
    audio = say("да", quiet_s=0.0)
    for samples in range(160, 960, 160):
        assert heard(tones, audio[:samples]).text in ("", "д")


def test_a_pause_is_read_and_what_follows_too(tones: SherpaUtteranceRecognizer) -> None:
    stream = tones.open(Expect.YES_NO)
    assert stream.accept(say("да ")) is None
    assert stream.result() is stream.result()
    assert stream.result().text == "да"
    stream.accept(say("нет"))
    assert stream.result().text == "да нет"
    stream.close()


def test_words_are_shown_while_an_utterance_lasts() -> None:
    stream = loaded("utterances", partial_s=0.4).open(Expect.FREE)
    audio = say("да нет да")
    shown = [stream.accept(audio[at : at + 160]) for at in range(0, len(audio), 160)]
    told = [text for text in shown if text is not None]
    assert len(told) >= 3
    assert all("да нет да".startswith(text) for text in told)


def test_what_is_longer_than_the_model_takes_is_read_in_parts(tones: SherpaUtteranceRecognizer) -> None:
    texts = ["да нет", "не та дата"] * 15
    audio = np.concatenate([part for text in texts for part in (say(text), silence(0.8))])
    assert len(audio) / SAMPLE_RATE_HZ > 2 * LONGEST_S
    transcript = heard(tones, audio, step=len(audio))
    # Quiet is no space to these models, so what was said one after the other is one word, and two where it was cut.
    assert transcript.text.replace(" ", "") == "".join(texts).replace(" ", "")
    starts_s = [word.start_s for word in transcript.hypotheses[0].words]
    assert starts_s == sorted(starts_s)
    assert starts_s[-1] > 2 * LONGEST_S


def test_a_recording_is_read_stretch_by_stretch(counting: Counting) -> None:
    texts = ["да", "нет", "дата не та", "да нет да", "не"] * 3
    spans, parts, at_s = [], [], 0.0
    for text in texts:
        part = np.concatenate([silence(1.0), say(text)])
        spans.append(Span(at_s + 1.0, at_s + len(part) / SAMPLE_RATE_HZ))
        parts.append(part)
        at_s += len(part) / SAMPLE_RATE_HZ
    quiet = Span(at_s, at_s + 0.5)
    recognizer = SherpaUtteranceRecognizer(UtteranceModel(counting), Language.RUSSIAN, "tones", None)

    read = list(read_speech(np.concatenate([*parts, silence(0.5)]), [*spans, quiet], recognizer))

    assert [one.text for one in read] == texts
    for one, span in zip(read, spans, strict=True):
        assert one.start_s == pytest.approx(span.start_s + 0.2, abs=0.05)
        assert one.end_s < span.end_s
    assert sum(counting.calls) == len(texts)
    assert len(counting.calls) < len(texts) / 2


def test_utterances_that_wait_are_decoded_together_and_read_as_alone(counting: Counting) -> None:
    """With one worker in use, all that come gather; then calls of alike ones follow, none above the limit."""
    model = UtteranceModel(counting, workers=1)
    texts = ["да", "не", "дата не та", "нет да нет да"] * 6
    with ThreadPoolExecutor(len(texts)) as threads:
        with model._free:
            waiting = [threads.submit(model.read, [say(text)]) for text in texts]
            while len(model._waiting) < len(texts):
                time.sleep(0.01)
        read = [one.result(timeout=10)[0] for one in waiting]
    assert [" ".join(word.text for word in words) for words in read] == texts
    assert sum(counting.calls) == len(texts)
    assert max(counting.calls) == TOGETHER
    assert len(counting.calls) <= 4
    assert {text: _times(words) for text, words in zip(texts, read, strict=True)} == {
        text: _times(model.read([say(text)])[0]) for text in texts
    }


def _times(words: Sequence[Word]) -> list[tuple[float, float]]:
    return [(word.start_s, word.end_s) for word in words]


def test_a_failure_is_told_to_each_that_waits(tmp_path: Path) -> None:
    """Of a token that is not listed, which no trial finds out where its number is that of none."""
    tokens = (MODELS / "utterances" / "tokens.txt").read_text(encoding="utf-8").replace("т 5", "т 9")
    recognizer = load_sherpa(copied("utterances", tmp_path / "own", {"tokens.txt": tokens.encode()}), "ru")
    with ThreadPoolExecutor(3) as threads:
        for one in [threads.submit(heard, recognizer, say("нет")) for _ in range(3)]:
            with pytest.raises(RecognitionError, match="sherpa-onnx failed: "):
                one.result(timeout=10)
    assert heard(recognizer, say("да")).text == "да"


@pytest.mark.parametrize("form", FORMS)
def test_a_model_in_the_models_folder_is_found_and_listed(form: str, tmp_path: Path) -> None:
    copied(form, tmp_path / "our-gigaam", {})
    found = find_recognizer(Language.RUSSIAN, ("our-gigaam",), tmp_path)
    assert found is not None
    assert found.model.kind is Kind.SHERPA
    recognizer = load_recognizer(Language.RUSSIAN, ("sherpa:our-gigaam",), tmp_path, partial_s=0.5)
    assert recognizer.name == "sherpa:our-gigaam"
    assert heard(recognizer, say("нет")).text == "нет"
    listed = CliRunner().invoke(cli, ["models", "list", "--json"], env={"VOICEBOT_PATHS__MODELS_DIR": str(tmp_path)})
    assert f'"folder": "{tmp_path}/our-gigaam"' in listed.output


@pytest.mark.parametrize("form", FORMS)
def test_gigaam_understands_russian_alone(form: str, tmp_path: Path) -> None:
    copied(form, tmp_path / "our-gigaam", {})
    with pytest.raises(ModelMissing, match="our-gigaam: understands ru, not kk"):
        load_recognizer(Language.KAZAKH, ("our-gigaam",), tmp_path)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("tokens", "network", "told"),
    [
        (None, b"no model", "Protobuf parsing failed"),
        (None, OTHER.read_bytes(), "model.int8.onnx is neither T-one, .* nor a NeMo CTC|'vocab_size' does not exist"),
        (b"", None, "<blk>"),
        (b"a b c d\n", None, "ReadTokens"),
        (
            "а 0\n<blk> 1\n".encode(),
            None,
            r"tokens\.txt lists 2 tokens where the network tells 7|<blk> is not the last",
        ),
        ("а 0\n".encode("utf-16"), None, "tokens|symbol"),
    ],
)
def test_a_broken_model_is_named_and_ends_no_process(
    form: str, tokens: bytes | None, network: bytes | None, told: str, tmp_path: Path
) -> None:
    """sherpa-onnx itself ends it over tokens without a blank, and over parts that are another network's."""
    changes = {} if tokens is None else {"tokens.txt": tokens}
    copied(form, tmp_path / "broken", changes | dict.fromkeys(NETWORKS[form] if network else (), network))
    with pytest.raises(ModelMissing, match=rf"broken: sherpa-onnx cannot load this model .*({told}).*; put "):
        load_recognizer(Language.RUSSIAN, ("broken",), tmp_path)


@pytest.mark.parametrize("part", NETWORKS["transducer"])
def test_a_transducer_with_a_part_of_another_form_is_no_model(part: str, tmp_path: Path) -> None:
    single = (MODELS / "utterances" / "model.int8.onnx").read_bytes()
    copied("transducer", tmp_path / "broken", {part: single})
    with pytest.raises(ModelMissing, match="broken: sherpa-onnx cannot load this model"):
        load_recognizer(Language.RUSSIAN, ("broken",), tmp_path)


@pytest.mark.parametrize(("form", "file"), [(form, file) for form in FORMS for file in ("tokens.txt", *NETWORKS[form])])
def test_a_folder_that_lacks_a_file_says_which_are_wanted(form: str, file: str, tmp_path: Path) -> None:
    copied(form, tmp_path / "half", {file: None})
    wanted = re.escape("sherpa-onnx (tokens.txt and model.onnx or model.int8.onnx, or tokens.txt with an encoder, a")
    with pytest.raises(ModelMissing, match=f"half: no Vosk .*{wanted} decoder and a joiner"):
        load_recognizer(Language.RUSSIAN, ("half",), tmp_path)
