"""Payments from exports: strict, and each error with its place and mend."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from analytics.intake.values import Reading
from analytics.payments import Debtor, Payment
from analytics.payments.reading import read_payments
from engine.accounts import Currency, Money

HASH = "f3a9c1d27be4408a"
ALMATY = ZoneInfo("Asia/Almaty")
READING = Reading(zone=ALMATY)


def written(folder: Path, *rows: str, header: str = "payment_id;paid_at;amount;client_hash") -> Path:
    path = folder / "payments.csv"
    path.write_text("\n".join([header, *rows]), "utf-8")
    return path


def test_rows_become_payments(tmp_path: Path) -> None:
    book = read_payments(
        written(tmp_path, f"p-1;2026-11-23T14:05:00+05:00;45000,50;{HASH}", f"p-2;23.11.2026;0.05;{HASH}"), READING
    )
    assert book.faults == ()
    assert book.payments == (
        Payment("p-1", Debtor(HASH), datetime(2026, 11, 23, 9, 5, tzinfo=UTC), Money(4_500_050)),
        Payment("p-2", Debtor(HASH), datetime(2026, 11, 23, 23, 59, 59, tzinfo=ALMATY), Money(5), timed=False),
    )


def test_json_with_a_contract_and_another_currency(tmp_path: Path) -> None:
    path = tmp_path / "payments.json"
    path.write_text(
        f'{{"payment_id": "p", "paid_at": "2026-11-23", "amount": "100", "currency": "RUB", "contract_hash": "{HASH}"}}'
    )
    (payment,) = read_payments(path, READING).payments
    assert (payment.amount, payment.debtor) == (Money.of(100, Currency.ROUBLE), Debtor(None, HASH))


def test_a_column_that_means_nothing_is_told(tmp_path: Path) -> None:
    """A misspelt currency would turn roubles into tenge."""
    path = tmp_path / "payments.json"
    path.write_text(
        f'{{"payment_id": "p", "paid_at": "2026-11-23", "amount": "1", "curency": "RUB", "client_hash": "{HASH}"}}'
    )
    [notice] = read_payments(path, READING).notices
    assert notice.startswith(f"{path}: 1 columns or keys mean nothing and were left out; known are account, amount, ")
    assert "curency" not in notice


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (f"p;2026-11-23;-5;{HASH}", "line 2, column 3 (amount): write a sum above zero as 45000.00"),
        (f"p;2026-11-23;0.00;{HASH}", "line 2, column 3 (amount): write a sum above zero"),
        (f"p;2026-11-23;45 000;{HASH}", "line 2, column 3 (amount)"),
        (f"p;2026-11-23;1,000;{HASH}", "line 2, column 3 (amount)"),
        (f"p;31.02.2026;5;{HASH}", "line 2, column 2 (paid_at)"),
        (f"p;23.11.1026;5;{HASH}", "line 2, column 2 (paid_at): the year 1026"),
        ("p;2026-11-23;5;77010000000", "line 2, column 4 (client_hash): give a keyed hash"),
        ("p;2026-11-23;5;", "line 2, column 4 (client_hash): is missing; give client_hash, contract_hash or account"),
        (f";2026-11-23;5;{HASH}", "line 2, column 1 (payment_id): is missing"),
    ],
)
def test_a_wrong_row_is_told_with_its_place_and_the_rest_is_read(tmp_path: Path, row: str, told: str) -> None:
    book = read_payments(written(tmp_path, row, f"good;2026-11-23;5;{HASH}"), READING)
    assert [one.payment_id for one in book.payments] == ["good"]
    (fault,) = book.faults
    assert told in fault
    assert "77010000000" not in fault


def test_an_id_twice_is_one_payment_or_a_fault(tmp_path: Path) -> None:
    same = f"p;2026-11-23;5;{HASH}"
    book = read_payments(written(tmp_path, same, same, f"p;2026-11-23;6;{HASH}"), READING)
    assert len(book.payments) == 1
    assert "line 4, column 1 (payment_id): stands there twice, and differs" in book.faults[0]
