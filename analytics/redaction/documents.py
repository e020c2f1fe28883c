"""Spans as JSON-able dicts, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

from analytics.conversation import Role
from analytics.redaction.values import Kind, Span


def as_documents(spans: Iterable[Span]) -> list[dict[str, Any]]:
    """Return spans as JSON holds them; no word of the contact is in them."""
    return [
        {
            "utterance": span.utterance,
            "first": span.first,
            "stop": span.stop,
            "kind": span.kind.value,
            "role": span.role.value,
            "start_s": span.start_s,
            "end_s": span.end_s,
        }
        for span in spans
    ]


def from_documents(documents: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
    """Return the spans of what `as_documents` wrote.

    Raises:
        ValueError: a kind or role is unknown.
        KeyError: a field is missing.
    """
    return tuple(Span(**{**one, "kind": Kind(one["kind"]), "role": Role(one["role"])}) for one in documents)
