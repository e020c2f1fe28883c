"""Recognisers as the settings name them."""

from collections.abc import Sequence
from typing import Any

from asr.catalogue import load_recognizer
from config.settings import Settings
from engine.ports import Recognizer
from engine.speech import Language


def load(settings: Settings, language: Language | str, preferred: Sequence[str], **options: Any) -> Recognizer:
    """Load the best recogniser of a language; the settings tell of the remote one.

    Args:
        settings: of the product.
        language: to recognise.
        preferred: names, best first; empty takes any that is here.
        options: further ones of `load_recognizer`.

    Raises:
        ModelMissing: none of them is here; the message says what to get.
        ConfigurationError: a model's files changed since they were first loaded.
    """
    token = settings.asr.vosk_server_token
    return load_recognizer(
        language,
        preferred,
        settings.models_dir,
        server_url=settings.asr.vosk_server_url,
        server_rate_hz=settings.asr.vosk_server_rate_hz,
        server_token=token.get_secret_value() if token else None,
        **options,
    )
