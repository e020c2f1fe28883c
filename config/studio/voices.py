"""Texts spoken as typed, before they are saved; one at a time in each language, and each once."""

import threading
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from config.settings import Settings
from engine.audio import AudioClip, write_wav
from engine.errors import VoicebotError
from engine.speech import Language
from tts.cache import MemoryCache, prompt_key
from tts.telephone_voice import TelephoneVoice
from tts.voices import load_synthesizer

_PATIENCE_S: Final = 20.0
"""For the voice to be free; a prompt takes it a second or two."""

_KEPT_BYTES: Final = 16 * 2**20
_KEPT_S: Final = 900.0


class VoiceBusy(VoicebotError):
    """Others have the voice speak just now."""

    retryable = True


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text that was spoken.

    Args:
        clip: the audio as a caller would hear it.
        voice: that spoke it, such as ``espeak:ru``.
    """

    clip: AudioClip
    voice: str


class Booth:
    """The voices, each loaded when it is first needed. Blocks: for threads.

    Args:
        settings: which voices are preferred, and where they lie.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = {language: threading.Lock() for language in Language}
        self._voices: dict[Language, TelephoneVoice] = {}
        self._spoken = MemoryCache(_KEPT_BYTES, _KEPT_S)

    def speak(self, text: str, language: Language) -> Spoken:
        """Speak a text.

        Raises:
            ModelMissing: there is no voice for the language; the message says what would be one.
            SynthesisError: the voice failed, or the text has nothing to say.
            VoiceBusy: others have it speak for longer than anybody waits.
        """
        turn = self._turns[language]
        if not turn.acquire(timeout=_PATIENCE_S):
            raise VoiceBusy("the voice is busy with others' texts; try again in a moment")
        try:
            voice = self._voice(language)
            key = prompt_key(voice.fingerprint, text)
            clip = self._spoken.get(key)
            if clip is None:
                clip = voice.synthesize(text)
                self._spoken.put(key, clip)
            return Spoken(clip, voice.name)
        finally:
            turn.release()

    def close(self) -> None:
        """End the voices."""
        for language, voice in list(self._voices.items()):
            with self._turns[language]:
                voice.close()
                del self._voices[language]

    def _voice(self, language: Language) -> TelephoneVoice:
        if language not in self._voices:
            preferred = self._settings.voices[language]
            self._voices[language] = load_synthesizer(language, preferred, self._settings.models_dir)
        return self._voices[language]


def wav_of(clip: AudioClip) -> bytes:
    """Return a clip as a WAV file."""
    file = BytesIO()
    write_wav(file, clip.samples, clip.sample_rate_hz)
    return file.getvalue()
