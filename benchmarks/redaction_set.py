"""The published conversations with personal data (``tests/data/redaction``): loading, and what is marked in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import yaml

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.redaction import Kind
from engine.speech import Language, Word

FOLDER: Final = Path(__file__).parents[1] / "tests" / "data" / "redaction"
PAUSE_S: Final = 0.5
WORD_S: Final = 0.4
_LINE: Final = re.compile(r"(agent|bot|client): (.+)")
_MARK: Final = re.compile(r"\[(\w+): ([^\[\]]+)\]")
_STARTED_AT: Final = datetime(2026, 11, 18, 10, tzinfo=UTC)
FIELDS: Final = frozenset({"id", "kind", "topic", "people", "lines"})


class Split(StrEnum):
    """Which half."""

    DEVELOPMENT = "development"
    HELDOUT = "heldout"


@dataclass(frozen=True, slots=True)
class Marked:
    """Words that must go: utterance, first word, the index behind the last, kind."""

    utterance: int
    first: int
    stop: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class MarkedConversation:
    """A conversation with what must go.

    Args:
        conversation: words at an even pace.
        topic: what it tries above all.
        spoken: whether it is written as a recogniser writes.
        people: names that are known beforehand.
        marks: what must go.
    """

    conversation: Conversation
    topic: str
    spoken: bool
    people: tuple[str, ...]
    marks: tuple[Marked, ...]


def path_of(language: Language, split: Split) -> Path:
    """Return the file of a language and half."""
    return FOLDER / split / f"{language}.yaml"


def load(language: Language, split: Split) -> Iterator[MarkedConversation]:
    """Yield the conversations of a file.

    Raises:
        ValueError: one is laid out otherwise; the message names the file and the conversation.
    """
    path = path_of(language, split)
    seen: set[str] = set()
    for row in yaml.safe_load(path.read_text("utf-8")):
        place = f"{path}: {row.get('id')}"
        if not row.keys() <= FIELDS or row["kind"] not in ("spoken", "written") or row["id"] in seen:
            raise ValueError(f"{place}: an unknown field or kind, or an id that was before")
        seen.add(row["id"])
        yield _conversation(place, row, language)


def _conversation(place: str, row: dict[str, Any], language: Language) -> MarkedConversation:
    utterances, marks, now_s = [], [], 0.0
    for index, line in enumerate(row["lines"].splitlines()):
        found = _LINE.fullmatch(line.strip())
        if found is None:
            raise ValueError(f"{place}: line {index + 1} has no role before it")
        texts: list[str] = []
        for piece in re.split(r"(\[\w+: [^\[\]]+\])", found[2]):
            mark = _MARK.fullmatch(piece)
            words = (mark[2] if mark else piece).split()
            if "[" in piece and mark is None:
                raise ValueError(f"{place}: line {index + 1} has a mark that does not end")
            if mark:
                marks.append(Marked(index, len(texts), len(texts) + len(words), Kind(mark[1])))
            texts += [word for word in words if re.search(r"\w", word)]
        step_s = WORD_S if row["kind"] == "spoken" else 0.0
        words_at = tuple(
            Word(text, now_s + at * step_s, now_s + (at + 1) * step_s, 1.0) for at, text in enumerate(texts)
        )
        end_s = now_s + len(texts) * step_s
        utterances.append(Utterance(Role(found[1]), words_at, now_s, end_s, language))
        now_s = end_s + PAUSE_S
    medium = Medium.CALL if row["kind"] == "spoken" else Medium.CHAT
    conversation = Conversation(row["id"], medium, _STARTED_AT, now_s, tuple(utterances))
    return MarkedConversation(
        conversation, row["topic"], row["kind"] == "spoken", tuple(row.get("people", ())), tuple(marks)
    )
