"""Action steps over HTTP: what is asked of whom, and what comes of systems that misbehave."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from config.errands import HttpErrands
from engine.dialog import ErrandRequest

Bank = Callable[..., AbstractContextManager[tuple[str, list[Any]]]]


def request(url: str, method: str = "GET", body: Any = None, secret: str | None = None) -> ErrandRequest:
    return ErrandRequest("payments", method, url, body, secret, timeout_s=5.0)


async def test_an_allowed_address_is_asked_with_its_token_and_facts(bank: Bank) -> None:
    """As the scenario declares it, once."""
    with bank(200, json.dumps({"paid": "150.00"}).encode()) as (url, asked):
        errands = HttpErrands([url + "/payments/"], {"VOICEBOT_ACTION_CORE_TOKEN": "hush"})
        got = await errands.run(request(url + "/payments/A-1"))
        posted = await errands.run(request(url + "/payments/", "POST", {"sum": "45.00"}, "core"))

    assert got.answer == posted.answer == {"paid": "150.00"}
    assert asked == [("GET", "/payments/A-1", None, b""), ("POST", "/payments/", "Bearer hush", b'{"sum": "45.00"}')]


@pytest.mark.parametrize(
    "path",
    ["/payments", "/paymentsx/A-1", "/other", "/payments/../admin", "/payments/%2e%2e/admin", "/payments/..%5Cadmin"],
)
async def test_whatever_else_a_scenario_names_is_not_asked(bank: Bank, path: str) -> None:
    """Neither beside the allowed path nor up from it."""
    with bank(200, b"{}") as (url, asked):
        outcome = await HttpErrands([url + "/payments/"]).run(request(url + path))

    assert outcome.failure == "not allowed"
    assert asked == []


@pytest.mark.parametrize(
    "url",
    [
        "https://core.bank.example@evil.example/payments/A-1",
        "https://core.bank.example.evil.example/payments/A-1",
        "https://core.bank.example:8443/payments/A-1",
        "http://core.bank.example/payments/A-1",
        "file:///etc/passwd",
        "https://[::1/payments/",
    ],
)
def test_an_address_that_only_looks_allowed_is_refused(url: str) -> None:
    """Another host, another port, another scheme."""
    assert HttpErrands(["https://core.bank.example/payments/"]).refusal(url) is not None
    assert (
        HttpErrands(["https://core.bank.example/payments/"]).refusal("https://CORE.bank.example:443/payments/1") is None
    )


@pytest.mark.parametrize(
    ("status", "body", "headers", "failure"),
    [
        (503, b"", {}, "answered 503"),
        (302, b"", {"Location": "http://127.0.0.1:9/"}, "answered 302"),
        (200, b"<html>", {}, "answered no JSON"),
        (200, b"[" * 100_000, {}, "answered no JSON"),
        (200, b"[" + b" " * (1 << 20) + b"]", {}, "answered more than 1 MB"),
    ],
)
async def test_a_system_that_misbehaves_is_a_failure(
    bank: Bank, status: int, body: bytes, headers: dict[str, str], failure: str
) -> None:
    """It costs the call nothing but the step."""
    with bank(status, body, headers) as (url, _):
        outcome = await HttpErrands([url + "/"]).run(request(url + "/A-1"))

    assert (outcome.answer, outcome.failure) == (None, failure)


async def test_a_dead_system_and_a_missing_token_are_failures(bank: Bank) -> None:
    """Nobody listens; and where a token is named, nothing is asked without it."""
    with bank(200, b"{}") as (url, asked):
        assert (await HttpErrands([url + "/"], {}).run(request(url + "/A-1", secret="core"))).failure == "no token"
    assert asked == []
    dead = await HttpErrands([url + "/"]).run(request(url + "/A-1"))
    assert dead.failure is not None
    assert dead.failure.startswith("cannot be reached")
