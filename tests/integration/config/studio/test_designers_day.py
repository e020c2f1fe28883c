"""A designer's day in a real browser: from the shipped scenario to a version in service and back, heard on the way."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from wave import open as open_wave

import pytest
from playwright.sync_api import expect

from config.studio import SCENARIOS
from config.web.access import session_cookie

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAME = "soft_collection"
PLAYED = """() => new Promise((done) => {
  const look = () => (player && player.currentTime > 0 ? done(player.duration) : setTimeout(look, 50));
  look();
})"""
"""Waits until the browser plays what was spoken, and gives its length in seconds."""

_REFUSALS = ("Failed to load resource", "Response Status Error Code")
"""What browser and htmx write of every 4xx, which is meant here."""

pytestmark = pytest.mark.usefixtures("plenty_of_time")


@dataclass
class Office:
    """A served site, and people at their browsers."""

    pages: Any
    url: str
    enter: Callable[..., "Page"]

    @property
    def home(self) -> str:
        return f"{self.url}/scenarios/{NAME}"


@pytest.fixture
def plenty_of_time() -> Iterator[None]:
    """Checks run in processes of their own, which take seconds on a busy machine."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


@pytest.fixture
def office(open_pages: Callable[..., Any], serve_pages: Callable[..., Any], chromium: "Browser") -> Iterator[Office]:
    pages = open_pages(SCENARIOS)
    contexts = []
    complaints: list[str] = []
    with serve_pages(pages) as url:

        def enter(name: str, *roles: str) -> "Page":
            client = pages.signed_in(name, *roles)
            cookie = session_cookie(pages.site)
            context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
            context.set_default_timeout(60_000)
            context.add_cookies([{"name": cookie, "value": client.cookies[cookie], "url": url}])
            page = context.new_page()
            page.on("dialog", lambda dialog: dialog.accept())
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            contexts.append(context)
            return page

        yield Office(pages, url, enter)
        for context in contexts:
            context.close()
    assert [one for one in complaints if not one.startswith(_REFUSALS)] == []


def heard_s(page: "Page", text: str, language: str) -> float:
    """Return the length of the WAV file that a text is spoken as."""
    headers = json.loads(page.locator("body").get_attribute("hx-headers") or "")
    form = {"text": text, "language": language}
    url = page.locator("[data-hear]").get_attribute("data-hear") or ""
    origin = "/".join(page.url.split("/")[:3])
    answer = page.context.request.post(origin + url, headers=headers, form=form)
    assert answer.status == 200, answer.text()
    assert answer.headers["content-type"] == "audio/wav"
    with open_wave(BytesIO(answer.body())) as file:
        assert file.getframerate() == 8000
        return file.getnframes() / file.getframerate()


def source(page: "Page") -> Any:
    return page.locator("textarea[name=text].source")


@pytest.mark.full
@pytest.mark.timeout(400)
def test_a_designers_day(office: Office) -> None:
    """A prompt changed and heard, a rule broken and mended, a version submitted, approved, in service, rolled back."""
    page = office.enter("dana", "designer")
    page.goto(f"{office.url}/scenarios")
    page.get_by_role("button", name=f"Change {NAME}").click()
    expect(page.get_by_text("nobody hears it before it is published")).to_be_visible()

    page.get_by_role("link", name="Prompts", exact=True).click()
    page.get_by_label("Language", exact=True).select_option("en")
    page.wait_for_url("**&language=en*")
    cell = page.locator("section#goodbye [data-cell]")
    cell.get_by_role("textbox").fill("Thank you, {debtor.nickname}.")
    cell.get_by_role("button", name="Save").click()
    expect(cell.get_by_text("unknown fact {debtor.nickname}")).to_be_visible()
    expect(cell.get_by_role("textbox")).to_have_value("Thank you, {debtor.nickname}.")

    cell.get_by_role("textbox").fill("Thank you, {debtor.given_name}. Goodbye!")
    cell.get_by_role("button", name="Hear it").click()
    expect(cell.locator("[data-said]")).to_have_text(re.compile(r"^\d+\.\d s, by \w+:"))
    played_s = page.evaluate(PLAYED)
    assert 0.8 < played_s < 8
    assert heard_s(page, "Thank you, {debtor.given_name}. Goodbye!", "en") == pytest.approx(played_s, abs=0.01)
    cell.get_by_role("textbox").fill("Thank you. Goodbye, and all the best!")
    cell.get_by_role("button", name="Save").click()
    expect(cell.get_by_text("Saved.")).to_be_visible()

    page.goto(f"{office.home}/files/common/opening.yaml?version=draft")
    right = source(page).input_value()
    source(page).fill(right.replace("prompts:", "prompts: ["))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("not YAML")
    source(page).fill(right.replace("party: confirmed, ", ""))
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("common/opening.yaml is saved in the draft.")).to_be_visible()
    page.locator(".elsewhere a").first.click()
    note = page.locator(".beside.error").first
    expect(note).to_contain_text("`debt_facts` is debt wording, and the party is not confirmed")
    line = int(note.get_attribute("data-at") or 0)
    assert source(page).input_value().splitlines()[line - 1].strip() == "say: debt_facts"
    number = page.locator(f".editor-lines span:nth-child({line})")
    expect(number).to_have_class("error")
    number_box, note_box = number.bounding_box(), note.bounding_box()
    assert number_box is not None
    assert note_box is not None
    assert abs(number_box["y"] - note_box["y"]) < 30 or note_box["y"] > number_box["y"]
    note.get_by_text("A call that shows it").click()
    expect(note.locator("ol.dialog li").first).to_contain_text("Это робот-помощник")

    page.goto(f"{office.home}/versions")
    page.get_by_label("What is changed, and why").fill("a warmer goodbye")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.locator(".notice.failed")).to_contain_text("debt wording")
    page.goto(f"{office.home}/files/common/opening.yaml?version=draft")
    source(page).fill(right)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("nothing wrong in this file")).to_be_visible()
    page.goto(f"{office.home}/versions")
    page.get_by_label("What is changed, and why").fill("a warmer goodbye")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("you have had a hand in it")).to_be_visible()

    second = office.enter("andy", "approver")
    second.goto(f"{office.url}/scenarios")
    second.get_by_role("link", name="v1 for approval").click()
    expect(second.locator("dl.changes ins")).to_have_text("Thank you. Goodbye, and all the best!")
    expect(second.get_by_text("passes", exact=True)).to_be_visible()
    expect(second.locator("progress")).to_be_visible()
    second.get_by_role("button", name="Approve").click()
    second.get_by_role("button", name="Publish").click()
    expect(second.get_by_text(f"{NAME} v1 is in service")).to_be_visible()

    library = office.pages.app.state.studio.library
    assert library.shelf(NAME).current == 1
    _second_version(office, page, second)
    second.goto(f"{office.home}/versions/1")
    second.get_by_label("Why it is rolled back").fill("the first was better understood")
    second.get_by_role("button", name="Roll back to v1").click()
    expect(second.get_by_text(f"{NAME} v1 is in service again")).to_be_visible()
    assert library.shelf(NAME).current == 1
    second.goto(f"{office.home}/history")
    expect(second.locator("tbody tr").first).to_contain_text("rolled soft_collection back to v1: the first was better")
    actions = {entry.action for _, entry in office.pages.site.audit.latest(100)}
    assert {"scenario.prompt_saved", "scenario.submitted", "scenario.approved", "scenario.rolled_back"} <= actions


def _second_version(office: Office, page: "Page", second: "Page") -> None:
    page.goto(f"{office.home}/versions/1")
    page.get_by_role("button", name="Begin a draft with it").click()
    page.goto(f"{office.home}/prompts?version=draft&language=en")
    cell = page.locator("section#goodbye [data-cell]")
    cell.get_by_role("textbox").fill("Goodbye!")
    cell.get_by_role("button", name="Save").click()
    expect(cell.get_by_text("Saved.")).to_be_visible()
    page.goto(f"{office.home}/versions")
    page.get_by_label("What is changed, and why").fill("shorter")
    page.get_by_role("button", name="Submit for approval").click()
    expect(page.get_by_text("v2 waits for a second person's approval")).to_be_visible()
    second.goto(f"{office.home}/versions/2")
    second.get_by_role("button", name="Approve").click()
    second.get_by_role("button", name="Publish").click()
    expect(second.get_by_text(f"{NAME} v2 is in service")).to_be_visible()


def test_the_picture_moves_and_leads_to_the_place_of_a_state(office: Office) -> None:
    page = office.enter("dana", "designer")
    page.goto(f"{office.home}/graph?here=right_party")
    marked = page.locator("a.state.here")
    expect(marked).to_be_in_viewport()
    before = page.locator(".graph-sheet svg").bounding_box()
    page.get_by_role("button", name="Larger").click()
    after = page.locator(".graph-sheet svg").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] > 1.2 * before["width"]
    marked.click()
    expect(page).to_have_url(re.compile(r"files/common/opening\.yaml\?version=shipped&line=\d+$"))
    chosen = source(page).evaluate("field => field.value.slice(field.selectionStart, field.selectionEnd)")
    assert chosen.strip() == "right_party:"


def test_two_people_change_one_text(office: Office) -> None:
    """Whoever is slower is told what the other wrote, and keeps their own words; other texts are no matter."""
    one, other = office.enter("dana", "designer"), office.enter("dora", "designer")
    one.goto(f"{office.url}/scenarios")
    one.get_by_role("button", name=f"Change {NAME}").click()
    for page in (one, other):
        page.goto(f"{office.home}/prompts?version=draft&language=en")
    for page, prompt, text in (
        (one, "goodbye", "Goodbye from one."),
        (other, "trouble_understanding", "Pardon?"),
    ):
        cell = page.locator(f"section#{prompt} [data-cell]")
        cell.get_by_role("textbox").fill(text)
        cell.get_by_role("button", name="Save").click()
        expect(cell.get_by_text("Saved.")).to_be_visible()
    cell = other.locator("section#goodbye [data-cell]")
    cell.get_by_role("textbox").fill("Goodbye from the other.")
    cell.get_by_role("button", name="Save").click()
    expect(cell.locator("blockquote")).to_have_text("Goodbye from one.")
    expect(cell.get_by_role("textbox")).to_have_value("Goodbye from the other.")
    cell.get_by_role("button", name="Save").click()
    expect(cell.get_by_text("Saved.")).to_be_visible()
    one.reload()
    expect(one.locator("section#goodbye [data-cell] textarea")).to_have_value("Goodbye from the other.")
