"""Payments as the bank's system told them: each once by its id, found by whose debt they are for."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, RowMapping, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from analytics.payments.values import Debtor, Payment
from analytics.store.schema import contacts, payments
from engine.accounts import Currency, Money

_PAGE: Final = 500
"""Ids in one query: SQLite takes 32 766 parameters, of rows with nine columns."""


_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of payments that were given.

    Args:
        new: that were stored, or in a rehearsal would be.
        known: that were stored before, the same.
        differing: ids under which something else is stored; those were left as they are.
    """

    new: int
    known: int
    differing: tuple[str, ...]


def add(connection: Connection, given: Sequence[Payment], at: datetime, *, rehearse: bool = False) -> Added:
    """Store payments that are not stored yet; the same one again changes nothing.

    Args:
        connection: with a transaction that writes, or for a rehearsal one that reads.
        given: each id once.
        at: aware.
        rehearse: store nothing.
    """
    new = known = 0
    differing: list[str] = []
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    for begin in range(0, len(given), _PAGE):
        page = given[begin : begin + _PAGE]
        query = select(payments).where(payments.c.payment_id.in_([one.payment_id for one in page]))
        stored = {row["payment_id"]: _payment(row) for row in connection.execute(query).mappings()}
        fresh = [one for one in page if one.payment_id not in stored]
        differing += [one.payment_id for one in page if stored.get(one.payment_id, one) != one]
        new += len(fresh)
        known += len(page) - len(fresh)
        if fresh and not rehearse:
            connection.execute(insert(payments).on_conflict_do_nothing(), [_row(one, at) for one in fresh])
    return Added(new, known - len(differing), tuple(differing))


def latest(connection: Connection, limit: int) -> tuple[Payment, ...]:
    """Return the payments that came last, newest first."""
    query = select(payments).order_by(payments.c.paid_at.desc(), payments.c.payment_id).limit(limit)
    return tuple(map(_payment, connection.execute(query).mappings()))


def of_debtors(connection: Connection, debtors: Iterable[Debtor]) -> tuple[Payment, ...]:
    """Return the payments that may be for debts of some debtors, by their time."""
    whose = _whose(debtors)
    if not whose:
        return ()
    query = select(payments).where(or_(*whose)).order_by(payments.c.paid_at, payments.c.payment_id)
    return tuple(map(_payment, connection.execute(query).mappings()))


def since(connection: Connection, begin: datetime) -> Iterator[Payment]:
    """Yield all payments from a moment on, by their time."""
    query = select(payments).order_by(payments.c.paid_at, payments.c.payment_id).limit(_PAGE)
    rows = connection.execute(query.where(payments.c.paid_at >= begin)).mappings().all()
    while rows:
        yield from map(_payment, rows)
        last = rows[-1]
        later = or_(payments.c.paid_at > last["paid_at"], payments.c.payment_id > last["payment_id"])
        rows = connection.execute(query.where(payments.c.paid_at >= last["paid_at"], later)).mappings().all()


def known_until(connection: Connection, now: datetime, zone: tzinfo) -> date | None:
    """Return the last day of which all payments are taken to be known: that of the latest one, but a day that is over.

    Args:
        connection: that reads.
        now: aware.
        zone: of the days.
    """
    last: datetime | None = connection.execute(select(func.max(payments.c.paid_at))).scalar_one()
    if last is None:
        return None
    return min(last.astimezone(zone).date(), now.astimezone(zone).date() - timedelta(days=1))


def kept(connection: Connection, named: Collection[str] = ()) -> Iterator[tuple[Payment, tuple[str, ...]]]:
    """Yield every payment with the ids of those of some contacts whose debtor's it is, by its time.

    Args:
        connection: that reads.
        named: ids of the contacts; others are not looked for.
    """
    known = _by_key(_attributes(connection, named))
    for payment in since(connection, _BEGINNING):
        yield payment, tuple(sorted({one for key in _keys(payment.debtor) for one in known.get(key, ())}))


def with_contacts(connection: Connection, contact_ids: Collection[str]) -> Iterator[tuple[Payment, frozenset[str]]]:
    """Yield the payments of some contacts' debtors, each with the ids of all contacts whose debtor's it is.

    Args:
        connection: that reads. All contacts are gone through: nothing else tells who shares a contract.
        contact_ids: of some contacts.
    """
    debtors = map(Debtor.of, dict(_attributes(connection, contact_ids)).values())
    found = of_debtors(connection, [one for one in debtors if one is not None])
    wanted = {key for payment in found for key in _keys(payment.debtor)}
    if not found:
        return
    query = select(contacts.c.contact_id, contacts.c.attributes).execution_options(yield_per=_PAGE)
    rows = ((row.contact_id, row.attributes) for row in connection.execute(query))
    known = _by_key(rows, wanted)
    for payment in found:
        yield payment, frozenset(one for key in _keys(payment.debtor) for one in known.get(key, ()))


def _attributes(connection: Connection, contact_ids: Collection[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    ids = sorted(contact_ids)
    for begin in range(0, len(ids), _PAGE):
        own = contacts.c.contact_id.in_(ids[begin : begin + _PAGE])
        for row in connection.execute(select(contacts.c.contact_id, contacts.c.attributes).where(own)):
            yield row.contact_id, row.attributes


def _by_key(
    rows: Iterable[tuple[str, Mapping[str, str]]], wanted: Container[tuple[str, str]] | None = None
) -> Mapping[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for contact_id, attributes in rows:
        debtor = Debtor.of(attributes)
        for key in () if debtor is None else _keys(debtor):
            if wanted is None or key in wanted:
                found.setdefault(key, []).append(contact_id)
    return found


def forget(connection: Connection, payment_ids: Collection[str]) -> int:
    """Delete payments, and return how many there were."""
    return connection.execute(delete(payments).where(payments.c.payment_id.in_(payment_ids))).rowcount


def forget_debtor(connection: Connection, debtor: Debtor) -> int:
    """Delete all payments of a debtor, and return how many there were."""
    return connection.execute(delete(payments).where(or_(*_whose([debtor])))).rowcount


def _keys(debtor: Debtor) -> tuple[tuple[str, str], ...]:
    pairs = (("client", debtor.client), ("contract", debtor.contract))
    return tuple((kind, value) for kind, value in pairs if value)


def _whose(debtors: Iterable[Debtor]) -> list[ColumnElement[bool]]:
    values: dict[str, set[str]] = {}
    for kind, value in (key for one in debtors for key in _keys(one)):
        values.setdefault(kind, set()).add(value)
    return [payments.c[kind].in_(sorted(found)) for kind, found in values.items()]


def _row(one: Payment, at: datetime) -> dict[str, Any]:
    offset = one.paid_at.utcoffset()
    assert offset is not None, "a payment's time is aware"
    return {
        "payment_id": one.payment_id,
        "client": one.debtor.client,
        "contract": one.debtor.contract,
        "paid_at": one.paid_at,
        "utc_offset_s": round(offset.total_seconds()),
        "timed": one.timed,
        "minor": one.amount.minor,
        "currency": one.amount.currency.value,
        "stored_at": at,
    }


def _payment(row: RowMapping) -> Payment:
    return Payment(
        row["payment_id"],
        Debtor(row["client"], row["contract"]),
        row["paid_at"].astimezone(timezone(timedelta(seconds=row["utc_offset_s"]))),
        Money(row["minor"], Currency(row["currency"])),
        row["timed"],
    )
