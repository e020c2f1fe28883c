"""Promises and payments by the million: held as numbers, and joined a few thousand debtors at a time.

A promise takes 48 bytes, a payment 38, whatever their ids and hashes are; grouping by debtor takes about as much again
for a moment. What is joined is the same as `join_payments` makes of all of them, since a payment never counts for
somebody else's promise.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from functools import lru_cache
from hashlib import blake2b
from struct import Struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.payments.joining import join_payments
from analytics.payments.values import Debtor, Payment, PromisedPayment, Settlement
from engine.accounts import Currency, Money

_PROMISE: Final = Struct("<QQqqIiiHBB")
_PROMISES: Final = np.dtype(
    [
        *(("client", "<u8"), ("contract", "<u8"), ("at_us", "<i8"), ("minor", "<i8"), ("contact", "<u4")),
        *(("offset_s", "<i4"), ("due", "<i4"), ("number", "<u2"), ("currency", "u1"), ("known", "u1")),
    ]
)
_PAYMENT: Final = Struct("<QQqqiBB")
_PAYMENTS: Final = np.dtype(
    [
        *(("client", "<u8"), ("contract", "<u8"), ("at_us", "<i8"), ("minor", "<i8"), ("offset_s", "<i4")),
        *(("currency", "u1"), ("timed", "u1")),
    ]
)
_CURRENCIES: Final = tuple(Currency)
_NO_SUM: Final = len(_CURRENCIES)
_AT_ONCE: Final = 4000
"""Promises that are objects at a time."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NEVER: Final = date.min


def number_of(text: str) -> int:
    """Return a number of 64 bits for a text: two of ten million differ but for a chance of one in 400 000."""
    return int.from_bytes(blake2b(text.encode(errors="replace"), digest_size=8).digest(), "little") or 1


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A promise of a contact, and what became of it.

    Args:
        contact: number that the contact was given.
        settlement: what became of the promise.
    """

    contact: int
    settlement: Settlement


class Reconciliation:
    """Takes promises and payments one by one, and joins them when all are there."""

    def __init__(self) -> None:
        self._promises = bytearray()
        self._payments = bytearray()
        self._last: date | None = None

    @property
    def promises(self) -> int:
        """How many were taken."""
        return len(self._promises) // _PROMISE.size

    @property
    def last_paid(self) -> date | None:
        """The day of the latest payment; None without one."""
        return self._last

    def promise(self, contact: int, promise: PromisedPayment, *, known: bool = True) -> None:
        """Take a promise.

        Args:
            contact: number of its contact, which stands for the id; contacts of one moment are ordered by it.
            promise: with at most 65 536 of one contact.
            known: whether it is known whose it is; else it stays open.

        Raises:
            struct.error: a number is out of all proportion.
        """
        amount = promise.amount
        self._promises += _PROMISE.pack(
            *_numbers(promise.debtor),
            _microseconds(promise.promised_at),
            0 if amount is None else amount.minor,
            contact,
            _offset_s(promise.promised_at),
            0 if promise.due is None else promise.due.toordinal(),
            promise.number,
            _NO_SUM if amount is None else _CURRENCIES.index(amount.currency),
            known,
        )

    def pay(self, payments: Iterable[Payment]) -> None:
        """Take payments, no two of one id."""
        for one in payments:
            self._last = one.paid_on if self._last is None else max(self._last, one.paid_on)
            self._payments += _PAYMENT.pack(
                *_numbers(one.debtor),
                _microseconds(one.paid_at),
                one.amount.minor,
                _offset_s(one.paid_at),
                _CURRENCIES.index(one.amount.currency),
                one.timed,
            )

    def joined(self, known_until: date | None, grace_days: int) -> Iterator[Reconciled]:
        """Yield what became of every promise, debtor by debtor.

        Args:
            known_until: the last day of which all payments are known; None where none are.
            grace_days: after its day that a promise is still kept.

        Raises:
            ValueError: the grace is negative.
        """
        promises, payments = np.frombuffer(self._promises, _PROMISES), np.frombuffer(self._payments, _PAYMENTS)
        promised_by, paid_by = _debtors(promises, payments)
        promise_order, payment_order = (np.argsort(one, kind="stable") for one in (promised_by, paid_by))
        promised_by, paid_by = promised_by[promise_order], paid_by[payment_order]
        begin = 0
        while begin < len(promised_by):
            last = promised_by[min(begin + _AT_ONCE, len(promised_by)) - 1]
            end = int(np.searchsorted(promised_by, last, "right"))
            first_paid, end_paid = np.searchsorted(paid_by, (promised_by[begin], last + 1))
            rows = promises[promise_order[begin:end]]
            paid = payments[payment_order[first_paid:end_paid]]
            yield from _joined(rows, paid, known_until or _NEVER, grace_days)
            begin = end


def _joined(rows: NDArray[Any], paid: NDArray[Any], known_until: date, grace_days: int) -> Iterator[Reconciled]:
    """Yield what became of some debtors' promises; those of nobody in particular stay open."""
    came = [_payment(str(at), row) for at, row in enumerate(paid.tolist())]
    for known, payments, until in ((1, came, known_until), (0, (), _NEVER)):
        promises = [_promise(row) for row in rows[rows["known"] == known].tolist()]
        for one in join_payments(promises, payments, until, grace_days=grace_days):
            yield Reconciled(int(one.promise.contact_id), one.settlement)


def _debtors(promises: NDArray[Any], payments: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return for each promise and payment a number of whoever they are of: all that shares a client or a contract."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    clients = np.concatenate([promises["client"], payments["client"]])
    contracts = np.concatenate([promises["contract"], payments["contract"]])
    names = np.unique(np.concatenate([clients, contracts]))
    both = (clients != 0) & (contracts != 0)
    edges = np.searchsorted(names, clients[both]), np.searchsorted(names, contracts[both])
    graph = coo_array((np.ones(len(edges[0]), np.bool_), edges), shape=(len(names), len(names)))
    _, groups = connected_components(graph, directed=False)
    found = groups[np.searchsorted(names, np.where(clients != 0, clients, contracts))]
    return found[: len(promises)], found[len(promises) :]


def _numbers(debtor: Debtor) -> tuple[int, int]:
    pairs = (("client", debtor.client), ("contract", debtor.contract))
    client, contract = (number_of(f"{kind}:{value}") if value else 0 for kind, value in pairs)
    return client, contract


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _offset_s(moment: datetime) -> int:
    offset = moment.utcoffset()
    assert offset is not None, "times of promises and payments are aware"
    return round(offset.total_seconds())


def _promise(row: tuple[int, ...]) -> PromisedPayment:
    client, contract, at_us, minor, contact, offset_s, due, number, currency, _ = row
    return PromisedPayment(
        f"{contact:010d}",
        number,
        _debtor(client, contract),
        _moment(at_us, offset_s),
        None if currency == _NO_SUM else Money(minor, _CURRENCIES[currency]),
        date.fromordinal(due) if due else None,
    )


def _payment(payment_id: str, row: tuple[int, ...]) -> Payment:
    client, contract, at_us, minor, offset_s, currency, timed = row
    paid_at, amount = _moment(at_us, offset_s), Money(minor, _CURRENCIES[currency])
    return Payment(payment_id, _debtor(client, contract), paid_at, amount, bool(timed))


def _debtor(client: int, contract: int) -> Debtor:
    return Debtor(str(client) if client else None, str(contract) if contract else None)


def _moment(at_us: int, offset_s: int) -> datetime:
    return (_EPOCH + timedelta(microseconds=at_us)).astimezone(_zone(offset_s))


@lru_cache(maxsize=64)
def _zone(offset_s: int) -> timezone:
    return timezone(timedelta(seconds=offset_s))
