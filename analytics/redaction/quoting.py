"""Quotes in what was made of a contact, without its personal data: documents as JSON, whatever step made them.

A quote is an object with a text and its seconds. Where it stands word for word in the contact, its words are taken from
there, marks and all. Where it does not (words as an expression's matcher parts them), every word that a span near it
holds is replaced wherever it comes in the quote.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from analytics.conversation import Conversation, Utterance
from analytics.redaction.redacting import marked
from analytics.redaction.values import Span
from engine.spoken.scanning import fold

_WORD: Final = re.compile(r"\w+")
_FREE_TEXTS: Final = frozenset({"condition", "reason", "note"})
"""Fields with words of the contact and without seconds."""
_SLACK_S: Final = 0.01
"""Seconds may have been rounded."""


def redacted_document(document: Any, conversation: Conversation, spans: Sequence[Span]) -> Any:
    """Return a step's document with its quotes as others may see them.

    Args:
        document: as `analytics.documents` makes it.
        conversation: as it was said.
        spans: of `redact`.
    """
    return _Quotes(conversation, spans).without(document) if spans else document


class _Quotes:
    def __init__(self, conversation: Conversation, spans: Sequence[Span]) -> None:
        shown = marked(conversation, spans).utterances
        self._utterances = list(zip(conversation.utterances, shown, strict=True))
        self._taken: list[tuple[Utterance, dict[str, str]]] = []
        for span in spans:
            utterance = conversation.utterances[span.utterance]
            words = (word.text for word in utterance.words[span.first : span.stop])
            self._taken.append((utterance, {piece: span.kind.mark for word in words for piece in _pieces(word)}))

    def without(self, document: Any) -> Any:
        if isinstance(document, list):
            return [self.without(one) for one in document]
        if not isinstance(document, dict):
            return document
        found = {
            key: self._anywhere(value) if key in _FREE_TEXTS and isinstance(value, str) else self.without(value)
            for key, value in document.items()
        }
        text, start_s, end_s = (document.get(name) for name in ("text", "start_s", "end_s"))
        if isinstance(text, str) and isinstance(start_s, int | float) and isinstance(end_s, int | float):
            found["text"] = self._quote(text, start_s, end_s)
        return found

    def _quote(self, text: str, start_s: float, end_s: float) -> str:
        """Return a quote as it may be shown."""
        near = [one for one in self._utterances if _meet(one[0], start_s, end_s)]
        wanted = text.split()
        if not wanted:  # a place without words, such as silence
            return text
        for said, shown in near:
            texts = [word.text for word in said.words]
            for at in range(len(texts) - len(wanted) + 1):
                same = texts[at : at + len(wanted)] == wanted
                if same and abs(said.words[at].start_s - start_s) <= _SLACK_S:
                    return " ".join(word.text for word in shown.words[at : at + len(wanted)])
        return _replaced(text, (marks for one, marks in self._taken if _meet(one, start_s, end_s)))

    def _anywhere(self, text: str) -> str:
        return _replaced(text, (marks for _, marks in self._taken))


def _meet(one: Utterance, start_s: float, end_s: float) -> bool:
    return one.start_s <= end_s + _SLACK_S and start_s <= one.end_s + _SLACK_S


def _pieces(text: str) -> list[str]:
    return [fold(one) for one in _WORD.findall(text)]


def _replaced(text: str, taken: Iterable[dict[str, str]]) -> str:
    marks = {piece: mark for one in taken for piece, mark in one.items()}
    return _WORD.sub(lambda found: marks.get(fold(found[0]), found[0]), text)
