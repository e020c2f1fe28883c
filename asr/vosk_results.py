"""Reads Vosk's JSON results, in-process or from a vosk-server, and joins the segments of one utterance.

Vosk ends a segment at each pause it finds, and whenever a final result is asked for. An utterance is the segments in
their order.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from math import exp
from typing import Any

from engine.errors import RecognitionError
from engine.speech import Hypothesis, Language, Transcript, Word

Readings = tuple[Hypothesis, ...]
"""The readings of one segment, best first; empty where nothing was heard."""


def segment_readings(message: str, offset_s: float = 0.0) -> Readings:
    """Read a result or final result.

    Without alternatives Vosk gives a confidence per word (a posterior over its lattice), and the reading's confidence
    is their mean. With alternatives it gives log-likelihoods instead, and the confidence is the share that each has
    among those returned.

    Args:
        message: JSON as Vosk writes it.
        offset_s: added to the words' times.

    Raises:
        RecognitionError: not a result of Vosk's.
    """
    body = _body(message)
    try:
        if "alternatives" in body:
            return _alternatives(body["alternatives"], offset_s)
        hypothesis = _hypothesis(body, offset_s)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _foreign(message) from error
    return (hypothesis,) if hypothesis.text else ()


def partial_text(message: str) -> str:
    """Return the words of a partial result, or an empty string where the message is none.

    Raises:
        RecognitionError: the message is no JSON object.
    """
    return _clean(str(_body(message).get("partial", "")))


def is_segment(message: str) -> bool:
    """Whether the message ends a segment, as opposed to a partial result.

    Raises:
        RecognitionError: the message is no JSON object.
    """
    return "partial" not in _body(message)


def join_segments(segments: Sequence[Readings], limit: int) -> Readings:
    """Join segments into readings of the whole utterance, best first.

    Args:
        segments: in their order.
        limit: how many readings to keep at most.
    """
    joined: list[Hypothesis] = []
    for readings in segments:
        if not readings:
            continue
        pairs = [_concatenated(left, right) for left in joined for right in readings] if joined else list(readings)
        joined = sorted(pairs, key=lambda hypothesis: -hypothesis.share)[:limit]
    return tuple(joined)


def utterance(segments: Sequence[Readings], limit: int, heard_s: float, language: Language | str) -> Transcript:
    """Return the transcript of an utterance.

    Args:
        segments: in their order.
        limit: how many readings to keep at most.
        heard_s: length of all audio, the end where no word has a time.
        language: of the recogniser.
    """
    hypotheses = join_segments(segments, limit)
    words = hypotheses[0].words if hypotheses else ()
    start_s, end_s = (words[0].start_s, words[-1].end_s) if words else (0.0, heard_s)
    return Transcript(hypotheses, start_s, end_s, language)


def _body(message: str) -> dict[str, Any]:
    try:
        body = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise _foreign(message) from error
    if not isinstance(body, dict):
        raise _foreign(message)
    return body


def _foreign(message: str) -> RecognitionError:
    return RecognitionError(f"not a result in Vosk's form: {message[:200]!r}")


def _hypothesis(body: dict[str, Any], offset_s: float) -> Hypothesis:
    words = tuple(
        Word(word["word"], word["start"] + offset_s, word["end"] + offset_s, float(word.get("conf", 1.0)))
        for word in body.get("result", ())
        if not _is_noise(word["word"])
    )
    text = _clean(str(body["text"]))
    confidence = sum(word.confidence for word in words) / len(words) if words else float(bool(text))
    return Hypothesis(text, confidence, words)


def _alternatives(bodies: list[dict[str, Any]], offset_s: float) -> Readings:
    scores = [float(body["confidence"]) for body in bodies]
    weights = [exp(score - max(scores)) for score in scores]
    shares: dict[str, float] = {}
    readings: dict[str, Hypothesis] = {}
    for body, weight in zip(bodies, weights, strict=True):
        hypothesis = _hypothesis(body, offset_s)
        readings.setdefault(hypothesis.text, hypothesis)
        shares[hypothesis.text] = shares.get(hypothesis.text, 0.0) + weight / sum(weights)
    heard = [_with_confidence(hypothesis, shares[text]) for text, hypothesis in readings.items() if text]
    return tuple(sorted(heard, key=lambda hypothesis: -hypothesis.confidence))


def _with_confidence(hypothesis: Hypothesis, confidence: float) -> Hypothesis:
    words = tuple(replace(word, confidence=confidence) for word in hypothesis.words)
    return Hypothesis(hypothesis.text, confidence, words, share=confidence)


def _concatenated(left: Hypothesis, right: Hypothesis) -> Hypothesis:
    count_left, count_right = len(left.text.split()), len(right.text.split())
    confidence = (left.confidence * count_left + right.confidence * count_right) / (count_left + count_right)
    return Hypothesis(f"{left.text} {right.text}", confidence, left.words + right.words, left.share * right.share)


def _is_noise(word: str) -> bool:
    """Whether a "word" is one of the model's marks for noise or the unknown, such as ``[unk]``."""
    return word.startswith(("[", "<"))


def _clean(text: str) -> str:
    return " ".join(word for word in text.split() if not _is_noise(word))
