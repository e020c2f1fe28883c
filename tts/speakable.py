"""Text as any engine may safely be given it: words and plain punctuation, nothing that an engine takes for mark-up."""

import re
import unicodedata

from engine.errors import SynthesisError

_ACUTE = "\N{COMBINING ACUTE ACCENT}"
_PUNCTUATION = frozenset(".,;:!?'-%+№&@/" + _ACUTE)
_SAME = str.maketrans({"’": "'", "…": ".", "‑": "-", "–": "—", "\u00ad": None, "\u200b": None})
_KAZAKH_AS_RUSSIAN = str.maketrans("ӘәҒғҚқҢңӨөҰұҮүҺһІі", "АаГгКкНнОоУуУуХхИи")
_DASH = re.compile(r"\s*—\s*|\s+-+\s+")
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE = re.compile(r"\s+([.,;:!?])")
_REPEATED_PAUSE = re.compile(r"[,;:](?:\s*[,;:])+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def speakable(text: str) -> str:
    """Return the text in one line of words and plain punctuation.

    Brackets, angle brackets, quotes and backslashes are what SSML, espeak's ``[[phonemes]]``, Piper's the same and
    Festival's Scheme strings are made of; nobody hears them in speech, so they become spaces. A dash between words
    becomes a comma, a pause in every engine. A leading hyphen goes, since command lines take it for an option.
    An acute accent over a vowel stays: it marks stress.

    Raises:
        SynthesisError: no letter or digit is left.
    """
    text = _separate_accents(text.translate(_SAME))
    text = _DASH.sub(", ", text)
    kept = "".join(char if char.isalnum() or char in _PUNCTUATION else " " for char in text)
    kept = _SPACE_BEFORE.sub(r"\1", _SPACES.sub(" ", kept))
    kept = _REPEATED_PAUSE.sub(",", kept).lstrip(" .,;:!?'-%+&@/" + _ACUTE).rstrip()
    if not any(char.isalnum() for char in kept):
        raise SynthesisError("there is nothing to say: the text holds no letter or digit")
    return kept


def sentences(text: str) -> list[str]:
    """Split speakable text after its full stops, question and exclamation marks."""
    return [part for part in _SENTENCE_END.split(text) if any(char.isalnum() for char in part)]


def without_stress(text: str) -> str:
    """Drop the stress marks, for engines that would read them out or stumble."""
    return text.replace(_ACUTE, "")


def stress_before(text: str, mark: str) -> str:
    """Turn ``а́`` into ``<mark>а``, the way Festival's Russian voice wants it."""
    return re.sub(f"(.){_ACUTE}", lambda match: mark + match[1], text)


def russian_letters(text: str) -> str:
    """Write Kazakh letters as the nearest Russian ones: Kazakh names in a Russian sentence, for a Russian voice."""
    return text.translate(_KAZAKH_AS_RUSSIAN)


def _separate_accents(text: str) -> str:
    # Compose first so that й and ё are letters, then take the stress apart from the vowel that bears it.
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        unicodedata.normalize("NFD", char) if _ACUTE in unicodedata.normalize("NFD", char) else char
        for char in composed
    )
