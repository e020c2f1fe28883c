"""What recognisers tell of themselves alike, whatever their library."""

from engine.speech import Language


class NamedRecognizer:
    """The part of `engine.ports.Recognizer` that does not depend on the library.

    Args:
        name: for people and records: the library's, a colon and the model's, such as ``whisper:whisper-small``.
        language: what the model understands.
        waits: streams wait for a thread or a machine of their own, instead of computing where they are called.
    """

    def __init__(self, name: str, language: Language | str, *, waits: bool = False) -> None:
        self._name = name
        self._language = language
        self._waits = waits

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
        """Whether streams wait for another thread or machine."""
        return self._waits
