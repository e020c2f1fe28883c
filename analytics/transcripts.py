"""Utterances as documents: what JSON holds of them, in a form that takes little room."""

from collections.abc import Sequence
from typing import Any, Final

from analytics.conversation import Role, Utterance
from engine.speech import Language, Word

_DIGITS: Final = 3
"""Of seconds and confidences."""


def utterances_document(utterances: Sequence[Utterance]) -> list[Any]:
    """Return utterances as a document; a word is a row of text, start, end and confidence."""
    return [
        {
            "role": one.role.value,
            "start_s": round(one.start_s, _DIGITS),
            "end_s": round(one.end_s, _DIGITS),
            "language": None if one.language is None else one.language.value,
            "words": [
                [word.text, round(word.start_s, _DIGITS), round(word.end_s, _DIGITS), round(word.confidence, _DIGITS)]
                for word in one.words
            ],
        }
        for one in utterances
    ]


def utterances_of(document: Sequence[Any]) -> tuple[Utterance, ...]:
    """Return the utterances of a document."""
    return tuple(
        Utterance(
            Role(one["role"]),
            tuple(Word(*word) for word in one["words"]),
            one["start_s"],
            one["end_s"],
            None if one["language"] is None else Language(one["language"]),
        )
        for one in document
    )
