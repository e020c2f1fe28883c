"""Which language the demo is held in, and with which voice its debtor speaks: what this machine hears and says well."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from asr.catalogue import advice
from config.demo.cast import DEBTOR_VOICE
from config.settings import Settings
from config.wiring import find_recognizers, open_prompter
from engine.clock import SystemClock
from engine.errors import ModelMissing
from engine.ports import Prompter
from engine.speech import Language
from tts.voices import VoiceListing, available_voices

DEFAULT = Language.RUSSIAN

POOR = "espeak:"
"""Voices that the recogniser in the box makes nothing of, by the same measurement as `DEBTOR_VOICE`."""


def choose_language(settings: Settings, wished: Language | None, console: Console) -> Language:
    """Return the wished language, or English where this machine cannot hold the call in it, and say why.

    Who wishes none gets Russian, where the simulated debtor has a voice that is understood.

    Args:
        settings: of the demo.
        wished: on the command line, if any.
        console: where to say what understands the caller, and what is missing.

    Raises:
        ModelMissing: English cannot be heard either.
    """
    language = wished or DEFAULT
    voices = [voice for voice in available_voices(settings.models_dir) if voice.language is language]
    found = find_recognizers(settings, (language,))
    doubt = _doubt(language, found[language].name, voices) if language in found else ""
    if reason := _missing(language, voices, heard=bool(found)) or (doubt if wished is None else ""):
        console.print(f"[yellow]{escape(reason)}. This call is held in English.[/]")
        language = Language.ENGLISH
        found = find_recognizers(settings, (language,))
        if not found:
            raise ModelMissing(
                "no recogniser for English either: pip install 'collection-voicebot[demo]', or `voicebot models list`"
            )
    elif doubt:
        console.print(f"[yellow]{escape(doubt)}. Expect to be misunderstood.[/]")
    name = found[language].name
    words = "; ".join(filter(None, (name, advice(name, language))))
    console.print(f"[dim]{language.name.title()} is understood by {escape(words)}[/]")
    return language


def _missing(language: Language, voices: Sequence[VoiceListing], *, heard: bool) -> str:
    """Return what keeps a call from being held in a language, with the mend; empty where nothing does."""
    name = language.name.title()
    if not heard:
        return (
            f"No recogniser for {name} is installed. Get one with `voicebot models list`, or type the call: "
            f"voicebot demo --text --language {language}"
        )
    if not any(voice.ready for voice in voices):
        return f"No voice for {name} is installed; any of these will do: {'; '.join(voice.mend for voice in voices)}"
    return ""


def _doubt(language: Language, recogniser: str, voices: Sequence[VoiceListing]) -> str:
    """Return why a debtor with these voices will hardly be understood, with the mend; empty where they will."""
    if not advice(recogniser, language) or any(voice.ready and not voice.name.startswith(POOR) for voice in voices):
        return ""
    mend = next((f": {voice.mend}" for voice in voices if voice.name == DEBTOR_VOICE.get(language)), "")
    return f"{recogniser} does not understand the {language.name.title()} voice that is here{mend}"


@contextmanager
def debtors_prompter(settings: Settings, language: Language, own: Prompter) -> Iterator[Prompter]:
    """Give the voice of simulated debtors: the one that is understood best, else the bot's own.

    Args:
        settings: of the demo.
        language: of the call.
        own: the bot's.
    """
    wanted = DEBTOR_VOICE.get(language)
    here = [voice.name for voice in available_voices(settings.models_dir) if voice.language is language and voice.ready]
    if wanted not in here or wanted == (*settings.voices[language], *here)[0]:
        yield own
        return
    prefer = settings.tts.prefer.model_copy(update={language.value: (wanted,)})
    tts = settings.tts.model_copy(update={"prefer": prefer})
    prompter = open_prompter(settings.model_copy(update={"tts": tts}), (language,), SystemClock())
    try:
        yield prompter
    finally:
        prompter.close()
