"""The catalogue is sound, finds what is here, and refuses files that changed."""

import json
import re
from pathlib import Path

import pytest

from asr.catalogue import advice, catalogue, find_recognizer, get_model, list_models, load_recognizer
from asr.model_files import LOCK_NAME, Kind, check_unchanged
from asr.vosk_server import VoskServerRecognizer
from engine.errors import ConfigurationError, ModelMissing
from engine.speech import Language
from tests.unit.asr.tones import copied


@pytest.fixture
def voice_dir(tmp_path: Path) -> Path:
    """A models folder with a Piper voice in it."""
    folder = tmp_path / "ru_RU-denis-medium"
    folder.mkdir()
    (folder / "ru_RU-denis-medium.onnx").write_bytes(b"weights")
    (folder / "ru_RU-denis-medium.onnx.json").write_text("{}")
    return tmp_path


def test_every_model_can_be_had() -> None:
    """Names are unique, sources are HTTPS or a package, sizes are known, and files belong to their kind."""
    names = [model.name for model in catalogue()]
    assert len(names) == len(set(names))
    for model in catalogue():
        assert model.urls or model.package, model.name
        assert all(url.startswith(("https://alphacephei.com/", "https://huggingface.co/")) for url in model.urls)
        assert model.size_mb > 0
        if model.kind is Kind.VOSK and model.urls:
            assert model.file_names == (f"{model.name}.zip",)
        if model.kind is Kind.PIPER:
            assert model.file_names == (f"{model.name}.onnx", f"{model.name}.onnx.json")
        if model.kind is Kind.WHISPER:
            assert {"model.bin", "tokenizer.json", "config.json"} <= set(model.file_names)


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_each_kind(language: Language) -> None:
    """Vosk, Whisper and Piper are known for all three; what is built in knows no English, sherpa-onnx Russian alone."""
    unknown = {Language.RUSSIAN: set(), Language.KAZAKH: {Kind.SHERPA}, Language.ENGLISH: {Kind.SHERPA, Kind.BUILT_IN}}
    kinds = set(Kind) - unknown[language]
    assert {model.kind for model in catalogue() if language in model.languages} == kinds


def test_changed_files_are_refused_until_trusted(voice_dir: Path) -> None:
    """The first use records checksums; a changed file is refused with the mend; --trust records anew."""
    assert get_model("ru_RU-denis-medium", voice_dir) == voice_dir / "ru_RU-denis-medium"
    assert set(json.loads((voice_dir / LOCK_NAME).read_text())["ru_RU-denis-medium"]) == {
        "ru_RU-denis-medium.onnx",
        "ru_RU-denis-medium.onnx.json",
    }
    get_model("piper:ru_RU-denis-medium", voice_dir)
    (voice_dir / "ru_RU-denis-medium" / "ru_RU-denis-medium.onnx").write_bytes(b"other weights")
    with pytest.raises(ConfigurationError, match=r"denis-medium\.onnx: not the file.*--trust"):
        get_model("ru_RU-denis-medium", voice_dir)
    get_model("ru_RU-denis-medium", voice_dir, trust=True)
    get_model("ru_RU-denis-medium", voice_dir)


def test_a_model_that_is_named_by_its_path_is_trusted_by_it(tmp_path: Path) -> None:
    """The mend that its refusal tells is one that works."""
    folder = tmp_path / "own"
    copied("streaming", folder, {})
    load_recognizer(Language.RUSSIAN, (str(folder),), tmp_path)
    (folder / "extra.txt").touch()
    with pytest.raises(ConfigurationError, match=f"voicebot models get {re.escape(str(folder))} --trust"):
        load_recognizer(Language.RUSSIAN, (str(folder),), tmp_path)
    assert get_model(str(folder), tmp_path, trust=True) == folder
    load_recognizer(Language.RUSSIAN, (str(folder),), tmp_path)


def test_an_added_file_counts_as_a_change(voice_dir: Path) -> None:
    """A file that appears beside the known ones is refused too."""
    folder = voice_dir / "ru_RU-denis-medium"
    check_unchanged("ru_RU-denis-medium", folder, voice_dir)
    (folder / "extra.bin").write_bytes(b"")
    with pytest.raises(ConfigurationError, match=r"extra\.bin"):
        check_unchanged("ru_RU-denis-medium", folder, voice_dir)


def test_a_damaged_lock_names_itself(voice_dir: Path) -> None:
    """A lock file that cannot be read is an error with the mend, not a reason to trust everything."""
    (voice_dir / LOCK_NAME).write_text("{")
    with pytest.raises(ConfigurationError, match=r"models\.lock\.json: damaged"):
        get_model("ru_RU-denis-medium", voice_dir)


def test_a_missing_recogniser_says_what_to_get(tmp_path: Path) -> None:
    """Where none of those that are wanted is here, the message names the language, the folder, and what to fetch."""
    with pytest.raises(ModelMissing, match=r"no recogniser is .*language uz .*none is known for it"):
        load_recognizer("uz", (), tmp_path)
    with pytest.raises(ModelMissing, match=r"none of vosk:vosk-model-ru-0\.42 is .*models get vosk-model-ru-0.42"):
        load_recognizer(Language.RUSSIAN, ("vosk:vosk-model-ru-0.42",), tmp_path)


@pytest.mark.parametrize("language", [Language.RUSSIAN, Language.KAZAKH])
def test_what_is_in_the_box_recognises_until_anything_else_is_here(language: Language, tmp_path: Path) -> None:
    """Russian and Kazakh are understood from the beginning; the advice names models that are bigger, best first."""
    found = find_recognizer(language, (), tmp_path)
    assert found is not None
    assert found.model.name == "voicebot-ru-kk"
    words = advice(f"{found.model.kind}:{found.model.name}", language)
    named = [model for model in catalogue() if f"{model.name} (" in words]
    assert named
    assert all(model.kind is not Kind.BUILT_IN and language in model.languages for model in named)
    (tmp_path / named[-1].name).mkdir()
    for file in ("final.mdl", "tokens.txt", "encoder.onnx", "decoder.onnx", "joiner.onnx"):
        (tmp_path / named[-1].name / file).touch()
    bigger = find_recognizer(language, (), tmp_path)
    assert bigger is not None
    assert bigger.model == named[-1]
    assert not advice(f"{bigger.model.kind}:{bigger.model.name}", language)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nonsense", "no such model"),
        ("vosk:nonsense", "no such model"),
        ("ru_RU-denis-medium", "a voice, not a recogniser"),
        ("vosk-model-small-en-us-0.15", "understands en, not ru"),
        ("/nowhere/model", r"/nowhere/model: no Vosk .* or built-in model .* in this folder"),
        ("half", r"half: no Vosk .*, sherpa-onnx \(tokens\.txt and model\.onnx or "),
        ("sherpa:half", "half: no Vosk "),
    ],
)
def test_a_wrong_preference_is_told(name: str, words: str, tmp_path: Path) -> None:
    """A preference that can never work is an error instead of being passed over."""
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "tokens.txt").touch()
    with pytest.raises(ModelMissing, match=words):
        load_recognizer(Language.RUSSIAN, (name,), tmp_path)


def test_the_models_folder_comes_before_packages_and_preferences_before_all(tmp_path: Path) -> None:
    """What somebody installed wins over what a package ships, and a preference over the catalogue's order."""
    packaged = find_recognizer(Language.ENGLISH, (), tmp_path)
    assert packaged is not None
    assert packaged.model.name == "whisper-tiny.en"
    for name in ("vosk-model-small-en-us-0.15", "vosk-model-en-us-0.22"):
        (tmp_path / name / "am").mkdir(parents=True)
        (tmp_path / name / "am" / "final.mdl").touch()
    big = find_recognizer(Language.ENGLISH, (), tmp_path)
    small = find_recognizer(Language.ENGLISH, ("whisper-base", "vosk:vosk-model-small-en-us-0.15"), tmp_path)
    assert big is not None
    assert small is not None
    assert (big.model.name, small.model.name) == ("vosk-model-en-us-0.22", "vosk-model-small-en-us-0.15")


def test_models_of_ones_own_are_listed(tmp_path: Path) -> None:
    """A folder that holds a model of no known name is listed behind the catalogue, and can be preferred."""
    (tmp_path / "our-vosk" / "am").mkdir(parents=True)
    (tmp_path / "our-vosk" / "am" / "final.mdl").touch()
    (tmp_path / "holiday-photos").mkdir()
    own = [listing for listing in list_models(tmp_path) if listing.model not in catalogue()]
    assert [(listing.model.name, listing.model.kind) for listing in own] == [("our-vosk", Kind.VOSK)]
    for name in ("our-vosk", f"vosk:{tmp_path}/our-vosk"):
        found = find_recognizer(Language.KAZAKH, (name,), tmp_path)
        assert found is not None
        assert found.folder == tmp_path / "our-vosk"


def test_a_remote_server_is_used_only_where_it_is_named(tmp_path: Path) -> None:
    """It understands one language, so an address alone makes it nobody's recogniser."""
    url = "wss://vosk.bank.example:2700"
    server = load_recognizer(Language.RUSSIAN, ("vosk-server",), tmp_path, server_url=url)
    assert isinstance(server, VoskServerRecognizer)
    assert server.name == "vosk-server:vosk.bank.example:2700"
    raised = load_recognizer(Language.RUSSIAN, ("vosk-server",), tmp_path, server_url=url, server_rate_hz=16000)
    assert isinstance(raised, VoskServerRecognizer)
    assert (server.sample_rate_hz, raised.sample_rate_hz) == (8000, 16000)
    at_hand = load_recognizer(Language.RUSSIAN, ("voicebot-ru-kk", "vosk-server"), tmp_path, server_url=url)
    assert at_hand.name == "built-in:voicebot-ru-kk"
    wanted = ("vosk-model-small-ru-0.22", "vosk-server", "voicebot-ru-kk")
    assert load_recognizer(Language.RUSSIAN, wanted, tmp_path, server_url=url).name == server.name
    for language, preferences in (("uz", ()), (Language.RUSSIAN, ("vosk-model-small-ru-0.22",))):
        with pytest.raises(ModelMissing):
            load_recognizer(language, preferences, tmp_path, server_url=url)
