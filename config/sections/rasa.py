"""Rasa as a server beside the engine."""

from urllib.parse import urlsplit

from pydantic import Field, field_validator

from config.sections.base import Folder, Secret, Section

PORT = 5005
"""Rasa's own."""


class Rasa(Section):
    """A Rasa server that guesses what callers mean where no rule tells, instead of the built-in classifier."""

    url: str | None = Field(
        None,
        description="Where it answers: https, or http on loopback, where `voicebot rasa serve` puts one. Unset: none "
        "is asked.",
        examples=[f"http://127.0.0.1:{PORT}"],
    )
    token: Secret = Field(None, description="Token that it asks for, and is served with. From the environment alone.")
    timeout_ms: int = Field(
        150, ge=10, le=2000, description="Milliseconds after which the built-in classifier guesses instead."
    )
    python: Folder | None = Field(
        None,
        description="CPython 3.10 to build its environment with; unset: one is looked for.",
        examples=["/usr/bin/python3.10"],
    )

    @field_validator("url")
    @classmethod
    def _safe(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        loopback = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")
        if not loopback and not (parts.scheme == "https" and parts.hostname):
            raise ValueError("url must begin with https:// (http:// only on 127.0.0.1): it carries callers' words")
        if parts.query or parts.fragment or parts.username or parts.path not in ("", "/"):
            raise ValueError("url is scheme, host and port alone; the token comes from VOICEBOT_RASA__TOKEN")
        return url

    @property
    def port(self) -> int:
        """The port that the url names, or Rasa's own."""
        return urlsplit(self.url or "").port or PORT
