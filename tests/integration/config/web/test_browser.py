"""The pages as a person meets them, in a real browser: signing in, second factor, what is refused, what runs out."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyotp
import pytest
from fastapi import APIRouter
from playwright.sync_api import expect
from starlette.responses import PlainTextResponse, Response

from config.web import Permission, Section
from config.web.access import session_cookie
from config.web.server import sections

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "lantern orbit 7 meadow"


@dataclass
class Visit:
    """A served site, and somebody at a browser."""

    pages: Any
    url: str
    page: "Page"

    def sign_in(self, name: str, password: str = PASSWORD) -> None:
        """Fill the form in and send it."""
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def visit(open_pages: Callable[..., Any], serve_pages: Callable[..., Any], page: "Page") -> Iterator[Visit]:
    """The product's own sections, and one that answers to a script."""
    router = APIRouter()

    @router.post("/press")
    def press() -> Response:
        return PlainTextResponse("pressed")

    pages = open_pages(*sections(), Section("probe", "Probe", router, Permission.EDIT_SCENARIOS, 1, "config.web"))
    pages.add("alex", "designer", "admin")
    with serve_pages(pages) as url:
        yield Visit(pages, url, page)


def test_signing_in_and_out(visit: Visit) -> None:
    """A wrong password is said and the name kept; the right one leads where one wanted to go; signing out ends it."""
    page = visit.page
    page.goto(f"{visit.url}/people?from=mail")
    visit.sign_in("alex", "not the password")
    expect(page.get_by_role("alert")).to_have_text("User name or password is wrong.")
    expect(page.get_by_label("User name")).to_have_value("alex")
    expect(page.get_by_label("Password")).to_be_focused()
    visit.sign_in("alex")
    expect(page).to_have_url(f"{visit.url}/people?from=mail")
    expect(page.get_by_role("navigation").get_by_role("link", name="Users")).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto(f"{visit.url}/")
    expect(page).to_have_url(f"{visit.url}/login")


def test_a_second_factor_from_the_picture_to_the_code(visit: Visit) -> None:
    """Set up with the key below the picture, then asked for; the recovery codes are shown once."""
    page = visit.page
    page.goto(f"{visit.url}/me")
    visit.sign_in("alex")
    page.get_by_role("button", name="Set up").click()
    picture = page.locator("svg.qr")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"])
    assert box["width"] > 150
    totp = pyotp.TOTP(page.locator(".key code").inner_text().replace(" ", ""))
    page.get_by_label("Code that the authenticator shows").fill(totp.at(visit.pages.clock.now()))
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Switch on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("button", name="Sign out").click()

    visit.pages.clock.advance(30)
    visit.sign_in("alex")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong")
    page.get_by_label("Code").fill(totp.at(visit.pages.clock.now()))
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("alex")


def test_a_foreign_page_cannot_send_our_forms(visit: Visit) -> None:
    """Another port counts as the same site, so that the cookie goes along; still nothing happens."""
    page = visit.page
    page.goto(visit.url)
    visit.sign_in("alex")
    expect(page.get_by_role("heading", level=1)).to_contain_text("alex")
    foreign = f'<form method="post" action="{visit.url}/logout"><button>Win a prize</button></form>'
    page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body=foreign, content_type="text/html"))
    page.goto("http://127.0.0.1:9/prize")
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not allowed")
    expect(page.get_by_text("The request came from another site's page.")).to_be_visible()
    page.goto(f"{visit.url}/me")
    expect(page.get_by_role("heading", level=1)).to_have_text("alex")


def test_htmx_carries_the_token_and_a_refusal_is_shown(visit: Visit) -> None:
    """The token comes from the page; without its right value the page says why nothing happened."""
    page = visit.page
    page.goto(visit.url)
    visit.sign_in("alex")
    press = "htmx.ajax('POST', '/probe/press', {target: 'h1', swap: 'innerHTML'})"
    page.evaluate(press)
    expect(page.get_by_role("heading", level=1)).to_have_text("pressed")
    page.evaluate("document.body.setAttribute('hx-headers', '{\"X-CSRF-Token\": \"stale\"}')")
    page.evaluate(press)
    expect(page.locator("#notices .failed")).to_contain_text("The form is out of date")


def test_a_session_that_ran_out_leads_back_to_where_one_was(visit: Visit) -> None:
    """Also when htmx finds out; and a stolen cookie of old opens nothing."""
    page = visit.page
    page.goto(f"{visit.url}/me")
    visit.sign_in("alex")
    expect(page).to_have_url(f"{visit.url}/me")
    visit.pages.clock.advance(31 * 60)
    page.goto(f"{visit.url}/people")
    expect(page).to_have_url(re.compile("/login"))
    visit.sign_in("alex")
    expect(page).to_have_url(f"{visit.url}/people")
    cookie = next(one for one in page.context.cookies() if one["name"] == session_cookie(visit.pages.site))
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    visit.pages.clock.advance(31 * 60)
    page.evaluate("htmx.ajax('POST', '/probe/press', {target: 'h1'})")
    expect(page).to_have_url(re.compile("/login"))


def test_shutting_somebody_out_asks_first(visit: Visit) -> None:
    """And says that it is done."""
    page = visit.page
    visit.pages.add("robin", "operator")
    page.goto(f"{visit.url}/people")
    visit.sign_in("alex")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Shut robin out").click()
    expect(page.get_by_role("button", name="Shut robin out")).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Shut robin out").click()
    expect(page.get_by_role("status").first).to_contain_text("robin is shut out.")


@pytest.mark.parametrize("path", ["/login", "/me", "/people", "/audit"])
def test_nothing_is_wider_than_a_telephone(visit: Visit, path: str) -> None:
    """Tables scroll within themselves; the page does not."""
    page = visit.page
    page.set_viewport_size({"width": 360, "height": 700})
    page.goto(f"{visit.url}{path}")
    if path != "/login":
        visit.sign_in("alex")
        expect(page).to_have_url(f"{visit.url}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
