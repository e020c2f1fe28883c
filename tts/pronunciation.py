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


@dataclass(frozen=True, slots=True)
class Pronunciation:
    """Respellings of whole words, found without regard to case.

    Args:
        respellings: word → how to write it so that it is read right; an acute accent marks the stressed vowel.
    """

    respellings: Mapping[str, str] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = sorted(self.respellings, key=len, reverse=True)
        pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.IGNORECASE) if words else None
        object.__setattr__(self, "_pattern", pattern)

    @property
    def fingerprint(self) -> str:
        """Differs wherever the list differs."""
        pairs = "\n".join(f"{word}={said}" for word, said in sorted(self.respellings.items()))
        return hashlib.sha256(pairs.encode()).hexdigest()[:12]

    def apply(self, text: str) -> str:
        """Return the text with each listed word respelt."""
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda match: self.respellings[match[0].casefold()], text)


def load_pronunciation(language: Language, path: Path | None = None) -> Pronunciation:
    """Read the list of a language: the product's own, or another file in its place.

    Args:
        language: whose words.
        path: a YAML file, language code → word → respelling; None takes the list that comes with the product.

    Raises:
        ConfigurationError: the file is missing or not of that shape; the message names it and the mend.
    """
    source = str(path) if path else "tts/data/pronunciation.yaml"
    try:
        text = (path or resources.files("tts").joinpath("data/pronunciation.yaml")).read_text("utf-8")
        loaded = yaml.safe_load(text) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{source}: not a readable YAML file ({error}); mend or remove it") from error
    words = loaded.get(language.value) or {} if isinstance(loaded, dict) else None
    if not isinstance(words, dict) or not all(isinstance(part, str) for pair in words.items() for part in pair):
        raise ConfigurationError(
            f"{source}: under `{language.value}:` each entry must be `word: respelling`, both text; quote what YAML "
            "takes for something else, such as 'no'"
        )
    return Pronunciation({word.casefold(): said for word, said in words.items()})
