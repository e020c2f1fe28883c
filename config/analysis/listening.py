"""The second hearing: whole channels, by the recognisers that the settings prefer for it.

Where nobody tells the language, the recogniser in the box finds out whether a stretch of speech is Russian or Kazakh.
It is read by the one that is preferred for that language, where that is another one.
"""

from collections.abc import Mapping

from analytics.conversation import AUTO, AUTO_LANGUAGES
from analytics.pipeline.hearing import Channel, Listener
from asr.builtin.recognizer import BuiltInRecognizer
from asr.catalogue import IN_THE_BOX, recognizer_version
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
            if language == AUTO:
                others = [self.version(one) for one in self._others()]
                self._versions[language] = ", ".join([self._box_version(), *others])
            else:
                self._versions[language] = self._version(language, self._preferred(language))
        return self._versions[language]

    def listener(self, language: str) -> Listener:
        """Return a language's recogniser.

        Raises:
            ModelMissing: there is none.
            ConfigurationError: a model's files changed since they were first loaded.
        """
        if language == AUTO and language not in self._listeners:
            self._listeners[language] = self._mixed()
        if language not in self._listeners:
            spoken = Language(language) if language in set(Language) else language
            recognizer = load(self._settings, spoken, self._preferred(language))
            self._listeners[language] = _Listener(recognizer, self._loaded_detector())
        return self._listeners[language]

    def _mixed(self) -> Listener:
        box = load(self._settings, Language.RUSSIAN, (IN_THE_BOX,), beside=tuple(AUTO_LANGUAGES))
        assert isinstance(box, BuiltInRecognizer), "the box holds no other kind"
        others = {one: load(self._settings, one, self._preferred(one)) for one in self._others()}
        return _MixedListener(box, others, self._loaded_detector())

    def _others(self) -> list[Language]:
        """Return the languages that another recogniser reads than the one in the box."""
        return [one for one in sorted(AUTO_LANGUAGES) if self.version(one) != self._box_version()]

    def _box_version(self) -> str:
        return self._version(Language.RUSSIAN, (IN_THE_BOX,))

    def _version(self, language: str, preferred: tuple[str, ...]) -> str:
        settings = self._settings
        return recognizer_version(language, preferred, settings.models_dir, server_url=settings.asr.vosk_server_url)

    def _loaded_detector(self) -> SileroDetector:
        self._detector = self._detector or SileroDetector()
        return self._detector

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


class _MixedListener:
    def __init__(self, box: BuiltInRecognizer, others: Mapping[Language, Recognizer], detector: SileroDetector) -> None:
        self._box = box
        self._others = others
        self._detector = detector

    def __call__(self, samples: Samples, /) -> Channel:
        spans = find_speech(samples, self._detector)
        read = list(self._box.read_stretches(samples, spans))
        heard = [one for _, one in read if one.language not in self._others]
        for language, recognizer in self._others.items():
            heard += read_speech(samples, [span for span, one in read if one.language is language], recognizer)
        heard.sort(key=lambda one: one.start_s)
        return Channel(tuple(spans), tuple(one for one in heard if one.hypotheses))
