"""Words of the tokens that sherpa-onnx's models tell."""

from collections.abc import Sequence
from math import exp

from engine.speech import Word

UNKNOWN_CONFIDENCE = 0.8
"""Of words from models that give no probabilities: the engine must be told something, and it is not certainty."""

_LETTER_S = 0.06
"""Taken for the length of a word's last letter; models tell beginnings alone."""


def joined(tokens: Sequence[str], starts_s: Sequence[float], log_probs: Sequence[float]) -> tuple[Word, ...]:
    """Put tokens together to words.

    Args:
        tokens: letters with spaces between words, or pieces of words of which the first begins with a space or «▁».
        starts_s: one for each token.
        log_probs: one for each token, or none.
    """
    words: list[Word] = []
    text = ""
    times: list[float] = []
    probs: list[float] = []
    values: Sequence[float | None] = log_probs or [None] * len(tokens)
    for token, start_s, log_prob in [*zip(tokens, starts_s, values, strict=True), (" ", 0.0, None)]:
        letters = token.replace("▁", " ")
        if letters.startswith(" ") and text:
            confidence = exp(sum(probs) / len(probs)) if probs else UNKNOWN_CONFIDENCE
            words.append(Word(text, round(times[0], 3), round(times[-1] + _LETTER_S, 3), round(confidence, 3)))
            text, times, probs = "", [], []
        if letters.strip():
            text += letters.strip()
            times.append(start_s)
            probs += [log_prob] if log_prob is not None else []
    return tuple(words)
