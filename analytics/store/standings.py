"""What became of the promises of a contact by now: all contacts of its person, and the payments for the same debt."""

from datetime import datetime, tzinfo

from sqlalchemy import Connection, select

from analytics.documents import from_document
from analytics.payments import Debtor, Joined, PromisedPayment, join_payments, promised_payments
from analytics.pipeline.running import Stored
from analytics.promises import Promise
from analytics.store import contacts as stored
from analytics.store import payments
from analytics.store.schema import contacts, results


def standings(connection: Connection, found: Stored, now: datetime, zone: tzinfo) -> tuple[Joined, ...]:
    """Return what became of each promise of a contact; nothing where it is not known whose it is, or no payment is.

    Args:
        connection: that reads.
        found: the contact.
        now: aware.
        zone: of the days until which payments are known.
    """
    one = found.conversation
    debtor = Debtor.of(one.attributes)
    until = payments.known_until(connection, now, zone)
    if debtor is None or until is None or "promises" not in found.results:
        return ()
    person = stored.person_of(one.attributes)
    promises = {one.contact_id: _promised(found)}
    for contact_id in () if person is None else _promising(connection, person):
        other = stored.load(connection, contact_id)
        promises[contact_id] = () if other is None else _promised(other)
    made = [each for all_of_one in promises.values() for each in all_of_one]
    paid = payments.of_debtors(connection, {each.debtor for each in made} | {debtor})
    joined = join_payments(made, paid, until)
    return tuple(each for each in joined if each.promise.contact_id == one.contact_id)


def _promising(connection: Connection, person: str) -> list[str]:
    query = select(contacts.c.contact_id).join(results, results.c.contact_id == contacts.c.contact_id)
    own = query.where(contacts.c.person == person, results.c.step == "promises")
    return list(connection.execute(own.order_by(contacts.c.started_at)).scalars())


def _promised(found: Stored) -> tuple[PromisedPayment, ...]:
    one = found.conversation
    debtor = Debtor.of(one.attributes)
    if debtor is None or "promises" not in found.results:
        return ()
    promises = from_document(tuple[Promise, ...], found.results["promises"].document)
    return promised_payments(one, promises, debtor)
