"""Who gets in where, and what is refused: sessions, roles, foreign requests, hosts, sizes."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import APIRouter, Request, WebSocket
from starlette.responses import PlainTextResponse, Response
from starlette.websockets import WebSocketDisconnect

from config.web import Permission, Section, note
from config.web.access import CurrentUser

Open = Callable[..., Any]


def section(permission: Permission | None = Permission.EDIT_SCENARIOS) -> Section:
    """A section with a page, a form and a websocket."""
    router = APIRouter()

    @router.get("")
    def show(user: CurrentUser) -> Response:
        return PlainTextResponse(f"hello {user.name}")

    @router.post("/change")
    def change(request: Request) -> Response:
        note(request, "thing.changed", "a thing")
        return PlainTextResponse("changed")

    @router.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    return Section("things", "Things", router, permission, 10, "config.web")


def test_nobody_is_sent_to_sign_in_and_back(open_pages: Open) -> None:
    """The page that was asked for is kept, with its query."""
    answer = open_pages(section()).client().get("/things?of=a%20kind")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fthings%3Fof%3Da%2520kind")


def test_a_script_and_htmx_are_told_so(open_pages: Open) -> None:
    """A redirect would give them the form as if it were the answer."""
    client = open_pages(section()).client()
    assert client.get("/things", headers={"Sec-Fetch-Mode": "cors"}).status_code == 401
    answer = client.get("/things", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/login")


@pytest.mark.parametrize(("role", "status"), [("designer", 200), ("approver", 403), ("admin", 403)])
def test_a_role_opens_a_section_and_shows_it(open_pages: Open, role: str, status: int) -> None:
    """Whoever lacks the permission gets 403 and sees no link."""
    client = open_pages(section()).signed_in("alex", role)
    assert client.get("/things").status_code == status
    assert ('href="/things"' in client.get("/").text) is (status == 200)


def test_a_form_of_another_site_is_refused(open_pages: Open) -> None:
    """Without the token of this very session, or with a foreign Origin, nothing happens."""
    pages = open_pages(section())
    client, other = pages.signed_in("alex", "designer"), pages.signed_in("robin", "designer")
    token = client.headers.pop("X-CSRF-Token")
    assert client.post("/things/change").status_code == 403
    assert client.post("/things/change", data={"csrf": other.headers["X-CSRF-Token"]}).status_code == 403
    assert (
        client.post("/things/change", data={"csrf": token}, headers={"Origin": "http://evil.example"}).status_code
        == 403
    )
    assert client.post("/things/change", data={"csrf": token}, headers={"Origin": "null"}).status_code == 403
    assert [entry.action for _, entry in pages.site.audit.latest() if entry.action == "thing.changed"] == []
    assert client.post("/things/change", data={"csrf": token}, headers={"Origin": "http://127.0.0.1"}).text == "changed"
    (entry,) = [entry for _, entry in pages.site.audit.latest() if entry.action == "thing.changed"]
    assert (entry.actor.name, entry.subject) == ("alex", "a thing")


def test_a_websocket_wants_our_page_and_a_session(open_pages: Open) -> None:
    """Browsers send an Origin with every websocket, and cookies whoever opens it."""
    pages = open_pages(section())
    client, own = pages.signed_in("alex", "designer"), {"Origin": "http://127.0.0.1"}
    with client.websocket_connect("ws://127.0.0.1/things/live", headers=own) as socket:
        assert socket.receive_text() == "hello"
    for who, headers in (
        (client, {"Origin": "http://evil.example"}),
        (client, {}),
        (pages.client(), own),
        (pages.signed_in("robin", "approver"), own),
    ):
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            who.websocket_connect("ws://127.0.0.1/things/live", headers=headers),
        ):
            pass
        assert refused.value.code == 1008


def test_a_session_ends_when_idle_and_when_old(open_pages: Open) -> None:
    """Page views keep it alive, up to its longest."""
    pages = open_pages(section(None), idle_minutes=30, session_hours=2)
    client = pages.signed_in("alex", "designer")
    for _ in range(5):
        pages.clock.advance(20 * 60)
        assert client.get("/things").status_code == 200
    pages.clock.advance(20 * 60)
    assert client.get("/things").status_code == 303
    idle = pages.signed_in("alex")
    pages.clock.advance(31 * 60)
    assert idle.get("/things").status_code == 303


def test_a_disabled_user_is_out_at_once(open_pages: Open) -> None:
    """Not at the next signing in."""
    from config.web.store import Actor

    pages = open_pages(section(None))
    client = pages.signed_in("alex", "designer")
    pages.site.users.set_disabled(pages.site.users.account("alex").user, True, pages.clock.now(), Actor("test"))
    assert client.get("/things").status_code == 303


def test_every_answer_carries_the_policy(open_pages: Open) -> None:
    """Pages, errors, refusals and files alike."""
    client = open_pages(section()).client()
    answers = [
        client.get("/login"),
        client.get("/nowhere"),
        client.get("/login", headers={"Host": "evil.example"}),
        client.get("/static/style.css"),
    ]
    assert [answer.status_code for answer in answers] == [200, 404, 421, 200]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_too_large_is_not_read(open_pages: Open) -> None:
    """A form has its limit, an upload the one of the settings."""
    pages = open_pages(section(), max_upload_mb=2)
    client = pages.signed_in("alex", "designer")
    token = {"csrf": client.headers.pop("X-CSRF-Token")}
    assert client.post("/things/change", data=token | {"text": "x" * 2**21}).status_code == 413
    assert client.post("/things/change", data=token, files={"file": b"x" * 2**20}).status_code == 200
    assert client.post("/things/change", data=token, files={"file": b"x" * 2**21}).status_code == 413


def test_what_fails_unexpectedly_tells_only_a_number(open_pages: Open, caplog: pytest.LogCaptureFixture) -> None:
    """The rest is in the log."""
    router = APIRouter()

    @router.get("")
    def fail() -> None:
        raise RuntimeError("the secret of the house")

    answer = open_pages(Section("things", "Things", router, None, 1, "config.web")).signed_in("alex").get("/things")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "frame-ancestors" in answer.headers["content-security-policy"]
    assert answer.text.split("incident ")[1].strip(".\n") in caplog.text
