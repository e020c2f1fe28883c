"""The main job: whole calls, over real SIP with real models, as a user starts them."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.demo.cast import debtors, pay_date, spoken_lines
from engine.audio import SAMPLE_RATE_HZ, read_wav
from engine.speech import Language

_VOICEBOT = Path(sys.executable).with_name("voicebot")


def run(folder: Path, *arguments: str, typed: str | None = None) -> tuple[int, dict[str, Any], str]:
    """Run the demo; return its exit code, its last line and all that it printed."""
    command = [str(_VOICEBOT), "demo", "--folder", str(folder), *arguments]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=150)
    output = done.stdout + done.stderr
    assert done.stdout.strip(), output
    return done.returncode, json.loads(done.stdout.strip().splitlines()[-1]), output


def check_promise(line: dict[str, Any]) -> None:
    """The whole debt, on the day that the debtor said, read back and confirmed."""
    due = pay_date(datetime.now(UTC)).isoformat()
    assert line["promise"] == {"amount_minor": 4_500_000, "currency": "KZT", "due": due, "confirmed": True}


@pytest.mark.sip
@pytest.mark.models
@pytest.mark.timeout(180)
@pytest.mark.parametrize("language", ["", "en"])
def test_a_call_over_sip_ends_in_the_promise_that_was_made(tmp_path: Path, language: str) -> None:
    """The debtor speaks (Russian, unless asked otherwise), the bot understands, and all files tell the same call."""
    code, line, output = run(tmp_path, *(("--language", language) if language else ()))
    assert code == 0, output
    recogniser = "English is understood by whisper:" if language else "Russian is understood by built-in:"
    assert recogniser in output
    assert line["disposition"] == "promise_to_pay"
    check_promise(line)
    assert line["turns"] >= 7
    assert 0 < line["latency_ms"]["p50"] <= line["latency_ms"]["p95"]
    samples, rate = read_wav(Path(line["recording"]))
    record = json.loads((tmp_path / "reports" / f"{line['call_id']}.json").read_text())
    assert rate == SAMPLE_RATE_HZ
    assert samples.shape[1] == 2
    assert len(samples) / rate == pytest.approx(record["duration_s"], abs=0.5)
    for turn in record["turns"]:
        channel = samples[int(turn["start_s"] * rate) : int(turn["end_s"] * rate), int(turn["speaker"] == "caller")]
        assert np.abs(channel).max() > 1000, f"turn {turn['index']} is silent in the recording"
    transcript = (tmp_path / "reports" / f"{line['call_id']}.txt").read_text()
    assert all(turn["text"] in transcript for turn in record["turns"])
    said = spoken_lines(debtors()["pays"], Language(language or "ru"), datetime.now(UTC))
    assert all(f"really: {words}" in transcript for words in said)
    assert (tmp_path / "reports" / f"{line['call_id']}.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.sip
@pytest.mark.models
@pytest.mark.timeout(180)
@pytest.mark.full
@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", [name for name in debtors() if name != "pays"])
def test_every_debtor_reaches_their_disposition_over_sip(tmp_path: Path, name: str, language: str) -> None:
    """Refusal, payment made, another person, call back, silence."""
    code, line, output = run(tmp_path, "--debtor", name, "--language", language)
    assert line["disposition"] == debtors()[name].disposition, output
    assert code == 0


@pytest.mark.sip
@pytest.mark.models
@pytest.mark.timeout(180)
def test_without_a_recogniser_the_call_falls_back_to_english_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the settings name one that is not there."""
    monkeypatch.setenv("VOICEBOT_ASR__PREFER__KK", "vosk-model-small-kz-0.42")
    code, line, output = run(tmp_path, "--language", "kk", "--debtor", "wrong-person")
    assert "No recogniser for Kazakh is installed" in output
    assert "automated assistant" in output
    assert (code, line["disposition"]) == (0, "wrong_person")


@pytest.mark.full
def test_a_typed_call_can_be_spoken(tmp_path: Path) -> None:
    """Russian speech in the recording, until there is a recogniser to talk back to."""
    typed = "Да, это я\nоплачу всё завтра\nда\n"
    code, line, output = run(tmp_path, "--text", "--listen", "--language", "ru", typed=typed)
    assert (code, line["disposition"]) == (0, "promise_to_pay"), output
    samples, rate = read_wav(Path(line["recording"]))
    assert len(samples) / rate > 8
    assert np.abs(samples[:, 0]).max() > 3000
    assert np.abs(samples[:, 1]).max() == 0


@pytest.mark.sip
def test_a_recording_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Nothing is called when the debtor's line is no audio."""
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF but no more")
    done = subprocess.run(
        [str(_VOICEBOT), "demo", "--folder", str(tmp_path), "--say", str(broken)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "broken.wav" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.full
@pytest.mark.sip
@pytest.mark.models
@pytest.mark.timeout(180)
def test_the_debtor_says_what_was_recorded_by_the_user(tmp_path: Path) -> None:
    """Lines made by `voicebot say` stand in for the simulator's, one for each turn of the bot."""
    lines = {"yes.wav": "Yes, speaking.", "no.wav": "I am not going to pay.", "never.wav": "No. I will not pay."}
    for name, text in lines.items():
        made = [str(_VOICEBOT), "say", text, "--language", "en", "--out", str(tmp_path / name)]
        subprocess.run(made, check=True, capture_output=True, timeout=60)
    said = [part for name in lines for part in ("--say", str(tmp_path / name))]
    code, line, output = run(tmp_path / "demo", "--language", "en", *said)
    assert (code, line["disposition"]) == (0, "refused"), output
