"""Many promises and payments, joined debtor by debtor: the same as all at once."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.payments import Debtor, Payment, PromisedPayment, Settlement, Standing, join_payments
from analytics.payments import reconciling as at_scale
from analytics.payments.reconciling import Reconciliation
from engine.accounts import Currency, Money

ALMATY = timezone(timedelta(hours=5))
START = datetime(2026, 11, 2, 20, tzinfo=UTC)
DEBTORS = [
    Debtor(client="a"),
    Debtor(client="b"),
    Debtor(contract="1"),
    Debtor(client="a", contract="1"),
    Debtor(client="a", contract="2"),
    Debtor(client="c", contract="2"),
    Debtor(client="d"),
]
moments = st.builds(lambda hours, zone: (START + timedelta(hours=hours)).astimezone(zone), st.integers(0, 300),
                    st.sampled_from([UTC, ALMATY]))  # fmt: skip
sums = st.builds(Money, st.integers(1, 4).map(lambda one: one * 1_000_00), st.sampled_from(Currency))
payments_made = st.lists(
    st.tuples(st.sampled_from(DEBTORS), moments, sums, st.booleans()), max_size=12
).map(lambda rows: [Payment(f"p{at}", *row) for at, row in enumerate(rows)])  # fmt: skip
days = st.none() | st.integers(0, 14).map(lambda one: START.date() + timedelta(days=one))
promises_made = st.lists(
    st.tuples(st.sampled_from(DEBTORS), moments, st.lists(st.tuples(st.none() | sums, days), min_size=1, max_size=2)),
    max_size=10,
)


@settings(deadline=None)
@given(promises_made, payments_made, st.integers(0, 2), st.integers(0, 20), st.integers(1, 6))
def test_debtor_by_debtor_is_the_same_as_all_at_once(
    made: list[tuple[Debtor, datetime, list[tuple[Money | None, date | None]]]],
    payments: list[Payment],
    grace_days: int,
    known_day: int,
    at_once: int,
) -> None:
    known_until = START.date() + timedelta(days=known_day)
    promises = [
        PromisedPayment(f"{contact:03d}", number, debtor, at, *promised)
        for contact, (debtor, at, row) in enumerate(made)
        for number, promised in enumerate(row)
    ]
    wanted: dict[int, list[Settlement]] = defaultdict(list)
    for one in join_payments(promises, payments, known_until, grace_days=grace_days):
        wanted[int(one.promise.contact_id)].append(one.settlement)
    book = Reconciliation()
    for one in promises:
        book.promise(int(one.contact_id), one)
    book.pay(payments)
    assert book.promises == len(promises)
    found: dict[int, list[Settlement]] = defaultdict(list)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(at_scale, "_AT_ONCE", at_once)
        for one in book.joined(known_until, grace_days):
            found[one.contact].append(one.settlement)
    assert found == wanted


def test_a_promise_of_nobody_in_particular_stays_open() -> None:
    book = Reconciliation()
    debtor, due = Debtor(client="a"), START.date()
    book.promise(7, PromisedPayment("x", 0, debtor, START, Money.of(5), due), known=False)
    book.pay([Payment("p", debtor, START, Money.of(5))])
    (found,) = book.joined(due + timedelta(days=30), 1)
    assert (found.contact, found.settlement.standing, found.settlement.paid_minor) == (7, Standing.OPEN, 0)


def test_without_payments_known_promises_stay_open() -> None:
    book = Reconciliation()
    book.promise(0, PromisedPayment("x", 0, Debtor(client="a"), START, Money.of(5), START.date()))
    assert [one.settlement.standing for one in book.joined(None, 1)] == [Standing.OPEN]
    assert list(Reconciliation().joined(None, 1)) == []
