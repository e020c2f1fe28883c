"""What analytics keeps in its database, for planning; `contacts.erase` and `payments.forget` of its store delete it."""

from collections.abc import Iterator
from datetime import timedelta, timezone
from typing import Final

from sqlalchemy import Connection, select

from analytics.retention.planning import Kept
from analytics.store import payments
from analytics.store.schema import contacts
from engine.law import Record

_PAYMENT: Final = "payment "
"""Before its id, lest a payment be taken for a contact."""


def kept_contacts(connection: Connection) -> Iterator[Kept]:
    """Yield the contacts that are stored, oldest first."""
    query = select(contacts.c.contact_id, contacts.c.started_at, contacts.c.utc_offset_s)
    for contact_id, started_at, offset_s in connection.execute(query.order_by(contacts.c.started_at)):
        made_on = started_at.astimezone(timezone(timedelta(seconds=offset_s))).date()
        yield Kept(contact_id, Record.TRANSCRIPT, made_on, contact_id)


def kept_payments(connection: Connection) -> Iterator[Kept]:
    """Yield the payments that are stored, oldest first; `payment_id_of` leads back to them."""
    for payment, contact_ids in payments.kept(connection):
        yield Kept(f"{_PAYMENT}{payment.payment_id}", Record.PAYMENT, payment.paid_on, "", contacts=contact_ids)


def payment_id_of(item: Kept) -> str:
    """Return the id of a payment that is kept."""
    return item.item_id.removeprefix(_PAYMENT)
