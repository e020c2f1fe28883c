"""The second hearing: whole channels, by the recogniser that the settings prefer for it."""

from analytics.pipeline.hearing import Channel, Listener
from asr.catalogue import recognizer_version
from asr.silero_detector import SileroDetector
from asr.spans import find_speech
from asr.transcription import read_speech
from config.recognising import load
from config.settings import Settings
from engine.audio import Samples
from engine.ports import Recognizer
from engine.speech import Language


class SettingsListeners:
    """Implements `analytics.pipeline.hearing.Listeners`; loads nothing before it is asked for.

    Args:
        settings: that name recognisers.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._detector: SileroDetector | None = None
        self._versions: dict[str, str] = {}
        self._listeners: dict[str, Listener] = {}

    def version(self, language: str) -> str:
        """Return the name of a language's recogniser and the digest of its files.

        Raises:
            ModelMissing: there is none.
        """
        if language not in self._versions:
            settings = self._settings
            self._versions[language] = recognizer_version(
                language, self._preferred(language), settings.models_dir, server_url=settings.asr.vosk_server_url
            )
        return self._versions[language]

    def listener(self, language: str) -> Listener:
        """Return a language's recogniser.

        Raises:
            ModelMissing: there is none.
            ConfigurationError: a model's files changed since they were first loaded.
        """
        if language not in self._listeners:
            spoken = Language(language) if language in set(Language) else language
            recognizer = load(self._settings, spoken, self._preferred(language))
            self._detector = self._detector or SileroDetector()
            self._listeners[language] = _Listener(recognizer, self._detector)
        return self._listeners[language]

    def _preferred(self, language: str) -> tuple[str, ...]:
        if language not in set(Language):
            return ()
        spoken = Language(language)
        return self._settings.analytics.prefer.by_language[spoken] or self._settings.recognisers[spoken]


class _Listener:
    def __init__(self, recognizer: Recognizer, detector: SileroDetector) -> None:
        self._recognizer = recognizer
        self._detector = detector

    def __call__(self, samples: Samples, /) -> Channel:
        spans = find_speech(samples, self._detector)
        heard = read_speech(samples, spans, self._recognizer)
        return Channel(tuple(spans), tuple(one for one in heard if one.hypotheses))
