"""What a caller really heard of a line that was cut, told from how much of its audio was played.

No voice in use reports where its words lie, so their places are estimated: words share the time of the clip by their
letters, after the pauses that punctuation makes are taken out. `benchmarks/heard_words.py` compares the estimate with
the boundaries that espeak-ng, Piper and Festival know inside.
"""

import re

_VOWELS = frozenset("аеёиоуыэюяәіөұүaeiouy")
_VOWEL, _CONSONANT, _WORD = 7.0, 6.0, 5.0
"""Relative length of a vowel letter, another letter or digit, and of what every word costs beyond its letters; least
squares over four voices, Russian, Kazakh and English."""

_PAUSES_S = {",": 0.2, ";": 0.25, ":": 0.3, "—": 0.2, "–": 0.2, ".": 0.35, "!": 0.35, "?": 0.35, "…": 0.35}
"""Silence after a mark; means over the same voices."""
_MARKS = re.compile(r"[^\w]+$")
_LEAD_S, _TAIL_S = 0.02, 0.12
"""Silence that a clip begins and ends with."""
_MOST_SILENCE = 0.6
"""Share of a clip that pauses may take before they are squeezed, for voices faster than those measured."""


def heard_text(text: str, duration_s: float, heard_s: float) -> str:
    """Return the beginning of a line that the caller heard: the words of which the greater part was played.

    Args:
        text: of the whole line.
        duration_s: length of the line's clip in seconds.
        heard_s: seconds of it that were played.

    Returns:
        The text up to and with the last word heard; all of it where all was played, nothing where too little was.
    """
    if heard_s >= duration_s:
        return text
    end = 0
    for word_end, middle_s in _word_middles(text, duration_s):
        if middle_s > heard_s:
            break
        end = word_end
    return text[:end]


def _word_middles(text: str, duration_s: float) -> list[tuple[int, float]]:
    """Return for each word where it ends in the text, and the second at which half of it was spoken."""
    words = list(re.finditer(r"\S+", text))
    weights = [_weight(word[0]) for word in words]
    pauses = [_pause_s(word[0]) for word in words]
    silence_s = _LEAD_S + _TAIL_S + sum(pauses[:-1])
    squeeze = min(1.0, _MOST_SILENCE * duration_s / silence_s)
    seconds_a_unit = (duration_s - squeeze * silence_s) / max(sum(weights), 1.0)
    middles, at_s = [], squeeze * _LEAD_S
    for word, weight, pause_s in zip(words, weights, pauses, strict=True):
        length_s = weight * seconds_a_unit
        middles.append((word.end(), at_s + length_s / 2))
        at_s += length_s + squeeze * pause_s
    return middles


def _weight(word: str) -> float:
    letters = [char for char in word.lower() if char.isalnum()]
    return sum(_VOWEL if char in _VOWELS else _CONSONANT for char in letters) + _WORD if letters else 0.0


def _pause_s(word: str) -> float:
    marks = _MARKS.search(word)
    return max((_PAUSES_S.get(mark, 0.0) for mark in marks[0]), default=0.0) if marks else 0.0
