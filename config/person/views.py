"""What of a person's contacts and calls is given out: the words as they were, or without what is other people's."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.pipeline.hearing import spread
from analytics.pipeline.orders import order_document, order_of
from analytics.pipeline.running import Stored
from analytics.pipeline.showing import spans_of, without
from analytics.redaction import Kind, Span, marked, redact
from analytics.redaction.quoting import redacted_document
from analytics.redaction.subject import Own, of_others, of_third_person
from engine.calls import Speaker

Row: TypeAlias = dict[str, Any]
Tables: TypeAlias = dict[str, list[Row]]

_STAFF: Final = Kind.NAME.mark
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class View(StrEnum):
    """What is given out of words and sound."""

    OWN = "own"
    REDACTED = "redacted"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True)
class Viewer:
    """Takes out of contacts and calls what a view does not give.

    Args:
        view: that is wanted.
        own: what is the person's own.
    """

    view: View
    own: Own

    def spans(self, found: Stored) -> tuple[Span, ...]:
        """Return what is taken out of a stored contact."""
        return self._taken(found.conversation, spans_of(found))

    def contact(self, found: Stored) -> Stored:
        """Return a stored contact as it is given out."""
        shown = without(found, self.spans(found))
        conversation = shown.conversation
        return replace(shown, conversation=replace(conversation, attributes=self._attributes(conversation.attributes)))

    def tables(self, tables: Tables, stored: Mapping[str, Stored], shown: Mapping[str, Stored]) -> Tables:
        """Return rows as they are given out.

        Args:
            tables: rows by table, opened.
            stored: contacts by their ids.
            shown: the same of `contact`.
        """
        if self.view is View.ORIGINAL:
            return tables
        outcomes = {row["call_id"]: row["disposition"] for row in tables.get("calls", ())}
        given = {name: [self._row(name, row, stored, shown) for row in rows] for name, rows in tables.items()}
        by_call: Tables = {}
        for row in given.get("turns", ()):
            by_call.setdefault(row["call_id"], []).append(row)
        for call_id, rows in by_call.items():
            self._turns(rows, outcomes.get(call_id))
        return given

    def taken_out(self, stored: Mapping[str, Stored]) -> Mapping[str, int]:
        """Return how much was taken out of the words of contacts, by kind."""
        return Counter(span.kind.value for found in stored.values() for span in self.spans(found))

    def _taken(self, conversation: Conversation, spans: Sequence[Span]) -> tuple[Span, ...]:
        match self.view:
            case View.ORIGINAL:
                return ()
            case View.REDACTED:
                return (*spans, *of_third_person(conversation))
            case View.OWN:
                return of_others(conversation, spans, self.own)

    def _attributes(self, attributes: Mapping[str, str]) -> Mapping[str, str]:
        staff = {} if self.view is View.ORIGINAL else {name: _STAFF for name in ("agent",) if name in attributes}
        return {**attributes, **staff}

    def _row(self, table: str, row: Row, stored: Mapping[str, Stored], shown: Mapping[str, Stored]) -> Row:
        """Return a row of any table but `turns` as it is given out."""
        found, given = stored.get(row.get("contact_id", "")), dict(row)
        match table:
            case "analytics_contacts" | "analytics_jobs":
                given |= {"order": self._order(row["order"])}
                if "attributes" in row:
                    given["attributes"] = self._attributes(row["attributes"])
            case "analytics_transcripts" if found is not None:
                given["utterances"] = shown[found.conversation.contact_id].transcript.document
            case "analytics_results" if found is not None:
                given["document"] = shown[found.conversation.contact_id].results[row["step"]].document
            case "analytics_reviews":
                quotes = {name: row[name] for name in ("compared", "note")}
                given |= quotes if found is None else self._quotes(quotes, found)
                given["decided_by"] = row["decided_by"] and _STAFF
            case "alert_letters" if found is not None and row["body"]:
                given["body"] = json.dumps(self._quotes(json.loads(row["body"]), found), ensure_ascii=False)
        return given

    def _quotes(self, document: Any, found: Stored) -> Any:
        return redacted_document(document, found.conversation, self.spans(found))

    def _order(self, document: Any) -> Any:
        order = order_of(document)
        conversation = Conversation(
            order.contact_id, order.medium, order.started_at or _NEVER, order.duration_s, order.known, order.attributes
        )
        shown = self._shown(conversation)
        return order_document(replace(order, known=shown.utterances, attributes=self._attributes(order.attributes)))

    def _shown(self, conversation: Conversation) -> Conversation:
        spans = redact(conversation, self.own.names).spans
        return marked(conversation, self._taken(conversation, spans))

    def _turns(self, rows: Sequence[Row], outcome: str | None) -> None:
        """Take out of a call's turns, as of one conversation: what was said and meant, and each further hypothesis."""
        rows = sorted(rows, key=lambda row: row["start_s"])
        heard = [(row["transcript"] or {}).get("hypotheses", ()) for row in rows]
        best = [row["text"] for row in rows]
        for row, text in zip(rows, self._texts(rows, [row["planned_text"] for row in rows], outcome), strict=True):
            row["planned_text"] = text
        for row, text in zip(rows, self._texts(rows, best, outcome), strict=True):
            row["text"] = text
        found: list[list[Any]] = [[] for _ in rows]
        for place in range(max(map(len, heard), default=0)):
            texts = [some[place]["text"] if place < len(some) else said for some, said in zip(heard, best, strict=True)]
            for index, text in enumerate(self._texts(rows, texts, outcome)):
                if place < len(heard[index]):
                    found[index].append(_hypothesis(heard[index][place], text))
        for row, hypotheses in zip(rows, found, strict=True):
            if row["transcript"] is not None:
                row["transcript"] = {**row["transcript"], "hypotheses": hypotheses}

    def _texts(self, rows: Sequence[Row], texts: Sequence[str], outcome: str | None) -> Iterator[str]:
        said = [
            Utterance(
                Role.CLIENT if row["speaker"] == Speaker.CALLER else Role.BOT,
                spread(text, row["start_s"], row["end_s"], 1.0),
                row["start_s"],
                row["end_s"],
            )
            for row, text in zip(rows, texts, strict=True)
        ]
        duration_s = max((one.end_s for one in said), default=0.0)
        attributes = {} if outcome is None else {"outcome": outcome}
        conversation = Conversation("", Medium.CALL, _NEVER, duration_s, tuple(said), attributes)
        yield from (one.text for one in self._shown(conversation).utterances)


def _hypothesis(stored: Row, text: str) -> Row:
    """Return a hypothesis with another text; its words follow where they are as many."""
    texts, words = text.split(), stored["words"]
    kept = [[new, *word[1:]] for new, word in zip(texts, words, strict=False)] if len(texts) == len(words) else []
    return {**stored, "text": text, "words": kept}
