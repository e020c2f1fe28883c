"""What analytics keeps of contacts in its database, for planning; `analytics.store.contacts.erase` deletes it."""

from collections.abc import Iterator
from datetime import timedelta, timezone

from sqlalchemy import Connection, select

from analytics.retention.planning import Kept
from analytics.store.schema import contacts
from engine.law import Record


def kept_contacts(connection: Connection) -> Iterator[Kept]:
    """Yield the contacts that are stored, oldest first."""
    query = select(contacts.c.contact_id, contacts.c.started_at, contacts.c.utc_offset_s)
    for contact_id, started_at, offset_s in connection.execute(query.order_by(contacts.c.started_at)):
        made_on = started_at.astimezone(timezone(timedelta(seconds=offset_s))).date()
        yield Kept(contact_id, Record.TRANSCRIPT, made_on, contact_id)
