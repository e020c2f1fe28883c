"""The official models that the product knows, what of them is here, and the loading of a recogniser by name.

A recogniser's name is the model's, with or without its kind before it (``vosk:vosk-model-small-ru-0.22``), a path to a
model's folder (``whisper:/opt/models/own``), or ``vosk-server`` for the remote one that the settings name.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from asr.model_fetching import Progress, fetch
from asr.model_files import Kind, Model, check_unchanged, forget, version_of
from asr.sherpa_files import WANTED
from engine.audio import SAMPLE_RATE_HZ
from engine.errors import ModelMissing
from engine.ports import Recognizer
from engine.speech import Language

IN_THE_BOX = "voicebot-ru-kk"
"""The model that ships with the product; it tells Russian from Kazakh."""

SERVER = "vosk-server"
"""Preference for the remote recogniser that the settings name."""

_LIGHT_MB = 100
"""Up to here a model is suggested to who has none."""

_NOT_WHOLE = (
    "no Vosk (am/final.mdl), Whisper (model.bin, tokenizer.json, config.json, vocabulary.json or .txt), "
    f"sherpa-onnx ({WANTED}) or built-in model (network.onnx, decoding.toml) in this folder"
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A model and where it is; None where it is not on this machine."""

    model: Model
    folder: Path | None


@cache
def catalogue() -> tuple[Model, ...]:
    """Return the known models, in the order in which a live call prefers them within a language."""
    content = tomllib.loads(files("asr").joinpath("catalogue.toml").read_text(encoding="utf-8"))
    return tuple(
        Model(
            name=entry["name"],
            kind=Kind(entry["kind"]),
            languages=tuple(entry["languages"]),
            licence=entry["licence"],
            size_mb=entry["size_mb"],
            urls=tuple(entry.get("urls", ())),
            package=entry.get("package", ""),
            note=entry.get("note", ""),
        )
        for entry in content["models"]
    )


def list_models(models_dir: Path) -> list[Listing]:
    """Return all known models, and behind them those that somebody else put into the models folder."""
    return [Listing(model, model.find(models_dir)) for model in (*catalogue(), *_own_models(models_dir))]


def get_model(
    name: str, models_dir: Path, progress: Progress = lambda file, have, whole: None, *, trust: bool = False
) -> Path:
    """Bring a model of the catalogue into the models folder and return its own folder.

    Args:
        name: of the model.
        models_dir: where models live.
        progress: told how far each file is.
        trust: forget the checksums of earlier files, because they were replaced on purpose.

    Raises:
        ModelMissing: unknown, or it could not be fetched; the message says which file to put where.
        ConfigurationError: it is here, but its files changed since they were first loaded.
    """
    model = _known(name, models_dir)
    if trust:
        forget(model.name, models_dir)
    folder = model.find(models_dir) or fetch(model, models_dir, progress)
    check_unchanged(model.name, folder, models_dir)
    return folder


def find_recognizer(language: Language | str, preferences: Sequence[str], models_dir: Path) -> Listing | None:
    """Return the first model on this machine that can recognise a language, without loading it.

    Args:
        language: to recognise.
        preferences: names, best first; empty takes any, in the catalogue's order.
        models_dir: where models live; packages that ship models come after it.
    """
    for model in _candidates(language, preferences, models_dir):
        folder = model.find(models_dir)
        if folder is not None:
            return Listing(model, folder)
    return None


def recognizers_here(language: Language | str, preferences: Sequence[str], models_dir: Path) -> Iterator[str]:
    """Yield the preferences that are on this machine, best first, and the remote server where it is among them.

    Args:
        language: to recognise.
        preferences: names, best first; empty takes any, in the catalogue's order.
        models_dir: where models live; packages that ship models come after it.

    Raises:
        ModelMissing: a preference is reached that can never work, or none is here; the message says what to get.
    """
    nothing = True
    for name in preferences or [model.name for model in _recognising(language)]:
        if name == SERVER or _named(name, language, models_dir).find(models_dir) is not None:
            nothing = False
            yield name
    if nothing:
        raise ModelMissing(_missing(language, preferences, models_dir))


def prefers_server(language: Language | str, preferences: Sequence[str], models_dir: Path) -> bool:
    """Whether a remote server is preferred to all recognisers on this machine."""
    if SERVER not in preferences:
        return False
    before = preferences[: preferences.index(SERVER)]
    return not before or find_recognizer(language, before, models_dir) is None


def recognizer_version(
    language: Language | str, preferences: Sequence[str], models_dir: Path, *, server_url: str | None = None
) -> str:
    """Return the name of the recogniser that `load_recognizer` would load, and what changes with its files.

    Raises:
        ModelMissing: none of them is here; the message says what to get.
    """
    if server_url and prefers_server(language, preferences, models_dir):
        return SERVER
    found = find_recognizer(language, preferences, models_dir)
    if found is None or found.folder is None:
        raise ModelMissing(_missing(language, preferences, models_dir))
    return f"{found.model.kind}:{Path(found.model.name).name} {version_of(found.folder)}"


def advice(name: str, language: Language | str) -> str:
    """Return what to tell whoever relies on the recogniser in the box; nothing of any other.

    Args:
        name: of a recogniser, such as ``built-in:voicebot-ru-kk``.
        language: that it recognises.
    """
    if name.partition(":")[0] != Kind.BUILT_IN:
        return ""
    others = [one for one in _recognising(language) if one.kind is not Kind.BUILT_IN]
    chosen = others[:1] + [one for one in others[1:] if one.size_mb <= _LIGHT_MB][:1]
    named = " or ".join(f"{one.name} ({one.size_mb} MB)" for one in chosen)
    return (
        "it comes with the product and reads people's free speech poorly; before calls that matter: voicebot models "
        f"get {named}; all that there are: voicebot models list --language {language}"
    )


def load_recognizer(
    language: Language | str,
    preferences: Sequence[str],
    models_dir: Path,
    *,
    server_url: str | None = None,
    server_token: str | None = None,
    server_rate_hz: int = SAMPLE_RATE_HZ,
    alternatives: int = 1,
    partial_s: float | None = None,
    beside: Sequence[Language] = (),
) -> Recognizer:
    """Load the best recogniser of a language.

    Args:
        language: to recognise.
        preferences: names, best first; empty takes any model that is here. A remote server understands one
            language, so it is used only where it is named.
        models_dir: where models live.
        server_url: of a remote vosk-server.
        server_token: bearer token for it.
        server_rate_hz: samples a second to send to it.
        alternatives: readings to return at most.
        partial_s: seconds between partial readings of models that read whole utterances, as Whisper and GigaAM do; None
            gives none. The others have them always.
        beside: languages that a caller may turn out to speak instead; the built-in recogniser listens for them too.

    Raises:
        ModelMissing: none of them is here; the message says what to get.
        ConfigurationError: a model's files changed since they were first loaded.
    """
    if server_url and prefers_server(language, preferences, models_dir):
        from asr.vosk_server import VoskServerRecognizer

        return VoskServerRecognizer(
            server_url, language, token=server_token, alternatives=alternatives, sample_rate_hz=server_rate_hz
        )
    found = find_recognizer(language, preferences, models_dir)
    if found is None or found.folder is None:
        raise ModelMissing(_missing(language, preferences, models_dir))
    model, folder = found.model, found.folder
    check_unchanged(model.name, folder, models_dir)
    # Imported here, since each brings a vendor's library of tens of megabytes into memory.
    if model.kind is Kind.VOSK:
        from asr.vosk_recognizer import VoskRecognizer

        return VoskRecognizer(folder, language, name=Path(model.name).name, alternatives=alternatives)
    if model.kind is Kind.SHERPA:
        try:
            from asr.sherpa_models import load_sherpa
        except ImportError as error:
            raise ModelMissing(f"{model.name}: needs sherpa-onnx; install it with: pip install sherpa-onnx") from error

        return load_sherpa(folder, language, name=Path(model.name).name, partial_s=partial_s)
    if model.kind is Kind.BUILT_IN:
        from asr.builtin.recognizer import BuiltInRecognizer

        return BuiltInRecognizer(folder, language, name=Path(model.name).name, beside=beside)
    from asr.whisper_recognizer import WhisperRecognizer

    return WhisperRecognizer(
        folder, language, name=Path(model.name).name, alternatives=alternatives, partial_s=partial_s
    )


def _candidates(language: Language | str, preferences: Sequence[str], models_dir: Path) -> Iterator[Model]:
    if preferences:
        for name in preferences:
            if name != SERVER:
                yield _named(name, language, models_dir)
        return
    yield from _recognising(language)


def _recognising(language: Language | str) -> list[Model]:
    return [model for model in catalogue() if model.kind is not Kind.PIPER and language in model.languages]


def _named(name: str, language: Language | str, models_dir: Path) -> Model:
    """Return a recogniser's model by name or path; one that does not fit is refused."""
    model = _known(name, models_dir)
    if model.kind is Kind.PIPER:
        raise ModelMissing(f"{name}: this is a voice, not a recogniser")
    if model.languages and language not in model.languages:
        raise ModelMissing(f"{name}: understands {', '.join(model.languages)}, not {language}")
    return model


def _known(name: str, models_dir: Path) -> Model:
    """Return a model by name or path, with its kind before it or without."""
    prefix, _, rest = name.partition(":")
    kind, plain = (Kind(prefix), rest) if prefix in set(Kind) else (None, name)
    if Path(plain).is_absolute():
        return _at(Path(plain), kind)
    for model in (*catalogue(), *_own_models(models_dir)):
        if model.name == plain:
            return model
    if plain and (models_dir / plain).is_dir():
        raise ModelMissing(f"{models_dir / plain}: {_NOT_WHOLE}")
    raise ModelMissing(f"{name}: no such model; `voicebot models list` names them")


def _own_models(models_dir: Path) -> Iterator[Model]:
    """Find models in the models folder that the catalogue does not know; what they understand is unknown."""
    known = {model.name for model in catalogue()}
    folders = sorted(models_dir.iterdir()) if models_dir.is_dir() else []
    for folder in folders:
        if folder.is_dir() and folder.name not in known and not folder.name.startswith("."):
            for kind in Kind:
                model = Model(folder.name, kind, ())
                if model.is_whole(folder):
                    yield model


def _at(path: Path, kind: Kind | None) -> Model:
    # Joined to the models folder, an absolute path stays what it is, so the name finds the folder.
    for candidate in [kind] if kind else [Kind.VOSK, Kind.WHISPER, Kind.BUILT_IN, Kind.SHERPA]:
        model = Model(str(path), candidate, ())
        if model.is_whole(path):
            return model
    raise ModelMissing(f"{path}: {_NOT_WHOLE}")


def _missing(language: Language | str, preferences: Sequence[str], models_dir: Path) -> str:
    wanted = ", ".join(preferences)
    light = [model.name for model in _recognising(language) if model.size_mb <= _LIGHT_MB]
    known = [name for name in preferences if name != SERVER] or light
    mend = f"get one with: voicebot models get {known[0].rpartition(':')[2]}" if known else "none is known for it"
    absent = f"none of {wanted} is" if preferences else "no recogniser is"
    return f"{absent} on this machine for language {language} (looked in {models_dir}); {mend}"
