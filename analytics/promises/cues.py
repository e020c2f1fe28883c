"""What words tell, by kind (``data/cues.yaml``): patterns over folded text, and where they match."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import yaml

from engine.errors import ConfigurationError
from engine.folding import fold_pattern
from engine.speech import Language

_SPOKEN: Final = {
    Language.RUSSIAN: (Language.RUSSIAN, Language.KAZAKH),
    Language.KAZAKH: (Language.KAZAKH, Language.RUSSIAN),
    Language.ENGLISH: (Language.ENGLISH,),
}
"""Whose words count in a contact of each language: callers mix Kazakh and Russian."""
_OWN: Final = frozenset({"if", "no_if", "bank_if", "each", "question", "after"})
"""Kinds that are endings and particles rather than words: one language's would match the other's words."""


_UNSHARED: Final = frozenset({"he"})
"""Kinds of which Russian's words would match Kazakh ones: «он» is ten."""


@cache
def cues(language: Language) -> Mapping[str, re.Pattern[str]]:
    """Return the pattern of every kind of cue that counts in a contact of a language."""
    return {
        kind: re.compile(rf"(?<!\w)(?:{'|'.join(_patterns(kind, lists, language))})(?!\w)")
        for kind, lists in _lists().items()
    }


def _patterns(kind: str, lists: Mapping[Language, tuple[str, ...]], language: Language) -> list[str]:
    own = kind in _UNSHARED or (kind in _OWN and language is Language.RUSSIAN)
    return [one for spoken in ((language,) if own else _SPOKEN[language]) for one in lists[spoken]]


@cache
def _lists() -> Mapping[str, Mapping[Language, tuple[str, ...]]]:
    return read_cues(files("analytics.promises") / "data" / "cues.yaml")


def read_cues(source: Traversable) -> Mapping[str, Mapping[Language, tuple[str, ...]]]:
    """Return the folded patterns of a file, by kind and language.

    Raises:
        ConfigurationError: it is no YAML, is laid out otherwise, or a pattern is wrong; the message tells which.
    """
    try:
        data: Any = yaml.safe_load(source.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(f"{source}: cannot be read as YAML ({error}); mend it") from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"{source}:1:1: kinds of cues with their patterns are wanted, `kind: …`")
    lists = {}
    for kind, by_language in data.items():
        if kind == "review":
            continue
        if not isinstance(by_language, dict) or set(by_language) != set(Language):
            raise ConfigurationError(f"{source}: {kind}: wants a list of patterns for each of {', '.join(Language)}")
        lists[kind] = {Language(spoken): _folded(source, kind, rows) for spoken, rows in by_language.items()}
    return lists


def _folded(source: Traversable, kind: str, rows: Any) -> tuple[str, ...]:
    if not isinstance(rows, list) or not rows:
        raise ConfigurationError(f"{source}: {kind}: a list of patterns is wanted, `- pattern`")
    folded = []
    for row in rows:
        try:
            folded.append(fold_pattern(row))
            re.compile(folded[-1])
        except (re.error, TypeError) as error:
            raise ConfigurationError(f"{source}: {kind}: `{row}` is no pattern ({error}); mend it") from None
    return tuple(folded)
