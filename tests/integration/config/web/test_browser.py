"""Signing in as a person does, in a real browser."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "lantern orbit 7 meadow"


@pytest.fixture
def fill(page: "Page") -> Callable[[str, str], None]:
    """Fill the form in and send it."""

    def fill(name: str, password: str) -> None:
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()

    return fill


def test_signing_in_and_out(
    open_pages: Callable[..., Any],
    serve_pages: Callable[[Any], AbstractContextManager[str]],
    page: "Page",
    fill: Callable[[str, str], None],
) -> None:
    """A wrong password is said and the name kept; the right one leads where one wanted to go; signing out ends it."""
    from playwright.sync_api import expect

    pages = open_pages()
    pages.add("alex", "designer")
    with serve_pages(pages) as url:
        page.goto(f"{url}/?from=mail")
        fill("alex", "not the password")
        expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
        expect(page.get_by_label("User name")).to_have_value("alex")
        expect(page.get_by_label("Password")).to_be_focused()
        fill("alex", PASSWORD)
        expect(page).to_have_url(f"{url}/?from=mail")
        expect(page.get_by_role("heading")).to_contain_text("alex")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        page.goto(f"{url}/")
        expect(page).to_have_url(f"{url}/login")
