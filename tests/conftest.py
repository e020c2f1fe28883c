"""How tests are shared out between two processes, and fixtures of many: logging, the pages and a real browser."""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from playwright.sync_api import Browser, Page
    from starlette.testclient import TestClient

    from config.web import Section, Site, User
    from engine.clock import VirtualClock

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "lantern orbit 7 meadow"

# Without these Chromium asks Google's hosts for updates and lists; the sandbox cannot start as root, as tests may run.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

_REALTIME = (
    "tests/acceptance/test_call.py",
    "tests/acceptance/test_demo.py",
    "tests/acceptance/test_demo_by_phone.py",
    "tests/acceptance/test_serve.py",
    "tests/integration/store/test_killed.py",
    "tests/integration/talk/",
    "tests/integration/telephony/",
    "tests/unit/config/test_inbound.py",
    "tests/unit/dialogs/rasa/test_client.py",
)
"""Tests that fail where they are not given their time: they talk in calls, or bound a wait by a second.

They mostly wait, one after another, and so make the run as long as it is: whatever can wait stands elsewhere.
"""

_PATIENT_NICENESS = 15
_PATIENT_TIMEOUT_S = 600  # beside calls that leave them nearly nothing

# A test that stands back is no slower for it than it should be.
hypothesis_settings.register_profile("any pace", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("any pace")

_REFUSALS = ("Failed to load resource", "Response Status Error Code")
"""What browser and htmx write of every 4xx, which a test may well mean."""


@pytest.hookimpl(tryfirst=True)  # before the folder is made
def pytest_configure(config: pytest.Config) -> None:
    """Name a process's temporary folder ``0`` and not ``popen-gw0``: a socket's path may have only 107 bytes."""
    if hasattr(config, "workerinput"):
        folder = Path(config.option.basetemp)
        config.option.basetemp = folder.with_name(folder.name.removeprefix("popen-gw"))


@pytest.hookimpl(optionalhook=True)  # without xdist nobody asks
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share groups out whole, in the order of collection: all that lives in real time is one, each other module one.

    xdist's own ``--dist loadgroup`` cannot: pytest no longer lets it write the group behind a test's name, and it then
    takes each test for a group of its own, without a word.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "realtime" if nodeid.startswith(_REALTIME) else nodeid.partition("::")[0]

    config.option.loadscopereorder = False
    return Groups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put real time in front, so that one process has all of it before anything else, and the other none."""
    if not hasattr(config, "workerinput"):
        return
    items.sort(key=lambda item: not item.nodeid.startswith(_REALTIME))  # stable
    for item in items:
        if not item.nodeid.startswith(_REALTIME) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(_PATIENT_TIMEOUT_S))


@pytest.hookimpl(tryfirst=True)  # before fixtures are made
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Stand back behind the calls of the other process, with all that the tests start from here on."""
    if hasattr(item.config, "workerinput") and not item.nodeid.startswith(_REALTIME) and os.nice(0) < _PATIENT_NICENESS:
        os.nice(_PATIENT_NICENESS - os.nice(0))


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Put the root logger back after a test that configures it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@dataclass
class Pages:
    """A site with a database of its own, and people to visit it."""

    app: "FastAPI"
    site: "Site"
    clock: "VirtualClock"
    clients: "list[TestClient]" = field(default_factory=list)

    def client(self) -> "TestClient":
        """Return a browser of nobody; it follows no redirect."""
        from starlette.testclient import TestClient

        base_url = "https://127.0.0.1" if self.site.settings.secure else "http://127.0.0.1"
        client = TestClient(self.app, base_url=base_url, follow_redirects=False)
        self.clients.append(client)
        return client

    def add(self, name: str, *roles: str) -> "User":
        """Make a user, whose password is `PASSWORD`."""
        from config.web import Role
        from config.web.store import Actor

        hashed = self.site.passwords.hash(PASSWORD)
        return self.site.users.add(name, hashed, map(Role, roles), self.clock.now(), Actor("test"))

    def signed_in(self, name: str, *roles: str) -> "TestClient":
        """Return a browser in which somebody is signed in; it sends the token that forms would carry."""
        from config.web.access import TOKEN_HEADER, session_cookie
        from config.web.store import Stage

        account = self.site.users.account(name)
        user = account.user if account else self.add(name, *roles)
        token = self.site.sessions.open(user.user_id, Stage.FULL, self.clock.now(), "127.0.0.1", "test")
        client = self.client()
        client.cookies.set(session_cookie(self.site), token)
        client.headers[TOKEN_HEADER] = self.site.keys.request_token(token)
        return client


@pytest.fixture
def open_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Pages]]:
    """Open a site: `open_pages(*sections, **settings of the web section)`."""
    from argon2 import PasswordHasher

    from config.settings import Settings
    from config.web.app import create_app
    from config.web.passwords import Passwords
    from engine.clock import VirtualClock

    opened: list[Pages] = []
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    for name in [name for name in os.environ if name.startswith("VOICEBOT_")]:
        monkeypatch.delenv(name)

    def open_one(*sections: "Section", clock: Any = None, **web: Any) -> Pages:
        clock = clock or VirtualClock()
        settings = Settings(paths={"data_dir": tmp_path / "data"}, web=web)  # type: ignore[arg-type]
        app = create_app(settings, sections, clock=clock)
        app.state.site = replace(app.state.site, passwords=Passwords(cheap))
        opened.append(Pages(app, app.state.site, clock))
        return opened[-1]

    yield open_one
    for pages in opened:
        for client in pages.clients:
            client.close()
        pages.site.database.close()


@pytest.fixture
def serve_pages() -> Callable[[Pages], Any]:
    """Serve a site on a port of loopback; the context's value is its URL."""
    import uvicorn

    @contextmanager
    def serve(pages: Pages) -> Iterator[str]:
        config = uvicorn.Config(pages.app, port=0, log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="pages")
        thread.start()
        try:
            deadline_s = time.monotonic() + 20
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline_s
                time.sleep(0.02)
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)

    return serve


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """Debian's Chromium without a window, with a fake microphone.

    While it is open, Playwright has an event loop of its own in this thread: a module that uses it has no async tests.
    """
    from playwright.sync_api import sync_playwright

    if not CHROMIUM.exists():
        pytest.fail("chromium is not installed: apt-get install chromium, or make setup-test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: "Browser") -> "Iterator[Page]":
    """A page of a browser that knows nothing yet; what its console complains of fails the test."""
    context = chromium.new_context(locale="en-GB", viewport={"width": 1200, "height": 800})
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert [one for one in complaints if not one.startswith(_REFUSALS)] == []
