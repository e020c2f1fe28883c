"""What analytics keeps in its database, for planning; `contacts.erase` and `payments.forget` of its store delete it."""

from collections.abc import Collection, Iterator
from typing import Final

from sqlalchemy import Connection

from analytics.retention.planning import Kept
from analytics.store import payments, periods
from engine.law import Record

_PAYMENT: Final = "payment "
"""Before its id, lest a payment be taken for a contact."""


def kept_contacts(connection: Connection) -> Iterator[Kept]:
    """Yield the contacts that are stored, oldest first; between pages of them others may be deleted."""
    for page in periods.starts(connection):
        connection.commit()  # no snapshot is held while what was read is deleted
        for contact_id, started_at in page:
            yield Kept(contact_id, Record.TRANSCRIPT, started_at.date(), contact_id)


def kept_payments(connection: Connection, named: Collection[str] = ()) -> Iterator[Kept]:
    """Yield the payments that are stored, oldest first; `payment_id_of` leads back to them.

    Args:
        connection: that reads.
        named: contacts by which payments are to be known, such as those of a hold.
    """
    for payment, contact_ids in payments.kept(connection, named):
        connection.commit()
        yield Kept(f"{_PAYMENT}{payment.payment_id}", Record.PAYMENT, payment.paid_on, "", contacts=contact_ids)


def payment_id_of(item: Kept) -> str:
    """Return the id of a payment that is kept."""
    return item.item_id.removeprefix(_PAYMENT)
