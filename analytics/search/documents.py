"""A contact as it lies in the index: all that an expression asks of it, packed, and read back as it was.

Its words are read for each candidate of a search, so that this is the hot path: rows of numbers, no names.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions.events import Stretch
from analytics.expressions.heard import Heard
from analytics.expressions.tree import EventKind
from engine.speech import Language, Word

Events = Mapping[EventKind, tuple[Stretch, ...]]

_LEVEL: Final = 6
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

    @property
    def heard(self) -> Heard:
        """The contact made ready for expressions, anew."""
        return Heard(self.conversation, self.events)


def pack(indexed: Indexed) -> bytes:
    """Return a contact as bytes."""
    one = indexed.conversation
    written = [
        one.contact_id,
        one.medium.value,
        one.started_at.isoformat(),
        one.duration_s,
        dict(one.attributes),
        dict(indexed.measures),
        {
            kind.value: [(stretch.start_s, stretch.end_s, stretch.role) for stretch in some]
            for kind, some in indexed.events.items()
        },
        list(map(_utterance, one.utterances)),
    ]
    return zlib.compress(
        json.dumps(written, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"), _LEVEL
    )


def unpack(document: bytes) -> Indexed:
    """Return a contact that `pack` wrote."""
    contact_id, medium, started_at, duration_s, attributes, measures, events, rows = json.loads(
        zlib.decompress(document)
    )
    conversation = Conversation(
        contact_id,
        Medium(medium),
        datetime.fromisoformat(started_at),
        duration_s,
        tuple(
            [
                Utterance(_ROLES[role], tuple(map(Word, *words)), start_s, end_s, _LANGUAGES[language])
                for role, start_s, end_s, language, *words in rows
            ]
        ),
        attributes,
    )
    return Indexed(
        conversation, measures, {EventKind(kind): tuple(map(_stretch, some)) for kind, some in events.items()}
    )


def _utterance(one: Utterance) -> list[Any]:
    words = one.words
    return [
        one.role.value,
        one.start_s,
        one.end_s,
        one.language,
        [word.text for word in words],
        [word.start_s for word in words],
        [word.end_s for word in words],
        [word.confidence for word in words],
    ]


def _stretch(row: tuple[float, float, str | None]) -> Stretch:
    start_s, end_s, role = row
    return Stretch(start_s, end_s, None if role is None else _ROLES[role])
