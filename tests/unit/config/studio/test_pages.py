"""The studio's pages by their answers: what each shows, whom it refuses, and what it makes of wrong input."""

from collections.abc import Callable
from typing import Any

import pytest

from config.studio import SCENARIOS

NAME = "soft_collection"
HOME = f"/scenarios/{NAME}"


@pytest.fixture
def pages(open_pages: Callable[..., Any]) -> Any:
    return open_pages(SCENARIOS)


@pytest.mark.parametrize(
    ("path", "has"),
    [
        ("", "right_party"),
        ("/graph", "state-right_party"),
        ("/prompts?language=kk", "Сәлеметсіз бе!"),
        ("/files/common/opening.yaml", "ask_for_person:"),
        ("/versions", "calls run by what is shipped"),
        ("/experiments", "publish a version first"),
        ("/history", "Nothing has been done yet."),
    ],
)
def test_what_is_shipped_is_shown(pages: Any, path: str, has: str) -> None:
    """Without anything in the library, and to somebody who may only read."""
    answer = pages.signed_in("alex", "operator").get(HOME + path)
    assert answer.status_code == 200
    assert has in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/scenarios/nothing_of_the_kind",
        "/scenarios/Bad%20Name",
        f"{HOME}?version=7",
        f"{HOME}?version=draft",
        f"{HOME}?version=%D9%A3",
        f"{HOME}/versions/1",
        f"{HOME}/states/nowhere",
        f"{HOME}/files/..%2F..%2Fbriefing.yaml",
        f"{HOME}/files/nothing.yaml",
        f"{HOME}/recordings?path=../../../etc/passwd.wav",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(pages: Any, path: str) -> None:
    answer = pages.signed_in("alex", "designer").get(path)
    assert answer.status_code in (404, 422)
    assert "Traceback" not in answer.text
