"""Recognition and voices."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from config.sections.base import Names, Secret, Section
from engine.speech import Language


class ByLanguage(Section):
    """Names in order of preference, by language; the first that is installed is used. Empty: any that is found."""

    ru: Names = Field((), description="Russian.")
    kk: Names = Field((), description="Kazakh.")
    en: Names = Field((), description="English.")

    @property
    def by_language(self) -> Mapping[Language, tuple[str, ...]]:
        """The same as a mapping."""
        return {language: getattr(self, language.value) for language in Language}


class Asr(Section):
    """Speech recognition."""

    prefer: ByLanguage = Field(
        default_factory=ByLanguage, description="Recognisers by language; `voicebot models list` names them."
    )
    vosk_server_url: str | None = Field(
        None,
        pattern=r"^wss?://",
        description="A remote vosk-server, ws:// or wss://. It understands one language: the one whose preferences "
        "name `vosk-server`.",
        examples=["wss://vosk.bank.example:2700"],
    )
    vosk_server_rate_hz: Literal[8000, 16000] = Field(
        8000, description="Samples a second to send to it; 16000 where its model does not raise the telephone's 8000."
    )
    vosk_server_token: Secret = Field(None, description="Bearer token for it. From the environment alone.")
    threads: int = Field(2, ge=1, le=256, description="Threads that recognise; one per core that you can spare.")


class Tts(Section):
    """Speech synthesis and its cache."""

    prefer: ByLanguage = Field(
        default_factory=ByLanguage, description="Voices by language; `voicebot models list` names them."
    )
    cache_mb: int = Field(512, ge=1, description="Size limit of the prompt cache on disk, in MB; the oldest go first.")
    threads: int = Field(1, ge=1, le=64, description="Threads that synthesise; each holds its own voice in memory.")
