"""Payments from a bank's export, as CSV or JSON."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from analytics.intake.rows import Broken, Row, of_no_meaning, read_rows
from analytics.intake.texts import read_text
from analytics.intake.values import Reading, attributes_of, name_of, text_of
from analytics.payments.values import Debtor, Payment
from engine.accounts import Currency, Money
from engine.errors import IntakeError

COLUMNS: Final = frozenset({"payment_id", "paid_at", "amount", "currency", "client_hash", "contract_hash", "account"})
"""Columns of CSV, and keys of JSON, that mean something."""

_AMOUNT = re.compile(r"(\d{1,12})(?:[.,](\d{1,2}))?", re.ASCII)
_RUSSIAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PaymentBook:
    """The payments of a file.

    Args:
        payments: in the order of the file, each id once.
        faults: rows that could not be used, with file, line, column and mend.
        notices: what else is to be told, such as the encoding.
    """

    payments: tuple[Payment, ...]
    faults: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def read_payments(path: Path, reading: Reading, currency: Currency = Currency.TENGE) -> PaymentBook:
    """Read a file of payments.

    Args:
        path: of the file.
        reading: how times and columns are to be understood; days are its zone's.
        currency: of rows that name none.

    Raises:
        IntakeError: it cannot be read as a whole; the message names it, the line and the mend.
    """
    text = read_text(path)
    try:
        book = payments_in(text.content, reading, currency)
    except IntakeError as error:
        raise IntakeError(f"{path}: {error}") from error
    told = (*([text.notice] if text.notice else []), *book.notices)
    faults, notices = (tuple(f"{path}: {one}" for one in lines) for lines in (book.faults, told))
    return PaymentBook(book.payments, faults, notices)


def payments_in(content: str, reading: Reading, currency: Currency = Currency.TENGE) -> PaymentBook:
    """Read payments out of the text of an export.

    Args:
        content: CSV or JSON.
        reading: as for `read_payments`.
        currency: of rows that name none.

    Raises:
        IntakeError: it cannot be read as a whole.
    """
    found: dict[str, Payment] = {}
    faults: list[str] = []
    ignored: set[str] = set()
    for row in read_rows(content, COLUMNS, reading.columns):
        if isinstance(row, Broken):
            faults.append(f"line {row.line}: {row.problem}")
            continue
        ignored |= row.values.keys() - COLUMNS
        try:
            payment = _payment(row, reading, currency)
            if found.setdefault(payment.payment_id, payment) != payment:
                raise IntakeError(f"{row.place('payment_id')}: stands there twice, and differs; keep one")
        except IntakeError as error:
            faults.append(str(error))
    return PaymentBook(tuple(found.values()), tuple(faults), of_no_meaning(ignored, COLUMNS))


def _payment(row: Row, reading: Reading, currency: Currency) -> Payment:
    hashes = attributes_of(row)
    contract = hashes.get("contract_hash") or (name_of(row, "account") if "account" in row.values else None)
    if "client_hash" not in hashes and contract is None:
        raise IntakeError(f"{row.place('client_hash')}: is missing; give client_hash, contract_hash or account")
    paid_at, timed = _paid_at(row, reading)
    return Payment(
        name_of(row, "payment_id"),
        Debtor(hashes.get("client_hash"), contract),
        paid_at,
        Money(_minor(row), Currency(hashes.get("currency", currency))),
        timed,
    )


def _minor(row: Row) -> int:
    """Return a row's sum in minor units; never by way of a float."""
    found = _AMOUNT.fullmatch(text_of(row, "amount"))
    minor = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else 0
    if minor == 0:
        mend = "write a sum above zero as 45000.00; leave a payment that was taken back out"
        raise IntakeError(f"{row.place('amount')}: {mend}")
    return minor


def _paid_at(row: Row, reading: Reading) -> tuple[datetime, bool]:
    given = text_of(row, "paid_at")
    day = _day(given)
    if day is None:
        return reading.time_of(row, "paid_at"), True
    if reading.zone is None:
        raise IntakeError(f"{row.place('paid_at')}: a day without a zone; write a time with +05:00, or give the zone")
    # A day alone begins at noon for the check of its year, which `Reading` makes, and counts as that day's end.
    noon = reading.time_of(Row(row.line, {"paid_at": f"{day.isoformat()}T12:00"}, row.columns), "paid_at")
    return noon.replace(hour=time.max.hour, minute=time.max.minute, second=time.max.second), False


def _day(text: str) -> date | None:
    """Return the day where it is written alone."""
    try:
        if found := _RUSSIAN_DAY.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None
