"""What all voices share: text made safe and respelt, audio made fit for the line, one fingerprint over all of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from engine.audio import AudioClip
from engine.speech import Language
from tts.conditioning import RULES, Waveform, telephone_clip
from tts.pronunciation import Pronunciation
from tts.speakable import russian_letters, speakable


class TelephoneVoice(ABC):
    """A `Synthesizer` made of an engine that only speaks. Safe to call from several threads.

    Args:
        name: as in settings and records, such as ``espeak:ru``.
        language: it speaks.
        identity: engine, version, voice, model hash and parameters.
        pronunciation: respellings to apply.
    """

    def __init__(self, name: str, language: Language, identity: str, pronunciation: Pronunciation) -> None:
        self.name = name
        self.language = language
        self._pronunciation = pronunciation
        self._fingerprint = f"{identity};words={pronunciation.fingerprint};rules={RULES}"

    @property
    def fingerprint(self) -> str:
        """Everything that changes the sound of a text."""
        return self._fingerprint

    def synthesize(self, text: str) -> AudioClip:
        """Speak a text: 8 kHz, trimmed and levelled.

        Raises:
            SynthesisError: the text has nothing to say, or the engine failed.
        """
        plain = self._pronunciation.apply(speakable(text))
        if self.language == Language.RUSSIAN:
            plain = russian_letters(plain)
        parts, sample_rate_hz = self._speak(plain)
        return telephone_clip(parts, sample_rate_hz)

    def close(self) -> None:  # noqa: B027
        """End what the voice keeps running; most keep nothing."""

    @abstractmethod
    def _speak(self, text: str) -> tuple[Sequence[Waveform], int]:
        """Speak plain text; return one waveform a sentence, and their sample rate in Hz.

        Raises:
            SynthesisError: the engine failed.
        """
