"""What became of promises: each payment counts once, for the promise that it was most likely made for."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from analytics.conversation import Conversation
from analytics.payments.values import Counted, Debtor, Joined, Payment, PromisedPayment, Standing
from analytics.promises import Promise


def promised_payments(
    conversation: Conversation, promises: Sequence[Promise], debtor: Debtor
) -> tuple[PromisedPayment, ...]:
    """Return the promises of a contact as payments are compared with them."""
    one = conversation
    return tuple(
        PromisedPayment(one.contact_id, number, debtor, one.started_at, promise.amount, promise.due)
        for number, promise in enumerate(promises)
    )


class _Running:
    """A promise while payments come in."""

    def __init__(self, promise: PromisedPayment, grace: timedelta) -> None:
        self.promise = promise
        self.payments: list[Counted] = []
        self.replaced_by: str | None = None
        self.last_day = promise.due + grace if promise.due else None

    @property
    def due(self) -> date:
        assert self.promise.due is not None, "only dated promises wait for payments"
        return self.promise.due

    @property
    def missing(self) -> int | None:
        """Minor units that are still to come; None where no sum was promised and nothing has come."""
        if self.promise.amount is None:
            return 0 if self.payments else None
        return self.promise.amount.minor - sum(one.minor for one in self.payments)

    def waits(self, day: date) -> bool:
        return self.replaced_by is None and self.last_day is not None and day <= self.last_day and self.missing != 0

    def takes(self, payment: Payment) -> bool:
        promise = self.promise
        after = payment.paid_at >= promise.promised_at or (
            not payment.timed and payment.paid_on >= promise.promised_at.date()
        )
        same = promise.amount is None or promise.amount.currency is payment.amount.currency
        return after and same and self.waits(payment.paid_on) and promise.debtor.owes_with(payment.debtor)

    def result(self, known_until: date) -> Joined:
        return Joined(self.promise, self._standing(known_until), tuple(self.payments), self.replaced_by)

    def _standing(self, known_until: date) -> Standing:
        if self.replaced_by is not None:
            return Standing.REPLACED
        if self.last_day is None:
            return Standing.UNDATED
        if self.missing == 0:
            return Standing.KEPT
        if known_until < self.last_day:
            return Standing.OPEN
        return Standing.PARTLY if self.payments else Standing.BROKEN


def join_payments(
    promises: Iterable[PromisedPayment], payments: Iterable[Payment], known_until: date, *, grace_days: int = 1
) -> tuple[Joined, ...]:
    """Return what became of each promise, in the order in which they were made.

    Payments and contacts are gone through in the order of time. A payment counts for one promise: of those of its
    debtor that wait for money, the one that is due first. What it has over counts for later promises of the same
    contact, since instalments are one undertaking, and for nothing else. A contact that promises anew replaces what
    waits from earlier ones, one promise for one: that of the same day, else the one due first.

    Args:
        promises: in any order.
        payments: in any order; those of one id are one payment.
        known_until: the last day of which all payments are known.
        grace_days: after its day that a promise is still kept, since transfers take time.

    Raises:
        ValueError: two promises are of one contact and number, two payments of one id differ, or the grace is negative.
    """
    if grace_days < 0:
        raise ValueError(f"a grace of {grace_days} days; it cannot be negative")
    running = [_Running(one, timedelta(days=grace_days)) for one in sorted(promises, key=_made)]
    if len({(one.promise.contact_id, one.promise.number) for one in running}) < len(running):
        raise ValueError("two promises of one contact have one number")
    by_debtor: dict[str, list[_Running]] = {}
    for one in running:
        for key in _keys(one.promise.debtor):
            by_debtor.setdefault(key, []).append(one)
    came = _once(payments)
    at = 0
    for contact in _contacts(running):
        first = contact[0].promise
        while at < len(came) and _comes_before(came[at], first.promised_at):
            _count(came[at], by_debtor)
            at += 1
        _replace(contact, by_debtor)
    for payment in came[at:]:
        _count(payment, by_debtor)
    return tuple(one.result(known_until) for one in running)


def _made(promise: PromisedPayment) -> tuple[datetime, str, int]:
    return promise.promised_at, promise.contact_id, promise.number


def _keys(debtor: Debtor) -> set[str]:
    return {f"{kind}:{value}" for kind, value in (("client", debtor.client), ("contract", debtor.contract)) if value}


def _once(payments: Iterable[Payment]) -> list[Payment]:
    found: dict[str, Payment] = {}
    for payment in payments:
        if found.setdefault(payment.payment_id, payment) != payment:
            raise ValueError("two payments of one id differ")
    return sorted(found.values(), key=lambda one: (one.paid_at, one.payment_id))


def _comes_before(payment: Payment, moment: datetime) -> bool:
    """A payment of which only the day is known comes after that day's contacts."""
    return payment.paid_at < moment and (payment.timed or payment.paid_on < moment.date())


def _contacts(running: Sequence[_Running]) -> list[list[_Running]]:
    found: dict[tuple[datetime, str], list[_Running]] = {}
    for one in running:
        found.setdefault((one.promise.promised_at, one.promise.contact_id), []).append(one)
    return list(found.values())


def _related(debtor: Debtor, by_debtor: dict[str, list[_Running]]) -> list[_Running]:
    """Return the promises that may be of a debt, each once, by their day."""
    found = {id(one): one for key in sorted(_keys(debtor)) for one in by_debtor.get(key, ()) if one.promise.due}
    return sorted(found.values(), key=lambda one: (one.due, *_made(one.promise)))


def _count(payment: Payment, by_debtor: dict[str, list[_Running]]) -> None:
    rest, contact_id = payment.amount.minor, None
    for one in _related(payment.debtor, by_debtor):
        if contact_id not in (None, one.promise.contact_id) or not one.takes(payment):
            continue
        missing = one.missing
        counts = rest if missing is None else min(rest, missing)
        contact_id = one.promise.contact_id
        one.payments.append(Counted(payment.payment_id, counts, payment.paid_at))
        rest -= counts
        if rest == 0:
            return


def _replace(contact: Sequence[_Running], by_debtor: dict[str, list[_Running]]) -> None:
    """Let the promises of a contact take the place of those that wait from earlier ones."""
    new = [one for one in contact if one.promise.due]
    if not new:
        return
    first = new[0].promise
    waiting = [
        one
        for one in _related(first.debtor, by_debtor)
        if one.promise.promised_at < first.promised_at
        and one.promise.debtor.owes_with(first.debtor)
        and one.waits(first.promised_at.date())
    ]
    kept_days = {one.due for one in waiting} & {one.due for one in new}
    new.sort(key=lambda one: (one.due not in kept_days, one.due))
    for one in new:
        if not waiting:
            return
        old = next((old for old in waiting if old.due == one.due), waiting[0])
        old.replaced_by = first.contact_id
        waiting.remove(old)
