"""Payments, promises as they are compared with them, and what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engine.accounts import Money


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose debt it is, by keyed hashes; never by a number of a person.

    Args:
        client: hash of the client.
        contract: hash of the contract.

    Raises:
        ValueError: neither is known.
    """

    client: str | None = None
    contract: str | None = None

    def __post_init__(self) -> None:
        """Refuse what nothing can be compared with."""
        if not self.client and not self.contract:
            raise ValueError("neither client nor contract is known")

    def owes_with(self, other: "Debtor") -> bool:
        """Return whether both are of one debt: by the contract where both know it, else by the client."""
        if self.contract and other.contract:
            return self.contract == other.contract
        return bool(self.client) and self.client == other.client

    @staticmethod
    def of(attributes: Mapping[str, str]) -> "Debtor | None":
        """Return whom a contact's attributes tell of; None where they do not."""
        client = attributes.get("client_hash")
        contract = attributes.get("contract_hash") or attributes.get("account")
        return Debtor(client, contract) if client or contract else None


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came.

    Args:
        payment_id: unique; a payment that is given twice counts once.
        debtor: whose debt it is for.
        paid_at: aware. Where only the day is known, that day's end.
        amount: above zero.
        timed: whether the time of day is known.

    Raises:
        ValueError: the time is naive, or the amount is not above zero.
    """

    payment_id: str
    debtor: Debtor
    paid_at: datetime
    amount: Money
    timed: bool = True

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if self.paid_at.tzinfo is None:
            raise ValueError("a payment's time has no time zone")
        if self.amount.minor <= 0:
            raise ValueError("a payment is of nothing, or less")

    @property
    def paid_on(self) -> date:
        """The day, where `paid_at` is told."""
        return self.paid_at.date()


@dataclass(frozen=True, slots=True)
class PromisedPayment:
    """A promise as payments are compared with it.

    Args:
        contact_id: of the contact in which it was made.
        number: among the promises of that contact, from 0.
        debtor: who made it.
        promised_at: aware; payments from then on count.
        amount: None where no sum was said.
        due: the day by which; None where none can be told.

    Raises:
        ValueError: the time is naive.
    """

    contact_id: str
    number: int
    debtor: Debtor
    promised_at: datetime
    amount: Money | None
    due: date | None

    def __post_init__(self) -> None:
        """Refuse what cannot be compared."""
        if self.promised_at.tzinfo is None:
            raise ValueError(f"contact {self.contact_id}: a promise's time has no time zone")


class Standing(StrEnum):
    """What became of a promise."""

    KEPT = "kept"
    """Paid in full, in time."""
    PARTLY = "partly"
    """Something was paid in time, less than was promised."""
    BROKEN = "broken"
    """Nothing was paid in time."""
    OPEN = "open"
    """There is time left, or payments are not known up to its end."""
    REPLACED = "replaced"
    """Another contact promised anew before it was due; what was paid until then stays with it."""
    UNDATED = "undated"
    """No day was promised, so that nobody can tell."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a payment counts for a promise.

    Args:
        payment_id: of the payment.
        minor: in minor units of the promise's currency.
        paid_at: when.
    """

    payment_id: str
    minor: int
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a promise, without whose it was.

    Args:
        standing: what became of it.
        amount: that was promised; None where no sum was said.
        due: the day by which; None where none can be told.
        paid_minor: what came, in minor units.
    """

    standing: Standing
    amount: Money | None
    due: date | None
    paid_minor: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A promise with its payments.

    Args:
        promise: of which.
        standing: what became of it.
        payments: that count for it, in the order in which they came.
        replaced_by: the contact that promised anew.
    """

    promise: PromisedPayment
    standing: Standing
    payments: tuple[Counted, ...] = ()
    replaced_by: str | None = None

    @property
    def paid_minor(self) -> int:
        """What came, in minor units."""
        return sum(one.minor for one in self.payments)

    @property
    def share(self) -> float | None:
        """What came of what was promised, in 0..1; None where no sum was promised."""
        if self.promise.amount is None:
            return None
        return min(1.0, self.paid_minor / self.promise.amount.minor) if self.promise.amount.minor > 0 else 1.0

    @property
    def settlement(self) -> Settlement:
        """The same in brief."""
        return Settlement(self.standing, self.promise.amount, self.promise.due, self.paid_minor)
