"""Which voices there are."""

import json
from pathlib import Path

import pytest

from engine.errors import ModelMissing
from engine.speech import Language
from tts.voices import available_voices, load_synthesizer, load_voice, piper_voices


def _put_piper_voice(folder: Path, name: str, espeak_voice: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(b"no model")
    (folder / f"{name}.onnx.json").write_text(json.dumps({"espeak": {"voice": espeak_voice}}))


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any program; its empty models folder."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path / "models"


def test_piper_voices_are_found_by_language_and_ordered_by_quality(tmp_path: Path) -> None:
    """Voices of the folder and its subfolders come best quality first, before every other engine."""
    _put_piper_voice(tmp_path, "ru_RU-b-medium", "ru")
    _put_piper_voice(tmp_path / "piper", "ru_RU-a-low", "ru")
    _put_piper_voice(tmp_path / "piper" / "c", "ru_RU-c-high", "ru")
    _put_piper_voice(tmp_path, "kk_KZ-d-high", "kk")
    names = [voice.name for voice in available_voices(tmp_path) if voice.language == Language.RUSSIAN and voice.ready]
    assert names[:3] == ["piper:ru_RU-c-high", "piper:ru_RU-b-medium", "piper:ru_RU-a-low"]


def test_other_models_in_the_folder_are_no_voices(tmp_path: Path) -> None:
    """An ONNX file without a Piper voice's settings is passed over."""
    (tmp_path / "silero_vad.onnx").write_bytes(b"")
    (tmp_path / "odd.onnx").write_bytes(b"")
    (tmp_path / "odd.onnx.json").write_text("[]")
    assert [model for model, _ in piper_voices(tmp_path) if model.parent == tmp_path] == []


@pytest.mark.parametrize(
    ("language", "name", "mend"),
    [
        (Language.RUSSIAN, "festival:msu_ru_nsh_clunits", "apt-get install festival festvox-ru"),
        (Language.RUSSIAN, "espeak:ru", "apt-get install espeak-ng"),
        (Language.KAZAKH, "espeak:kk", "apt-get install espeak-ng"),
        (Language.KAZAKH, "piper:kk_KZ-issai-high", "put kk_KZ-issai-high.onnx"),
    ],
)
def test_what_is_missing_is_listed_with_its_mend(bare: Path, language: Language, name: str, mend: str) -> None:
    """A voice that is not here is listed with what brings it."""
    (voice,) = (each for each in available_voices(bare) if each.name == name)
    assert voice.language == language
    assert not voice.ready
    assert mend in voice.mend


@pytest.mark.parametrize("name", ["espeak:ru", "festival:msu_ru_nsh_clunits", "piper:ru_RU-denis-medium"])
def test_a_voice_that_is_missing_names_the_mend(bare: Path, name: str) -> None:
    """Loading it says what to install, or which file to put where."""
    with pytest.raises(ModelMissing, match=r"apt-get install|models/ru_RU-denis-medium\.onnx is missing"):
        load_voice(name, Language.RUSSIAN, bare)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "piper:",
        "alexa:ru",
        "espeak:ru; rm -rf /",
        "espeak:--help",
        "festival:../x",
        "festival:a) (quit",
        "piper:a#x",
    ],
)
def test_a_name_that_means_nothing_is_refused(tmp_path: Path, name: str) -> None:
    """Names are checked before they reach an engine."""
    with pytest.raises(ModelMissing):
        load_voice(name, Language.RUSSIAN, tmp_path)


def test_a_damaged_piper_voice_is_told_from_a_missing_one(tmp_path: Path) -> None:
    """Files that are there and are no voice are to be fetched anew."""
    _put_piper_voice(tmp_path, "ru_RU-a-low", "ru")
    with pytest.raises(ModelMissing, match="fetch both files anew"):
        load_voice("piper:ru_RU-a-low", Language.RUSSIAN, tmp_path)


def test_no_voice_at_all_lists_what_each_would_need(bare: Path) -> None:
    """The message holds every way out."""
    with pytest.raises(ModelMissing) as caught:
        load_synthesizer(Language.RUSSIAN, (), bare)
    for way in ("a Piper voice is", "festival festvox-ru", "apt-get install espeak-ng"):
        assert way in str(caught.value)
