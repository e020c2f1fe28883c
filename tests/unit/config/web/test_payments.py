"""Payments by HTTP: who may tell, what is taken, and that a batch is taken whole or not at all."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from analytics.store import AnalyticsDatabase, payments
from config.sections import Web
from config.web.payments import MOST_PAYMENTS

TOKEN = "t0ken-of-the-core-system-0123456789"
PAID = {
    "payment_id": "p-1",
    "paid_at": "2026-11-23T14:05:00+05:00",
    "amount": "20000.50",
    "contract_hash": "b81f33d0a2c94e75",
}


@pytest.fixture
def client(open_pages: Callable[..., Any]) -> Iterator[TestClient]:
    with open_pages(payments_token=TOKEN).client() as opened:
        opened.headers["Authorization"] = f"Bearer {TOKEN}"
        yield opened


def post(client: TestClient, *given: object, **options: Any) -> tuple[int, Any]:
    answer = client.post("/api/payments", json=list(given), **options)
    return answer.status_code, answer.json()


def stored(client: TestClient) -> list[str]:
    database: AnalyticsDatabase = client.app.state.api.state.database  # type: ignore[attr-defined]
    with database.reading() as connection:
        return [one.payment_id for one in payments.latest(connection, 10_000)]


def test_a_batch_is_stored_once(client: TestClient) -> None:
    other = {**PAID, "payment_id": "p-2", "amount": 15000, "account": "A-17"}
    assert post(client, PAID, other) == (200, {"stored": 2, "known": 0})
    assert post(client, PAID, other) == (200, {"stored": 0, "known": 2})
    assert sorted(stored(client)) == ["p-1", "p-2"]


def test_a_batch_with_a_fault_changes_nothing(client: TestClient) -> None:
    assert post(client, PAID)[0] == 200
    fresh = {**PAID, "payment_id": "p-2"}
    status, told = post(client, fresh, {**PAID, "payment_id": "p-3", "amount": "-5"})
    assert (status, told["error"]["faults"]) == (
        422,
        ["line 1, key amount: write a sum above zero as 45000.00; leave a payment that was taken back out"],
    )
    status, told = post(client, fresh, {**PAID, "amount": "1.00"})
    assert (status, told["error"]["faults"]) == (409, ["p-1"])
    assert post(client, {"payment_id": "p-4"})[0] == 422
    many = [{**PAID, "payment_id": f"m-{one}"} for one in range(MOST_PAYMENTS + 1)]
    assert post(client, *many)[0] == 413
    assert stored(client) == ["p-1"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Authorization": ""}, b"[]", 401),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, b"[]", 401),
        ({"Authorization": f"Basic {TOKEN}"}, b"[]", 401),
        ({"Content-Type": "text/csv"}, b"payment_id", 415),
        ({}, json.dumps(PAID).encode(), 422),
        ({}, b"payment_id;paid_at", 422),
        ({}, b"[{]", 422),
        ({}, b"[" * 100_000, 422),
        ({}, b'["\xff"]', 422),
        ({}, b"[" + b" " * 2**20 + b"]", 413),
    ],
)
def test_what_is_no_batch_is_refused(client: TestClient, headers: dict[str, str], body: bytes, status: int) -> None:
    answer = client.post("/api/payments", content=body, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert stored(client) == []


def test_without_a_token_in_the_settings_there_is_no_such_address(open_pages: Callable[..., Any]) -> None:
    answer = open_pages().client().post("/api/payments", json=[PAID], headers={"Authorization": "Bearer "})
    assert answer.status_code in {401, 303, 404}
    with pytest.raises(ValidationError, match="payments_token: give 32 random letters"):
        Web(payments_token="short")  # type: ignore[arg-type]
