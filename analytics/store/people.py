"""Whose contacts are stored: all of one person, found by client, account or contact, and every row about them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, or_, select

from analytics.alerts.schema import metadata as of_alerts
from analytics.pipeline.orders import order_of
from analytics.store.schema import contacts, jobs
from analytics.store.schema import metadata as of_contacts

_PAGE: Final = 200


@dataclass(frozen=True, slots=True)
class Person:
    """By what a person is known.

    Args:
        clients: keyed hashes of the client; several where one account is held by several.
        accounts: of this person alone.
        shared: accounts of this person that other clients hold too.
        contacts: ids.
    """

    clients: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    contacts: frozenset[str] = frozenset()


def find_person(connection: Connection, given: str) -> Person:
    """Return what is known of a person; nothing is found of one who is not.

    What is kept under an account alone belongs to its client where there is one; where several clients share the
    account, to none of them.

    Args:
        connection: that reads.
        given: a client's hash, an account, or a contact's id. Of an account all its clients are returned.
    """
    account = contacts.c.attributes["account"].as_string()
    one = connection.execute(select(contacts.c.attributes).where(contacts.c.contact_id == given)).scalar()
    known = {"client_hash": given, "account": given} if one is None else dict(one)
    client = known.get("client_hash")
    clients = {client} if client and _any(connection, contacts.c.person == f"client {client}") else set[str]()
    accounts = {known["account"]} if "account" in known else set[str]()
    if clients and one is None:
        accounts = set()  # a client was given, and no account
    if not clients:
        clients = _of(connection, "client_hash", account.in_(accounts))
    by_client = contacts.c.person.in_([f"client {one}" for one in clients])
    held = _of(connection, "account", by_client) | accounts
    holders = {one: _of(connection, "client_hash", account == one) for one in held}
    shared = frozenset(one for one in held if holders[one] - clients)
    own = frozenset(held - shared)
    found = connection.execute(
        select(contacts.c.contact_id).where(
            or_(by_client, contacts.c.person.in_([f"account {one}" for one in own]), contacts.c.contact_id == given)
        )
    ).scalars()
    person = Person(frozenset(clients), own, shared, frozenset(found))
    waiting = frozenset(contact_id for contact_id, attributes in _unstored(connection) if _is_of(attributes, person))
    return Person(person.clients, person.accounts, person.shared, person.contacts | waiting)


def rows_about(connection: Connection, contact_ids: Iterable[str]) -> Mapping[str, list[dict[str, Any]]]:
    """Return every row about contacts as it is stored, opened, by table; but for the search index, made from them."""
    wanted, found = list(contact_ids), dict[str, list[dict[str, Any]]]()
    for table in (*of_contacts.sorted_tables, *of_alerts.sorted_tables):
        if "contact_id" in table.c:
            found[table.name] = list(_rows(connection, table, wanted))
    return found


def job_days(connection: Connection, contact_ids: Iterable[str]) -> Mapping[str, datetime]:
    """Return when contacts were queued that are not stored: of those that wait or were set aside."""
    wanted = list(contact_ids)
    query = select(jobs.c.contact_id, jobs.c.queued_at).where(jobs.c.contact_id.in_(wanted))
    stored = select(contacts.c.contact_id).where(contacts.c.contact_id == jobs.c.contact_id)
    return {row.contact_id: row.queued_at for row in connection.execute(query.where(~stored.exists()))}


def _any(connection: Connection, which: Any) -> bool:
    return connection.execute(select(contacts.c.contact_id).where(which).limit(1)).first() is not None


def _of(connection: Connection, attribute: str, which: Any) -> set[str]:
    """Return the values of an attribute among some contacts."""
    value = contacts.c.attributes[attribute].as_string()
    return {one for one in connection.execute(select(value).where(which).distinct()).scalars() if one is not None}


def _unstored(connection: Connection) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the contacts that wait or were set aside: their attributes lie in orders, which may be sealed."""
    stored = select(contacts.c.contact_id).where(contacts.c.contact_id == jobs.c.contact_id)
    query = select(jobs.c.contact_id, jobs.c.order).where(~stored.exists())
    for row in connection.execution_options(yield_per=_PAGE).execute(query):
        yield row.contact_id, order_of(row.order).attributes


def _is_of(attributes: Mapping[str, str], person: Person) -> bool:
    if "client_hash" in attributes:
        return attributes["client_hash"] in person.clients
    return attributes.get("account") in person.accounts


def _rows(connection: Connection, table: Table, wanted: list[str]) -> Iterator[dict[str, Any]]:
    for begin in range(0, len(wanted), _PAGE):
        query = select(table).where(table.c.contact_id.in_(wanted[begin : begin + _PAGE]))
        yield from (dict(row) for row in connection.execute(query).mappings())
