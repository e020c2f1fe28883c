"""A contact as it lies in the index: all that an expression asks of it, packed, and read back as it was.

It is read for each candidate of a search, so that this is the hot path: columns of numbers, the words' keys with them,
and utterances are made only of contacts that are shown.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions.columns import Columns, Span, columns_of
from analytics.expressions.events import Stretch
from analytics.expressions.heard import Heard
from analytics.expressions.tree import EventKind
from engine.speech import Language, Word

LAYOUT: Final = 2
"""Of a document and of the full texts; to be raised with any change of them."""

Events = Mapping[EventKind, tuple[Stretch, ...]]

_LEVEL: Final = 6
_END: Final = b"\n"
"""Of the JSON, which has none in it."""
_SCALES: Final = (1_000, 1_000_000)
"""Of integers: times to the millisecond, confidences as recognisers give them."""
_ROLES: Final = {role.value: role for role in Role}
_LANGUAGES: Final = {language.value: language for language in Language} | {None: None}


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is put into the index of one contact.

    Args:
        conversation: as it may be shown: redacted.
        measures: by name; None where one could not be taken.
        events: those that are known from the sound.
    """

    conversation: Conversation
    measures: Mapping[str, float | None] = field(default_factory=dict)
    events: Events = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """What lies in the index of one contact.

    Args:
        columns: its words with their keys.
        measures: as of `Indexed`.
        events: the same.
    """

    columns: Columns
    measures: Mapping[str, float | None]
    events: Events

    @property
    def heard(self) -> Heard:
        """The contact made ready for expressions, anew."""
        return Heard(self.columns, self.events)

    @property
    def indexed(self) -> Indexed:
        """What was put in, anew."""
        return Indexed(self.columns.conversation(), self.measures, self.events)


def document_of(indexed: Indexed) -> Document:
    """Return what lies in the index of a contact; its words get their keys."""
    return Document(columns_of(indexed.conversation), indexed.measures, indexed.events)


def pack(document: Document) -> bytes:
    """Return a document as bytes: what is no number as JSON, columns of numbers behind it."""
    one = document.columns
    columns = [_packed(column) for column in (one.starts_s, one.ends_s, one.confidences)]
    written = [
        LAYOUT,
        *(one.contact_id, one.medium, one.started_at.isoformat(), one.duration_s, dict(one.attributes)),
        dict(document.measures),
        {
            kind.value: [(stretch.start_s, stretch.end_s, stretch.role) for stretch in some]
            for kind, some in document.events.items()
        },
        *(one.spans, one.texts, one.parts, one.keys),
        [scale for scale, _ in columns],
    ]
    head = json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    spellings = np.asarray(one.spellings, "<i4").tobytes()
    return zlib.compress(b"".join([head, _END, spellings, *(numbers for _, numbers in columns)]), _LEVEL)


def unpack(packed: bytes) -> Document:
    """Return a document that `pack` wrote, also one of the first layout, which kept no keys."""
    head, _, numbers = zlib.decompress(packed).partition(_END)
    layout, *written = json.loads(head)
    if layout != LAYOUT:
        return _first_layout(layout, *written)
    contact_id, medium, started_at, duration_s, attributes, measures, events, rows, texts, parts, keys, scales = written
    spans = [
        Span(_ROLES[role], start_s, end_s, _LANGUAGES[language], words)
        for role, start_s, end_s, language, words in rows
    ]
    count = sum([span.words for span in spans])
    spellings = np.frombuffer(numbers, "<i4", count)
    starts_s, ends_s, confidences = _unpacked(numbers[spellings.nbytes :], scales, count)
    columns = Columns(
        *(contact_id, Medium(medium), datetime.fromisoformat(started_at), duration_s, attributes, spans),
        starts_s=starts_s,
        ends_s=ends_s,
        confidences=confidences,
        spellings=spellings.tolist(),
        texts=texts,
        parts=parts,
        keys=keys,
    )
    return Document(columns, measures, _events(events))


def _packed(column: Sequence[float]) -> tuple[int, bytes]:
    """Return numbers as integers of 32 bits and what to divide them by, as doubles where that would change them."""
    values = np.asarray(column, np.float64)
    for scale in _SCALES:
        whole = np.rint(values * scale)
        if np.array_equal(whole / scale, values) and np.abs(whole).max(initial=0) < 1 << 31:
            return scale, whole.astype("<i4").tobytes()
    return 0, values.astype("<f8").tobytes()


def _unpacked(numbers: bytes, scales: Sequence[int], count: int) -> Iterator[list[float]]:
    at = 0
    for scale in scales:
        column = np.frombuffer(numbers, "<i4" if scale else "<f8", count, at)
        at += column.nbytes
        yield (column / scale if scale else column).tolist()


def _first_layout(
    contact_id: str,
    medium: str,
    started_at: str,
    duration_s: float,
    attributes: dict[str, str],
    measures: dict[str, float | None],
    events: dict[str, Any],
    rows: list[Sequence[Any]],
) -> Document:
    utterances = tuple(
        Utterance(_ROLES[role], tuple(map(Word, *words)), start_s, end_s, _LANGUAGES[language])
        for role, start_s, end_s, language, *words in rows
    )
    conversation = Conversation(
        contact_id, Medium(medium), datetime.fromisoformat(started_at), duration_s, utterances, attributes
    )
    return Document(columns_of(conversation), measures, _events(events))


def _events(events: dict[str, Any]) -> Events:
    return {
        EventKind(kind): tuple(
            Stretch(start_s, end_s, None if role is None else _ROLES[role]) for start_s, end_s, role in some
        )
        for kind, some in events.items()
    }
