"""A stored contact as it may leave the protected original: words and quotes without personal data."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from analytics.documents import from_document
from analytics.pipeline.contact import Document
from analytics.pipeline.running import Stored
from analytics.redaction import Span, marked, redact
from analytics.redaction.quoting import redacted_document
from analytics.transcripts import utterances_document

_WITHOUT_WORDS = frozenset({"redaction", "search", "alerts"})


def spans_of(found: Stored) -> tuple[Span, ...]:
    """Return the personal data in a contact: as the step ``redaction`` found it, else looked for now."""
    if "redaction" in found.results:
        return from_document(tuple[Span, ...], found.results["redaction"].document)
    return redact(found.conversation).spans


def shown_quotes(document: Document, found: Stored) -> Document:
    """Return a document that quotes a contact, made by whatever, without the contact's personal data."""
    return redacted_document(document, found.conversation, spans_of(found))


def shown(found: Stored) -> Stored:
    """Return a contact without personal data in its words, and in what every step quotes of them."""
    return without(found, spans_of(found))


def without(found: Stored, spans: Sequence[Span]) -> Stored:
    """Return a contact without some of its words, nor quotes of them in what any step made of it."""
    conversation = marked(found.conversation, spans)
    results = {
        step: made
        if step in _WITHOUT_WORDS
        else replace(made, document=redacted_document(made.document, found.conversation, spans))
        for step, made in found.results.items()
    }
    transcript = replace(found.transcript, document=utterances_document(conversation.utterances))
    return replace(found, conversation=conversation, transcript=transcript, results=MappingProxyType(results))
