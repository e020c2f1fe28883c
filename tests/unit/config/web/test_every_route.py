"""Every route of the product's pages, whoever wrote it: who may use it, and that no other site's page can."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from config.web import Permission, Role
from config.web.permissions import GRANTS
from config.web.server import sections

_READ, _TRY, _EDIT = Permission.READ_SCENARIOS, Permission.TRY_SCENARIOS, Permission.EDIT_SCENARIOS
_APPROVE, _PUBLISH = Permission.APPROVE_SCENARIOS, Permission.PUBLISH_SCENARIOS
_SCENARIO, _VERSION = "/scenarios/{name}", "/scenarios/{name}/versions/{number}"

SIGNED_IN = "signed in"
ANYBODY = "anybody"

SECTIONS = {"scenarios": _READ, "talk": _TRY, "people": Permission.MANAGE_USERS, "audit": Permission.READ_AUDIT}
"""What it takes to read a section."""

CHANGES: dict[str, Permission | str] = {
    "/login": ANYBODY,
    "/login/code": ANYBODY,
    "/logout": ANYBODY,
    **dict.fromkeys(("/scenarios", f"{_SCENARIO}/draft/submit", f"{_SCENARIO}/draft/discard"), _EDIT),
    **dict.fromkeys((f"{_SCENARIO}/prompts", f"{_SCENARIO}/texts", f"{_SCENARIO}/texts/take"), _EDIT),
    **dict.fromkeys((f"{_SCENARIO}/recordings", f"{_SCENARIO}/recordings/remove"), _EDIT),
    **dict.fromkeys((f"{_SCENARIO}/files", f"{_SCENARIO}/files/{{path}}", f"{_SCENARIO}/files/{{path}}/delete"), _EDIT),
    f"{_SCENARIO}/hear": _TRY,
    f"{_VERSION}/approve": _APPROVE,
    f"{_VERSION}/publish": _PUBLISH,
    f"{_VERSION}/roll-back": _PUBLISH,
    f"{_VERSION}/withdraw": "scenarios.edit or scenarios.approve",
    **dict.fromkeys((f"{_SCENARIO}/experiments", f"{_SCENARIO}/experiments/finish"), _PUBLISH),
    "/talk/typed": _TRY,
    **{f"/talk/typed/{{chat_id}}/{step}": _TRY for step in ("say", "nobody", "undo", "restart")},
    "/people/{user_id}/roles": Permission.MANAGE_USERS,
    "/people/{user_id}/disabled": Permission.MANAGE_USERS,
}
"""What it takes to change something; a route that does is added here. One's own account is below ``/me``."""

_PLACES = {"name": "little", "number": "7", "user_id": "999", "path": "scenario.yaml", "state": "none"}


@pytest.fixture
def pages(open_pages: Callable[..., Any]) -> Any:
    pages = open_pages(*sections())
    begun = pages.signed_in("dana", "designer").post("/scenarios", data={"name": "little"})
    assert begun.status_code == 303
    return pages


def _routes(pages: Any) -> Iterator[tuple[str, str, Permission | str]]:
    """Yield method, path and what it takes, of all routes that the application itself knows."""
    pages.app.openapi_url = "/openapi.json"  # for the list alone: no route serves it
    for path, methods in pages.app.openapi()["paths"].items():
        for method in methods:
            first = path.split("/")[1]
            if method == "get":
                wanted = ANYBODY if first == "login" else SECTIONS.get(first, SIGNED_IN)
            else:
                wanted = SIGNED_IN if first == "me" else CHANGES[path]
            yield method.upper(), path, wanted


def _allowed(wanted: Permission | str, role: Role) -> bool:
    return wanted in (ANYBODY, SIGNED_IN) or any(one in GRANTS[role] for one in str(wanted).split(" or "))


def _address(path: str) -> str:
    address = path.format_map({**dict.fromkeys(("chat_id", "call_id"), "none"), **_PLACES})
    return f"{address}?scenario=little@draft" if path.endswith("picture.svg") else address


def test_a_role_may_use_what_it_is_given_and_nothing_else(pages: Any) -> None:
    """Of the hundreds of pairs of a role and a route; what is there has an answer, if only that the form is empty."""
    wrong, tried = [], 0
    for role in Role:
        client = pages.signed_in(f"the.{role}", role)
        for method, path, wanted in _routes(pages):
            if path.startswith(("/login", "/logout")):
                continue
            tried += 1
            status = client.request(method, _address(path)).status_code
            if (status == 403) is _allowed(wanted, role) or status >= 500:
                wrong.append((str(role), method, path, status))
    assert wrong == []
    assert tried > 200


def test_nobody_gets_anything_without_signing_in(pages: Any) -> None:
    """Whatever is asked for, and with a token of the visit: it leads to signing in."""
    client = pages.client()
    token = client.get("/login").text.partition('name="csrf" value="')[2].partition('"')[0]
    for method, path, wanted in _routes(pages):
        if wanted != ANYBODY:
            answer = client.request(method, _address(path), headers={"X-CSRF-Token": token})
            assert (answer.status_code, answer.headers["location"][:6]) == (303, "/login"), (method, path)


def test_no_change_comes_from_another_site(pages: Any) -> None:
    """Not without the session's token, and not with it from a foreign page."""
    client = pages.signed_in("all", *Role)
    token = client.headers.pop("X-CSRF-Token")
    changing = [(method, _address(path)) for method, path, _ in _routes(pages) if method != "GET"]
    assert len(changing) > 25
    for method, address in changing:
        assert client.request(method, address).status_code == 403, address
        for origin in ("http://evil.example", "null", "http://127.0.0.1:1"):
            headers = {"X-CSRF-Token": token, "Origin": origin}
            assert client.request(method, address, headers=headers).status_code == 403, (address, origin)


def test_nothing_is_uploaded_by_people_who_are_not_signed_in(pages: Any) -> None:
    """Their uploads are not even read."""
    answer = pages.client().post("/login", files={"name": b"x" * 2**16})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")


def test_no_address_breaks_a_header(pages: Any) -> None:
    """Of htmx, whose redirects lie in a header of its own: line ends and letters beyond Latin are encoded."""
    client = pages.signed_in("dora", "designer")
    for name, kept in (("a%0d%0aSet-Cookie:%20x=1", "a%0D%0ASet-Cookie:%20x=1"), ("%D0%B0", "%D0%B0")):
        answer = client.post(f"/scenarios/{name}/draft/discard", data={"edition": "1"}, headers={"HX-Request": "true"})
        assert answer.headers["hx-redirect"] == f"/scenarios/{kept}/versions"
        assert "set-cookie" not in answer.headers
