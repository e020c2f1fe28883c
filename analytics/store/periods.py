"""Contacts of a period by the million: page by page, and of each only what is asked for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

from sqlalchemy import Connection, Select, func, or_, select

from analytics.conversation import Medium, Utterance
from analytics.pipeline.contact import Document
from analytics.store.contacts import Speakers, speakers
from analytics.store.schema import contacts, results, transcripts
from analytics.transcripts import utterances_of

PAGE: Final = 500
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Brief:
    """A contact without its words and results.

    Args:
        contact_id: of it.
        medium: how it was held.
        started_at: where the client is.
        duration_s: of the whole contact.
        attributes: what is known of it.
        person: whose it is; None where nobody tells.
        speakers: who spoke; None where only its words tell.
    """

    contact_id: str
    medium: Medium
    started_at: datetime
    duration_s: float
    attributes: Mapping[str, str]
    person: str | None
    speakers: Speakers | None


def count(connection: Connection, begin: datetime, end: datetime) -> int:
    """Return how many contacts began in a period, its end not included."""
    own = (contacts.c.started_at >= begin, contacts.c.started_at < end)
    found: int = connection.execute(select(func.count()).where(*own)).scalar_one()
    return found


def pages(connection: Connection, begin: datetime, end: datetime) -> Iterator[Sequence[Brief]]:
    """Yield the contacts that began in a period, its end not included, by their start."""
    for rows in _rows(connection, _briefs().where(contacts.c.started_at < end), begin):
        yield [_brief(row) for row in rows]


def starts(connection: Connection) -> Iterator[Sequence[tuple[str, datetime]]]:
    """Yield the ids of all contacts and when they began, where the client was, by their start."""
    query = select(contacts.c.contact_id, contacts.c.started_at, contacts.c.utc_offset_s)
    for rows in _rows(connection, query, _BEGINNING):
        yield [(row.contact_id, _local(row)) for row in rows]


def _rows(connection: Connection, query: Select[Any], begin: datetime) -> Iterator[Sequence[Any]]:
    """Yield contacts by their start, each page by a query of its own, so that none is held in between.

    Each query has one lower bound: of two, SQLite may take the wrong one for its index, and read all pages before.
    """
    ordered = query.order_by(contacts.c.started_at, contacts.c.contact_id).limit(PAGE)
    rows = connection.execute(ordered.where(contacts.c.started_at >= begin)).all()
    while rows:
        yield rows
        at, contact_id = rows[-1].started_at, rows[-1].contact_id
        later = or_(contacts.c.started_at > at, contacts.c.contact_id > contact_id)
        rows = connection.execute(ordered.where(contacts.c.started_at >= at, later)).all()


def documents(
    connection: Connection, contact_ids: Collection[str], steps: Collection[str]
) -> Mapping[str, Mapping[str, Document]]:
    """Return what some steps made of some contacts, by contact and step."""
    found: dict[str, dict[str, Document]] = {contact_id: {} for contact_id in contact_ids}
    wanted = (results.c.contact_id.in_(found), results.c.step.in_(steps))
    for row in connection.execute(select(results.c.contact_id, results.c.step, results.c.document).where(*wanted)):
        found[row.contact_id][row.step] = row.document
    return found


def words(connection: Connection, contact_ids: Collection[str]) -> Mapping[str, tuple[Utterance, ...]]:
    """Return what was said in those of some contacts that are stored, by id."""
    query = select(transcripts.c.contact_id, transcripts.c.utterances).where(transcripts.c.contact_id.in_(contact_ids))
    return {row.contact_id: utterances_of(row.utterances) for row in connection.execute(query)}


def speakers_of(connection: Connection, page: Sequence[Brief]) -> Mapping[str, Speakers]:
    """Return who spoke in some contacts; words are read of those alone of which nothing else tells."""
    untold = words(connection, [one.contact_id for one in page if one.speakers is None])
    return {one.contact_id: one.speakers or speakers(untold.get(one.contact_id, ())) for one in page}


def _briefs() -> Select[Any]:
    named = ("contact_id", "medium", "started_at", "utc_offset_s", "duration_s", "attributes", "person", "reached")
    return select(*(contacts.c[name] for name in (*named, "agent", "client_words")))


def _brief(row: Any) -> Brief:
    told = None if row.agent is None else Speakers(row.reached, row.agent, row.client_words)
    return Brief(
        row.contact_id,
        Medium(row.medium),
        _local(row),
        row.duration_s,
        row.attributes,
        row.person,
        told,
    )


def _local(row: Any) -> datetime:
    started_at: datetime = row.started_at
    return started_at.astimezone(timezone(timedelta(seconds=row.utc_offset_s)))
