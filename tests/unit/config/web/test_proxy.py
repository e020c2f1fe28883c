"""Behind a proxy that ends TLS: it alone is served, and it alone is believed."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter, Request
from starlette.testclient import TestClient

from config.settings import Settings, load
from config.web import Section
from config.web.access import address_of
from engine.errors import SettingsError

Open = Callable[..., Any]
PROXY = {"behind_proxy": ["10.0.0.0/24"], "hosts": ["voicebot.bank.example"]}


def seen(request: Request) -> dict[str, str]:
    return {"address": address_of(request), "scheme": request.url.scheme}


def client_of(open_pages: Open, peer: str) -> TestClient:
    """A client whose packets come from an address, signed in."""
    router = APIRouter()
    router.add_api_route("", seen)
    pages = open_pages(Section("seen", "Seen", router, None, 1, "config.web"), **PROXY)
    client = pages.signed_in("alex")
    return TestClient(
        pages.app,
        base_url="https://voicebot.bank.example",
        client=(peer, 4000),
        cookies=dict(client.cookies),
        follow_redirects=False,
    )


def test_who_comes_past_the_proxy_is_refused(open_pages: Open) -> None:
    """Whatever the headers say."""
    client = client_of(open_pages, "10.0.1.7")
    assert client.get("/login", headers={"X-Forwarded-For": "10.0.0.5"}).status_code == 403


def test_the_proxy_tells_where_the_browser_is(open_pages: Open) -> None:
    """The nearest address that is no proxy's: what a browser wrote before it is not believed."""
    client = client_of(open_pages, "10.0.0.5")
    headers = {"X-Forwarded-For": "1.1.1.1, 203.0.113.9, 10.0.0.6", "X-Forwarded-Proto": "https"}
    assert client.get("/seen", headers=headers).json() == {"address": "203.0.113.9", "scheme": "https"}


def test_a_browser_without_a_proxy_is_not_believed(open_pages: Open) -> None:
    """Its own X-Forwarded-For would get it round the limits."""
    router = APIRouter()
    router.add_api_route("", seen)
    client = open_pages(Section("seen", "Seen", router, None, 1, "config.web")).signed_in("alex")
    assert client.get("/seen", headers={"X-Forwarded-For": "1.1.1.1"}).json()["address"] == "testclient"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('address = "0.0.0.0"\nhosts = ["a.example"]', "address 0.0.0.0 is seen by other machines"),
        ('address = "10.0.0.5"', 'set tls_certificate and tls_key, or behind_proxy = ["10.0.0.5"]'),
        ('tls_key = "/k"', "tls_certificate and tls_key belong together"),
        ('behind_proxy = ["10.0.0.5"]', "set hosts too"),
        ('address = "0.0.0.0"\ntls_key = "/k"\ntls_certificate = "/c"', "set hosts too"),
        ('hosts = ["https://a.example"]', "write the name alone"),
        ('key = "secret"', "VOICEBOT_WEB__KEY"),
    ],
)
def test_what_would_be_open_to_all_is_an_error(write: Callable[[str], Any], text: str, fault: str) -> None:
    """The message names the mend, and the line."""
    write(f"[web]\n{text}\n")
    with pytest.raises(SettingsError) as refused:
        load()
    assert fault in str(refused.value)
    assert str(refused.value).startswith("voicebot.toml, line ")


@pytest.mark.parametrize(
    "text",
    [
        'address = "127.0.0.2"',
        'address = "10.0.0.5"\ntls_key = "/k"\ntls_certificate = "/c"',
        'address = "0.0.0.0"\nbehind_proxy = ["10.0.0.9"]\nhosts = ["a.example"]',
    ],
)
def test_what_is_protected_is_taken(write: Callable[[str], Any], text: str) -> None:
    """Loopback, TLS of our own, or a proxy's."""
    write(f"[web]\n{text}\n")
    settings = load()
    assert settings.web.known_hosts
    assert isinstance(settings, Settings)
