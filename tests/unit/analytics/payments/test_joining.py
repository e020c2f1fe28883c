"""Promises with payments: what is kept, partly kept, broken, open and replaced, and that no money counts twice."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.documents import as_document, from_document
from analytics.payments import Debtor, Joined, Payment, PromisedPayment, Standing, join_payments
from engine.accounts import Money

START = datetime(2026, 11, 2, 10, tzinfo=UTC)
ONE = Debtor(client="client-hash-0001")


def promise(days: int | None, thousands: int | None = 20, *, at: int = 0, number: int = 0) -> PromisedPayment:
    """Return one of the day `at`, due `days` after the start."""
    return PromisedPayment(
        f"c{at}",
        number,
        ONE,
        START + timedelta(days=at),
        None if thousands is None else Money.of(thousands * 1000),
        None if days is None else START.date() + timedelta(days=days),
    )


def payment(name: str, days: float, thousands: int = 20, debtor: Debtor = ONE) -> Payment:
    return Payment(name, debtor, START + timedelta(days=days), Money.of(thousands * 1000))


def standings(*joined: Joined) -> list[Standing]:
    return [one.standing for one in joined]


KNOWN = date(2026, 12, 31)


@pytest.mark.parametrize(
    ("payments", "known_until", "standing", "share"),
    [
        pytest.param([payment("a", 3)], KNOWN, Standing.KEPT, 1.0, id="in full, in time"),
        pytest.param([payment("a", 6)], KNOWN, Standing.KEPT, 1.0, id="within the grace"),
        pytest.param([payment("a", 7)], KNOWN, Standing.BROKEN, 0.0, id="after the grace"),
        pytest.param([payment("a", -1)], KNOWN, Standing.BROKEN, 0.0, id="before it was promised"),
        pytest.param([payment("a", 1, 8), payment("b", 4, 12)], KNOWN, Standing.KEPT, 1.0, id="two make one"),
        pytest.param([payment("a", 1, 8), payment("a", 1, 8)], KNOWN, Standing.PARTLY, 0.4, id="given twice"),
        pytest.param([payment("a", 1, 8), payment("b", 9)], KNOWN, Standing.PARTLY, 0.4, id="the rest too late"),
        pytest.param([payment("a", 1, 8)], date(2026, 11, 7), Standing.OPEN, 0.4, id="a day is left"),
        pytest.param([payment("a", 1)], date(2026, 11, 3), Standing.KEPT, 1.0, id="kept before its day"),
        pytest.param([], date(2026, 11, 8), Standing.BROKEN, 0.0, id="the grace is over"),
        pytest.param([payment("a", 1, debtor=Debtor("someone-else-00"))], KNOWN, Standing.BROKEN, 0.0, id="another's"),
    ],
)
def test_one_promise(payments: list[Payment], known_until: date, standing: Standing, share: float) -> None:
    (joined,) = join_payments([promise(5)], payments, known_until)
    assert (joined.standing, joined.share) == (standing, share)
    assert from_document(Joined, as_document(joined)) == joined


def test_a_day_without_a_time_counts_for_a_promise_of_that_day() -> None:
    end_of_day = Payment("a", ONE, START.replace(hour=23, minute=59), Money.of(20_000), timed=False)
    (joined,) = join_payments([promise(0)], [end_of_day], KNOWN)
    assert joined.standing is Standing.KEPT


def test_another_contract_is_another_debt() -> None:
    owes = PromisedPayment("c", 0, Debtor("client", "contract-1"), START, Money.of(5), START.date())
    other = Payment("a", Debtor("client", "contract-2"), START, Money.of(5))
    same = Payment("b", Debtor("client"), START, Money.of(5))
    assert standings(*join_payments([owes], [other], KNOWN)) == [Standing.BROKEN]
    assert standings(*join_payments([owes], [same], KNOWN)) == [Standing.KEPT]


def test_what_a_payment_has_over_counts_for_instalments_of_the_same_contact_alone() -> None:
    plan = [promise(2, 10), promise(9, 10, number=1)]
    assert standings(*join_payments(plan, [payment("a", 1, 20)], KNOWN)) == [Standing.KEPT, Standing.KEPT]
    apart = [promise(2, 10), promise(9, 10, at=4)]
    assert standings(*join_payments(apart, [payment("a", 1, 20)], KNOWN)) == [Standing.KEPT, Standing.BROKEN]


def test_a_later_contact_replaces_what_waits() -> None:
    old, new = join_payments([promise(5), promise(9, at=3)], [payment("a", 1, 5), payment("b", 8)], KNOWN)
    assert (old.standing, old.replaced_by, old.paid_minor) == (Standing.REPLACED, "c3", 500_000)
    assert new.standing is Standing.KEPT
    assert [one.payment_id for one in new.payments] == ["b"]


def test_a_reminder_replaces_the_promise_of_its_day_and_leaves_the_next() -> None:
    plan = [promise(5, 10), promise(12, 10, number=1), promise(12, 10, at=3)]
    assert standings(*join_payments(plan, [], KNOWN)) == [Standing.BROKEN, Standing.REPLACED, Standing.BROKEN]


def test_what_was_kept_or_broken_before_is_not_replaced() -> None:
    kept = join_payments([promise(5), promise(9, at=3)], [payment("a", 1), payment("b", 8)], KNOWN)
    broken = join_payments([promise(1), promise(9, at=4)], [payment("b", 8)], KNOWN)
    assert standings(*kept) == [Standing.KEPT, Standing.KEPT]
    assert standings(*broken) == [Standing.BROKEN, Standing.KEPT]


def test_a_promise_without_a_sum_is_kept_by_any_payment_and_one_without_a_day_cannot_be_told() -> None:
    assert standings(*join_payments([promise(5, None)], [payment("a", 1, 1)], KNOWN)) == [Standing.KEPT]
    assert standings(*join_payments([promise(None)], [payment("a", 1)], KNOWN)) == [Standing.UNDATED]


def test_payments_of_one_id_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="differ"):
        join_payments([promise(5)], [payment("a", 1), payment("a", 2)], KNOWN)


debtors = st.sampled_from(
    [Debtor("k1"), Debtor("k2"), Debtor("k1", "d1"), Debtor("k1", "d2"), Debtor(None, "d1"), Debtor("k2", "d3")]
)
moments = st.integers(0, 20 * 24).map(lambda hours: START + timedelta(hours=hours))
sums = st.integers(1, 9).map(Money)
payment_lists = st.lists(st.tuples(debtors, moments, sums, st.booleans()), max_size=12).map(
    lambda rows: [Payment(f"p{n}", *row) for n, row in enumerate(rows)]
)
promise_lists = st.lists(st.tuples(debtors, moments, st.none() | sums, st.none() | st.integers(0, 9)), max_size=10).map(
    lambda rows: [
        PromisedPayment(f"c{n}", 0, who, at, sum_, None if days is None else at.date() + timedelta(days=days))
        for n, (who, at, sum_, days) in enumerate(rows)
    ]
)


@settings(max_examples=150, deadline=None)
@given(promise_lists, payment_lists, st.randoms(), st.integers(0, 3))
def test_money_counts_once_and_the_order_of_rows_does_not_matter(
    promises: list[PromisedPayment], payments: list[Payment], random: object, grace_days: int
) -> None:
    joined = join_payments(promises, payments, date(2026, 11, 15), grace_days=grace_days)
    by_id = {one.payment_id: one for one in payments}
    counted: Counter[str] = Counter()
    for one in joined:
        for part in one.payments:
            whole = by_id[part.payment_id]
            counted[part.payment_id] += part.minor
            assert part.minor > 0
            assert one.promise.debtor.owes_with(whole.debtor)
            assert one.promise.due is not None
            assert whole.paid_on <= one.promise.due + timedelta(days=grace_days)
            assert whole.paid_at >= one.promise.promised_at or not whole.timed
        if one.promise.amount is not None:
            assert one.paid_minor <= one.promise.amount.minor
    assert all(minor <= by_id[name].amount.minor for name, minor in counted.items())
    assert {(one.promise.contact_id, one.promise.number) for one in joined} == {
        (one.contact_id, one.number) for one in promises
    }
    shuffled, other = list(promises), list(payments)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(other)  # type: ignore[attr-defined]
    assert join_payments(shuffled, other + other, date(2026, 11, 15), grace_days=grace_days) == joined
