"""Texts spoken before they are saved."""

from pathlib import Path

import pytest

from config.settings import Settings
from config.studio.voices import Booth
from engine.errors import ModelMissing
from engine.speech import Language


def booth(folder: Path, voice: str) -> Booth:
    return Booth(Settings.model_validate({"paths": {"data_dir": folder}, "tts": {"prefer": {"kk": [voice]}}}))


def test_a_text_is_spoken_once(tmp_path: Path) -> None:
    made = booth(tmp_path, "espeak:kk")
    first = made.speak("Сәлеметсіз бе!", Language.KAZAKH)
    assert first.voice == "espeak:kk"
    assert 0.5 < first.clip.duration_s < 4
    assert made.speak("Сәлеметсіз бе!", Language.KAZAKH).clip is first.clip
    made.close()


def test_a_language_without_a_voice_says_what_would_be_one(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="no voice for kk; any of these would do"):
        booth(tmp_path, "piper:nobody").speak("Сәлеметсіз бе!", Language.KAZAKH)
