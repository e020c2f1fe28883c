"""Real voices, loaded once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.speech import Language
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_voice

_VOICES = {
    "espeak:ru": Language.RUSSIAN,
    "espeak:kk": Language.KAZAKH,
    "espeak:en": Language.ENGLISH,
    "festival:msu_ru_nsh_clunits": Language.RUSSIAN,
    "piper:en_US-joe-medium": Language.ENGLISH,
}


@pytest.fixture(scope="session")
def load() -> Iterator[Callable[[str], TelephoneVoice]]:
    """Return one of the voices by name, loaded on first use."""
    loaded: dict[str, TelephoneVoice] = {}

    def get(name: str) -> TelephoneVoice:
        if name not in loaded:
            loaded[name] = load_voice(name, _VOICES[name], Path("/nonexistent"))
        return loaded[name]

    yield get
    for each in loaded.values():
        each.close()


@pytest.fixture(params=list(_VOICES))
def voice(request: pytest.FixtureRequest, load: Callable[[str], TelephoneVoice]) -> TelephoneVoice:
    """Each voice in turn."""
    return load(request.param)
