"""What the packaged voices say is cut, levelled, written as the corpora are and read back the same."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from asr.training.corpora import Split, synthetic
from asr.training.synthesis import Recording, record, telephone
from asr.training.voices import Said, festival, stresses
from engine.audio import SAMPLE_RATE_HZ

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
needs_festival = pytest.mark.skipif(
    not Path("/usr/share/festival/voices/russian/msu_ru_nsh_clunits").is_dir(), reason="festvox-ru is not installed"
)


def tone(before_s: float, spoken_s: float, after_s: float, rate_hz: int = 16_000) -> np.ndarray:
    sound = 3000 * np.sin(np.arange(round(spoken_s * rate_hz)) * 2 * np.pi * 440 / rate_hz)
    around = [np.zeros(round(quiet * rate_hz)) for quiet in (before_s, after_s)]
    return np.concatenate([around[0], sound, around[1]]).astype(np.int16)


def test_speech_comes_at_the_telephones_rate_and_one_level_without_the_quiet_around_it() -> None:
    heard = telephone(Said("двадцать", "x", tone(0.5, 0.8, 0.9), 16_000))
    assert heard is not None
    assert len(heard) / SAMPLE_RATE_HZ == pytest.approx(0.9, abs=0.05)
    assert np.sqrt(np.square(heard[800:-800].astype(float)).mean()) == pytest.approx(2400, rel=0.05)


@pytest.mark.parametrize(("text", "spoken_s"), [("а", 3.0), ("двадцать пять тысяч в пятницу", 0.5), ("да", 0.0)])
def test_what_cannot_be_the_text_is_left_out(text: str, spoken_s: float) -> None:
    assert telephone(Said(text, "x", tone(0.1, spoken_s, 0.1), 16_000)) is None


@needs_espeak
def test_a_recording_is_repeatable_and_read_as_a_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asr.training.synthesis._RECORDING_S", 2)
    monkeypatch.setattr("asr.training.synthesis._TEXTS_AT_A_TIME", 3)
    pools = [(1.0, ["иә төлеймін", "ертең он мың теңге"])]
    recordings = [Recording(tmp_path / name / "kk-packaged", "kk", "espeak", 0, 7) for name in ("a", "b")]
    for recording in recordings:
        record(recording, pools)
    assert recordings[0].sound.read_bytes() == recordings[1].sound.read_bytes()
    recordings[0].rows.rename(tmp_path / "a" / "kk-packaged" / "manifest.jsonl")
    spoken = list(synthetic(tmp_path / "a" / "kk-packaged", "kk"))
    rows = recordings[1].rows.read_text(encoding="utf-8").splitlines()
    assert [one.text for one in spoken] == [json.loads(row)["text"] for row in rows]
    for one in spoken:
        assert one.split is Split.TRAIN
        assert one.speaker.startswith("espeak ")
        assert one.audio is not None
        assert np.abs(one.audio.astype(float)).mean() > 500


@needs_espeak
def test_espeak_tells_the_stress_that_the_retro_voices_need() -> None:
    assert stresses(["заплачу", "двадцать", "ещё", "понедельник"]) == {
        "заплачу": 1, "двадцать": 0, "ещё": 1, "понедельник": 2,
    }  # fmt: skip


@needs_festival
def test_festival_goes_on_after_a_text_that_it_cannot_say() -> None:
    said = list(festival(["да", "??? )", "нет"], "ru", np.random.default_rng(1)))
    assert [one.text for one in said] == ["да", "нет"]
