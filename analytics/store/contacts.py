"""Contacts with their transcripts and results, to rows and back."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, Text, cast, delete, func, insert, select

from analytics import alerts, search
from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.measures.history import PastContact, settled
from analytics.payments.values import Debtor
from analytics.pipeline.orders import Order, order_document, order_of
from analytics.pipeline.running import Made, Stored
from analytics.store import payments, reviews
from analytics.store.jobs import JobState
from analytics.store.schema import contacts, jobs, results, transcripts
from analytics.transcripts import utterances_document, utterances_of
from engine.calls import Disposition

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One line about a contact.

    Args:
        contact_id: of it.
        medium: how it was held.
        started_at: where the client is.
        duration_s: of the whole contact.
        attributes: what is known of it.
    """

    contact_id: str
    medium: Medium
    started_at: datetime
    duration_s: float
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Totals:
    """Of the contacts of a run.

    Args:
        contacts: how many.
        seconds: of all of them.
        promises: found in them.
        warnings: about their recordings, each with the files that it is about.
    """

    contacts: int
    seconds: float
    promises: int
    warnings: Mapping[str, Sequence[str]]


def load(connection: Connection, contact_id: str) -> Stored | None:
    """Return all that is stored of a contact, or None."""
    row = connection.execute(select(contacts).where(contacts.c.contact_id == contact_id)).mappings().one_or_none()
    if row is None:
        return None
    query = select(transcripts).where(transcripts.c.contact_id == contact_id)
    words = connection.execute(query).mappings().one()
    made = connection.execute(select(results).where(results.c.contact_id == contact_id)).mappings()
    line = _line(row)
    conversation = Conversation(
        *(contact_id, line.medium, line.started_at, line.duration_s),
        *(utterances_of(words["utterances"]), line.attributes),
    )
    return Stored(
        conversation,
        Made(words["version"], words["digest"], words["utterances"]),
        MappingProxyType({one["step"]: Made(one["version"], one["digest"], one["document"]) for one in made}),
        tuple(row["warnings"]),
    )


def save(connection: Connection, order: Order, found: Stored, at: datetime) -> None:
    """Store a contact in place of what was stored of it."""
    contact_id = order.contact_id
    connection.execute(delete(contacts).where(contacts.c.contact_id == contact_id))
    conversation = found.conversation
    offset = conversation.started_at.utcoffset()
    assert offset is not None, "a conversation's start is aware"
    connection.execute(
        insert(contacts),
        {
            "contact_id": contact_id,
            "medium": conversation.medium.value,
            "started_at": conversation.started_at,
            "utc_offset_s": round(offset.total_seconds()),
            "duration_s": conversation.duration_s,
            "attributes": dict(conversation.attributes),
            "order": order_document(order),
            "warnings": list(found.warnings),
            "stored_at": at,
            "person": person_of(conversation.attributes),
            **asdict(speakers(conversation.utterances)),
        },
    )
    words = {"contact_id": contact_id, "utterances": utterances_document(conversation.utterances), "stored_at": at}
    made = found.transcript
    connection.execute(insert(transcripts), {**words, "version": made.version, "digest": made.digest})
    rows = [_result(contact_id, step, one, at) for step, one in found.results.items()]
    if rows:
        connection.execute(insert(results), rows)


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who spoke in a contact.

    Args:
        reached: the client took part.
        agent: one of the bank's people did.
        client_words: the client's words were understood.
    """

    reached: bool
    agent: bool
    client_words: bool


def speakers(utterances: Sequence[Utterance]) -> Speakers:
    """Return who spoke."""
    roles = {one.role for one in utterances}
    understood = any(one.words for one in utterances if one.role is Role.CLIENT)
    return Speakers(Role.CLIENT in roles, Role.AGENT in roles, understood)


def person_of(attributes: Mapping[str, str]) -> str | None:
    """Return whose contact it is, by the hash of the client, else by the account; None where neither is known."""
    if "client_hash" in attributes:
        return f"client {attributes['client_hash']}"
    return f"account {attributes['account']}" if "account" in attributes else None


def of_person(connection: Connection, person: str) -> tuple[PastContact, ...]:
    """Return all contacts of a person, in every medium, by their start."""
    columns = (contacts.c.contact_id, contacts.c.medium, contacts.c.started_at, contacts.c.attributes)
    query = select(*columns, contacts.c.reached).where(contacts.c.person == person)
    rows = connection.execute(query.order_by(contacts.c.started_at, contacts.c.contact_id))
    return tuple(
        PastContact(
            row.contact_id,
            row.started_at,
            Medium(row.medium),
            _settled(row.attributes.get("outcome")),
            reached=row.reached,
            inbound=row.attributes.get("direction") == "inbound",
        )
        for row in rows
    )


def erase(connection: Connection, contact_id: str) -> bool:
    """Delete all that is known of a contact, its jobs too; return whether there was anything.

    With the last contact of a person go the payments that were told of the same debt.
    """
    query = select(contacts.c.attributes).where(contacts.c.contact_id == contact_id)
    attributes = connection.execute(query).scalar_one_or_none() or {}
    search.remove(connection, contact_id)
    alerts.forget(connection, contact_id)
    reviews.forget(connection, contact_id)
    gone = connection.execute(delete(contacts).where(contacts.c.contact_id == contact_id)).rowcount
    debtor = Debtor.of(attributes)
    if debtor is not None and not _others_of(connection, attributes):
        payments.forget_debtor(connection, debtor)
    return bool(gone + connection.execute(delete(jobs).where(jobs.c.contact_id == contact_id)).rowcount)


def _others_of(connection: Connection, attributes: Mapping[str, str]) -> bool:
    """Whether there are contacts of the same person, by hash or by account."""
    names = {"client_hash": "client", "account": "account"}
    people = [f"{kind} {attributes[name]}" for name, kind in names.items() if name in attributes]
    found = select(contacts.c.contact_id).where(contacts.c.person.in_(people)).limit(1)
    return not people or connection.execute(found).first() is not None


def latest(connection: Connection, limit: int) -> tuple[ContactLine, ...]:
    """Return the contacts that began last, newest first."""
    query = select(contacts).order_by(contacts.c.started_at.desc(), contacts.c.contact_id).limit(limit)
    return tuple(_line(row) for row in connection.execute(query).mappings())


def beginning_with(connection: Connection, begin: str, limit: int) -> tuple[str, ...]:
    """Return ids that begin so, so that nobody has to type a whole one."""
    query = select(contacts.c.contact_id).where(func.substr(contacts.c.contact_id, 1, len(begin)) == begin)
    return tuple(connection.execute(query.order_by(contacts.c.contact_id).limit(limit)).scalars())


def totals(connection: Connection, run: str) -> Totals:
    """Return what the contacts of a run come to."""
    of_run = select(jobs.c.contact_id).where(jobs.c.run == run, jobs.c.state == JobState.DONE.value)
    own = contacts.c.contact_id.in_(of_run)
    number, seconds = connection.execute(select(func.count(), func.sum(contacts.c.duration_s)).where(own)).one()
    promised = select(results.c.document).where(results.c.step == "promises", results.c.contact_id.in_(of_run))
    warned = select(contacts.c.warnings, contacts.c.order).where(own, cast(contacts.c.warnings, Text) != "[]")
    warnings = defaultdict[str, list[str]](list)
    for row in connection.execute(warned.order_by(contacts.c.contact_id).execution_options(yield_per=_PAGE)):
        for warning in row.warnings:  # of a recording, after its name
            path = row.order["recording"]["path"]
            warnings[warning.removeprefix(f"{path}: ")].append(path)
    documents = connection.execute(promised.execution_options(yield_per=_PAGE)).scalars()
    return Totals(number, seconds or 0.0, sum(map(len, documents)), warnings)


def count(connection: Connection) -> int:
    """Return how many contacts are stored."""
    found: int = connection.execute(select(func.count()).select_from(contacts)).scalar_one()
    return found


def orders(connection: Connection, page: int = _PAGE) -> Iterator[Order]:
    """Yield what every contact was made from, to make it anew; between pages of them others may be stored."""
    last = ""
    while True:
        query = select(contacts.c.contact_id, contacts.c.order).where(contacts.c.contact_id > last)
        rows = connection.execute(query.order_by(contacts.c.contact_id).limit(page)).all()
        connection.commit()  # no snapshot is held while what was read is queued
        if not rows:
            return
        for contact_id, document in rows:
            last = contact_id
            yield order_of(document)


def _settled(outcome: str | None) -> bool | None:
    return settled(Disposition(outcome)) if outcome in set(Disposition) else None


def _line(row: RowMapping) -> ContactLine:
    zone = timezone(timedelta(seconds=row["utc_offset_s"]))
    return ContactLine(
        row["contact_id"],
        Medium(row["medium"]),
        row["started_at"].astimezone(zone),
        row["duration_s"],
        MappingProxyType(dict(row["attributes"])),
    )


def _result(contact_id: str, step: str, made: Made, at: datetime) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "step": step,
        "version": made.version,
        "digest": made.digest,
        "document": made.document,
        "stored_at": at,
    }
