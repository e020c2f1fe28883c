"""What analytics keeps of contacts in its database, for planning and for deletion."""

from collections.abc import Iterator
from datetime import timedelta, timezone

from sqlalchemy import Connection, select

from analytics import search
from analytics.retention.planning import Kept
from analytics.store.contacts import erase
from analytics.store.schema import contacts
from engine.law import Record


def kept_contacts(connection: Connection) -> Iterator[Kept]:
    """Yield the contacts that are stored, oldest first."""
    query = select(contacts.c.contact_id, contacts.c.started_at, contacts.c.utc_offset_s).order_by(
        contacts.c.started_at
    )
    for contact_id, started_at, offset_s in connection.execute(query):
        made_on = started_at.astimezone(timezone(timedelta(seconds=offset_s))).date()
        yield Kept(contact_id, Record.TRANSCRIPT, made_on, contact_id)


def remove_contact(connection: Connection, item: Kept) -> None:
    """Delete all that is known of a contact: transcript, results, jobs and its place in the search index.

    Args:
        connection: with a transaction that writes.
        item: of `kept_contacts`.
    """
    search.remove(connection, item.contact_id)
    erase(connection, item.contact_id)
