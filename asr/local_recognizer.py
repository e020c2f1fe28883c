"""What the recognisers tell of themselves alike whose model runs in this process."""

from engine.speech import Language


class LocalRecognizer:
    """The part of `engine.ports.Recognizer` that does not depend on the library.

    Args:
        name: for people and records: the library's, a colon and the model's, such as ``whisper:whisper-small``.
        language: what the model understands.
    """

    def __init__(self, name: str, language: Language | str) -> None:
        self._name = name
        self._language = language

    @property
    def name(self) -> str:
        """The library's name, a colon and the model's."""
        return self._name

    @property
    def language(self) -> Language | str:
        """What the model understands."""
        return self._language

    @property
    def waits(self) -> bool:
        """Each stream computes in the thread that it is called in."""
        return False
