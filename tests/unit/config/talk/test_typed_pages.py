"""Talking by typing in the browser: the same conversation as in the terminal, explained, taken back, kept as a test."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from config.talk import TALK

pytestmark = pytest.mark.filterwarnings("error")


def _begun(client: Any, **choice: str) -> str:
    answer = client.post("/talk/typed", data={"scenario": "soft_collection", "language": "en", **choice})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def _words(text: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def test_a_conversation_is_held_explained_taken_back_and_kept(open_pages: Callable[..., Any]) -> None:
    """Each turn shows what was understood and why; a test of the same conversation can be downloaded."""
    client = open_pages(TALK).signed_in("alex", "designer")
    at = _begun(client, days_past_due="40", segment="hard", now="2026-11-20T11:00")
    page = client.get(at)
    assert "40 days past due" in page.text
    assert 'data-here="' in page.text

    said = client.post(f"{at}/say", data={"text": "Yes, speaking"})
    words = _words(said.text)
    assert "party confirmed" in words
    assert "→" in words

    undone = client.post(f"{at}/undo")
    assert "Yes, speaking" not in undone.text
    assert "nothing to take back" in client.post(f"{at}/undo").text

    client.post(f"{at}/say", data={"text": "No, you have the wrong number"})
    test = client.get(f"{at}/test.yaml")
    assert "attachment" in test.headers["content-disposition"]
    assert "No, you have the wrong number" in str(yaml.safe_load(test.text))


def test_what_the_debtor_says_is_shown_as_text(open_pages: Callable[..., Any]) -> None:
    """Nothing typed becomes part of the page."""
    client = open_pages(TALK).signed_in("alex", "operator")
    said = client.post(f"{_begun(client)}/say", data={"text": "<script>x</script>"})
    assert "<script>" not in said.text


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"days_past_due": "many"}, "valid integer"),
        ({"debt": "a lot"}, "sum"),
        ({"now": "someday"}, "written like"),
        ({"language": "de"}, "speaks"),
        ({"facts": "nonsense"}, "name=value"),
        ({"scenario": "../../etc"}, "no such scenario"),
    ],
)
def test_a_wrong_choice_is_told_in_the_form(
    open_pages: Callable[..., Any], choice: dict[str, str], message: str
) -> None:
    """What was filled in stays there."""
    client = open_pages(TALK).signed_in("alex", "designer")
    answer = client.post("/talk/typed", data={"scenario": "soft_collection", **choice})
    assert answer.status_code == 422
    assert message in _words(answer.text)


def test_a_conversation_is_its_users_alone(open_pages: Callable[..., Any]) -> None:
    """Another user finds nothing; whoever may not try scenarios does not come in."""
    pages = open_pages(TALK)
    at = _begun(pages.signed_in("alex", "designer"))
    assert pages.signed_in("robin", "designer").get(at).status_code == 404
    assert pages.signed_in("kim", "admin").get("/talk").status_code == 403
