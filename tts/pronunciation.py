"""A short list a language of words that engines misread, applied to the text before synthesis."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import yaml

from engine.errors import ConfigurationError
from engine.speech import Language

_WORD = re.compile(r"[\w\N{COMBINING ACUTE ACCENT}]+")
_ANY_ENDING = "*"


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """Respellings of whole words, found without regard to case.

    Args:
        respellings: lower-case word → how to write it so that it is read right. An acute accent marks the stressed
            vowel; a star at the end of both stands for any ending, and the longest such entry counts.
    """

    respellings: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Differs wherever the list differs."""
        pairs = "\n".join(f"{word}={said}" for word, said in sorted(self.respellings.items()))
        return hashlib.sha256(pairs.encode()).hexdigest()[:12]

    def apply(self, text: str) -> str:
        """Return the text with each listed word respelt."""
        return _WORD.sub(lambda match: self._respelt(match[0]), text) if self.respellings else text

    def _respelt(self, word: str) -> str:
        plain = word.casefold()
        if (whole := self.respellings.get(plain)) is not None:
            return whole
        for length in range(len(plain), 0, -1):
            if (stem := self.respellings.get(plain[:length] + _ANY_ENDING)) is not None:
                return stem.removesuffix(_ANY_ENDING) + plain[length:]
        return word


def load_pronunciation(language: Language, engine: str = "", path: Path | None = None) -> Pronunciation:
    """Read the list of a language: the product's own, or another file in its place.

    Args:
        language: whose words.
        engine: name of an engine whose own section ``LANGUAGE-ENGINE`` goes over the language's.
        path: a YAML file, section → word → respelling; None takes the list that comes with the product.

    Raises:
        ConfigurationError: the file is missing or not of that shape; the message names it and the mend.
    """
    source = path or resources.files("tts").joinpath("data/pronunciation.yaml")
    try:
        loaded = yaml.safe_load(source.read_text("utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{source}: not a readable YAML file ({error}); mend or remove it") from error
    words: dict[str, str] = {}
    for section in (language.value, f"{language.value}-{engine}"):
        words |= _section(loaded, section, str(source))
    return Pronunciation(words)


def _section(loaded: object, name: str, source: str) -> dict[str, str]:
    words = (loaded.get(name) or {}) if isinstance(loaded, dict) else None
    if not isinstance(words, dict):
        raise ConfigurationError(f"{source}: `{name}:` must hold lines of the form `word: respelling`")
    for word, said in words.items():
        if not isinstance(word, str) or not isinstance(said, str):
            raise ConfigurationError(
                f"{source}: under `{name}:` the entry `{word}: {said}` must be two texts; quote what YAML takes for "
                "something else, such as 'no'"
            )
        if word.endswith(_ANY_ENDING) != said.endswith(_ANY_ENDING):
            raise ConfigurationError(f"{source}: under `{name}:` the entry `{word}: {said}` needs a star at both ends")
    return {word.casefold(): said for word, said in words.items()}
