"""Signing in: the session it begins, attempts that are held back, codes that count once."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from config.web.access import session_cookie
from config.web.pages import own_path
from config.web.store.schema import sessions, users
from config.web.totp import matching_step

PASSWORD = "lantern orbit 7 meadow"
Open = Callable[..., Any]


def send(client: Any, path: str, **fields: str) -> Any:
    """Load a form and send it, as a browser does."""
    page = client.get(path)
    found = re.search(r'name="csrf" value="(\w+)"', page.text)
    assert found, page.text
    return client.post(urlsplit(path).path, data={"csrf": found[1], **fields})


def sign_in(client: Any, name: str = "alex", password: str = PASSWORD, **fields: str) -> Any:
    return send(client, "/login", name=name, password=password, **fields)


def test_the_session_is_new_and_only_its_hash_is_stored(open_pages: Open) -> None:
    """A token that somebody planted is worth nothing, and the database gives none away."""
    pages = open_pages()
    pages.add("alex", "designer")
    client, name = pages.client(), session_cookie(pages.site)
    client.cookies.set(name, "planted")
    answer = sign_in(client, next="/me")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(name))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    token = cookie.split("=")[1].split(";")[0]
    assert (token != "planted", len(token)) == (True, 43)
    with pages.site.database.reading() as connection:
        (row,) = connection.execute(sessions.select()).all()
    assert token not in row.token_hash
    assert len(row.token_hash) == 64


def test_behind_tls_cookies_never_travel_in_clear(open_pages: Open, tmp_path: Any) -> None:
    """They are bound to the host, and browsers are told to keep to https."""
    pages = open_pages(tls_certificate=tmp_path / "c", tls_key=tmp_path / "k")
    pages.add("alex")
    answer = sign_in(pages.client())
    cookie = next(one for one in answer.headers.get_list("set-cookie") if "session" in one)
    assert cookie.startswith("__Host-voicebot-session=")
    assert "Secure" in cookie
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_signing_out_ends_the_session_on_the_server(open_pages: Open) -> None:
    """The token is worth nothing afterwards."""
    pages = open_pages()
    client = pages.signed_in("alex")
    token = client.cookies[session_cookie(pages.site)]
    assert client.get("/me").status_code == 200
    assert client.post("/logout").headers["location"] == "/login?out=true"
    client.cookies.set(session_cookie(pages.site), token)
    assert client.get("/me").status_code == 303


def test_nothing_tells_whether_a_user_exists(open_pages: Open) -> None:
    """Unknown, disabled and wrong password: one answer."""
    from config.web.store import Actor

    pages = open_pages()
    pages.add("alex")
    gone = pages.add("robin")
    pages.site.users.set_disabled(gone, True, pages.clock.now(), Actor("test"))
    answers = [
        sign_in(pages.client(), "alex", "wrong"),
        sign_in(pages.client(), "nobody", "wrong"),
        sign_in(pages.client(), "robin"),
    ]
    plain = {re.sub(r'"\w{64}"|&#34;\w{64}&#34;|value="(alex|nobody|robin)"', "", one.text) for one in answers}
    assert [one.status_code for one in answers] == [401, 401, 401]
    assert len(plain) == 1


def test_attempts_wait_longer_and_longer_over_restarts(open_pages: Open) -> None:
    """The right password does not help while one has to wait; afterwards it does, and all is forgotten."""
    pages = open_pages()
    pages.add("alex")
    for _ in range(5):
        assert sign_in(pages.client(), "Alex", "wrong").status_code == 401
    assert sign_in(pages.client(), "alex ", "wrong").status_code == 401
    again = open_pages(clock=pages.clock)
    held = sign_in(again.client())
    assert (held.status_code, held.headers["retry-after"]) == (429, "2")
    assert "Try again in 2 s" in held.text
    pages.clock.advance(2)
    assert sign_in(again.client(), password="wrong").status_code == 401
    assert sign_in(again.client()).headers["retry-after"] == "4"
    pages.clock.advance(4)
    assert sign_in(again.client()).status_code == 303
    assert sign_in(again.client(), password="wrong").status_code == 401


def test_an_address_is_held_back_whomever_it_tries(open_pages: Open) -> None:
    """One password for many names is an attack too; a success takes back no more than itself."""
    pages = open_pages()
    now = pages.clock.now()
    attempts = pages.site.attempts
    assert [attempts.begin(f"user{number}", "10.0.0.9", now) for number in range(21)] == [0.0] * 21
    assert attempts.begin("another", "10.0.0.9", now) == 2.0
    assert attempts.begin("another", "10.0.0.8", now) == 0.0
    attempts.succeeded("user20", "10.0.0.9")
    assert attempts.begin("user20", "10.0.0.9", now) == 0.0
    assert attempts.begin("user20", "10.0.0.9", now) > 0


def test_the_longest_wait_is_bounded(open_pages: Open) -> None:
    """Nobody can shut somebody else out for more than a quarter of an hour."""
    pages = open_pages()
    for _ in range(40):
        pages.clock.advance(pages.site.attempts.begin("alex", "10.0.0.9", pages.clock.now()))
        assert pages.site.attempts.begin("alex", "10.0.0.9", pages.clock.now()) <= 900


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/scenarios?of=a", "/scenarios?of=a"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("/\t/evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_one_is_led_to_our_own_pages_alone(asked: str, led: str) -> None:
    """Wherever the link said that one was going."""
    assert own_path(asked) == led


@pytest.fixture
def guarded(open_pages: Open) -> tuple[Any, Any, str, list[str]]:
    """A site, a browser, the authenticator's secret and the recovery codes of somebody with a second factor."""
    pages = open_pages()
    client = pages.signed_in("alex", "designer")
    assert client.post("/me/second-factor/begin").headers["location"] == "/me/second-factor"
    page = client.get("/me/second-factor").text
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found
    assert 'viewBox="0 0 ' in page
    secret = found[1].replace(" ", "")
    code = pyotp.TOTP(secret).at(pages.clock.now())
    assert client.post("/me/second-factor", data={"password": "wrong", "code": code}).status_code == 422
    assert client.post("/me/second-factor", data={"password": PASSWORD, "code": "000000"}).status_code == 422
    answer = client.post("/me/second-factor", data={"password": PASSWORD, "code": code})
    codes = re.findall(r"<li>([A-Z2-7-]{19})</li>", answer.text)
    assert len(set(codes)) == 10
    return pages, pages.client(), secret, codes


def test_the_password_alone_opens_nothing(guarded: tuple[Any, Any, str, list[str]]) -> None:
    """The code is asked for, where one wanted to go is kept, and half a session expires soon."""
    pages, client, secret, _ = guarded
    answer = sign_in(client, next="/me")
    assert parse_qs(urlsplit(answer.headers["location"]).query) == {"next": ["/me"]}
    assert client.get("/me").status_code == 303
    pages.clock.advance(60)
    wrong = send(client, "/login/code", code="123456")
    assert wrong.status_code == 401
    assert send(client, "/login/code", code=pyotp.TOTP(secret).at(pages.clock.now()), next="/me").status_code == 303
    assert client.get("/me").status_code == 200
    late = pages.client()
    sign_in(late)
    pages.clock.advance(301)
    assert late.get("/login/code").headers["location"] == "/login"


def test_a_code_counts_once(guarded: tuple[Any, Any, str, list[str]]) -> None:
    """Whoever looked over a shoulder comes too late; so does an older one."""
    pages, client, secret, _ = guarded
    pages.clock.advance(90)
    code = pyotp.TOTP(secret).at(pages.clock.now())
    before = pyotp.TOTP(secret).at(pages.clock.now().timestamp() - 30)
    sign_in(client)
    assert send(client, "/login/code", code=f"{code[:3]} {code[3:]}").status_code == 303
    other = pages.client()
    sign_in(other)
    assert send(other, "/login/code", code=code).status_code == 401
    assert send(other, "/login/code", code=before).status_code == 401


def test_a_recovery_code_counts_once(guarded: tuple[Any, Any, str, list[str]]) -> None:
    """In place of the telephone."""
    pages, client, _, codes = guarded
    sign_in(client)
    assert send(client, "/login/code", code=codes[0].lower().replace("-", " ")).status_code == 303
    assert "codes left: 9" in client.get("/me").text
    other = pages.client()
    sign_in(other)
    assert send(other, "/login/code", code=codes[0]).status_code == 401


def test_codes_are_held_back_like_passwords(guarded: tuple[Any, Any, str, list[str]]) -> None:
    """A million codes cannot be tried; knowing the password does not begin the count anew."""
    pages, client, _, _ = guarded
    sign_in(client)
    statuses = [send(client, "/login/code", code=f"{number:06}").status_code for number in range(6)]
    assert statuses == [401] * 5 + [429]
    assert sign_in(pages.client()).status_code == 429


def test_the_secret_is_encrypted_and_the_factor_can_go(guarded: tuple[Any, Any, str, list[str]]) -> None:
    """With the password, or by whoever has the server; all sessions end."""
    pages, client, secret, _ = guarded
    with pages.site.database.reading() as connection:
        (row,) = connection.execute(users.select()).all()
    assert secret.encode() not in row.totp_secret
    inside = pages.signed_in("alex")
    assert inside.post("/me/second-factor/off", data={"off_password": "wrong"}).status_code == 422
    assert inside.post("/me/second-factor/off", data={"off_password": PASSWORD}).status_code == 303
    assert inside.get("/me").status_code == 303
    assert sign_in(client).headers["location"] == "/"


def test_codes_of_the_neighbouring_half_minutes_count() -> None:
    """The example of RFC 6238, appendix B, for SHA-1; two steps away is too far."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for now_s, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert matching_step(secret, code, now_s) == now_s // 30
        assert matching_step(secret, code, now_s + 30) == now_s // 30
        assert matching_step(secret, code, now_s + 60) is None
    assert matching_step(secret, "28708２", 59) is None


def test_a_new_password_ends_the_other_sessions(open_pages: Open) -> None:
    """And only with the old one; what is wrong stands beside the field."""
    pages = open_pages()
    here, there = pages.signed_in("alex"), pages.signed_in("alex")
    new = "quarry violin 3 sparrow"
    wrong = here.post("/me/password", data={"password": "no", "new": "short", "again": "shirt"})
    assert wrong.status_code == 422
    assert re.findall(r'id="(\w+)-error"', wrong.text) == ["password", "new", "again"]
    assert here.post("/me/password", data={"password": PASSWORD, "new": new, "again": new}).status_code == 303
    assert "Your password is changed." in here.get("/me").text
    assert "Your password is changed." not in here.get("/me").text
    assert there.get("/me").status_code == 303
    assert sign_in(pages.client()).status_code == 401
    assert sign_in(pages.client(), password=new).status_code == 303


def test_without_users_the_page_says_how_to_make_the_first(open_pages: Open) -> None:
    """And no longer when there is one."""
    pages = open_pages()
    assert "voicebot users add NAME --role admin" in pages.client().get("/login").text
    pages.add("alex", "admin")
    assert "voicebot users add" not in pages.client().get("/login").text


def test_what_happened_is_in_the_log_without_a_password(open_pages: Open) -> None:
    """Also what was refused."""
    pages = open_pages()
    pages.add("alex")
    sign_in(pages.client(), password="a secret of mine")
    sign_in(pages.client())
    entries = [entry for _, entry in pages.site.audit.latest()]
    assert [entry.action for entry in entries] == ["sign_in.done", "sign_in.refused", "user.added"]
    assert "secret" not in str(entries)
