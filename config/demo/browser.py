"""The demo in a browser: the pages alone on loopback, with a user who signs in by a link that works once."""

import hmac
import secrets
import tempfile
import threading
import webbrowser
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from rich.console import Console
from starlette.responses import Response

from config.demo.stage import demo_settings
from config.settings import Settings
from config.web import Role
from config.web.access import address_of, session_cookie
from config.web.app import create_app
from config.web.pages import redirect, set_cookie
from config.web.server import configuration, listening, sections
from config.web.site import Site
from config.web.store import Actor, Stage, User

_USER: Final = "demo"
_ROLES: Final = (Role.DESIGNER, Role.OPERATOR)


def show_in_browser(settings: Settings, folder: Path, console: Console, *, port: int = 0, opens: bool = True) -> None:
    """Serve the pages until Ctrl-C. Blocks.

    Users, sessions, drafts and conversations lie in a folder that goes when this returns; models and voices are the
    user's own.

    Args:
        settings: of the product.
        folder: of the demo.
        console: where the link is shown.
        port: of the pages; 0 takes any that is free.
        opens: open a browser; otherwise the link is for the user to open.

    Raises:
        AddressTaken: the port is in use.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="browser-", dir=folder) as kept:
        own = demo_settings(settings, Path(kept))
        web = Settings().web.model_copy(update={"address": "127.0.0.1", "port": port, "hosts": (), "key": None})
        own = own.model_copy(update={"web": web, "scenarios": own.scenarios.model_copy(update={"folder": None})})
        app = create_app(own, sections())
        path = one_time_link(app)
        with listening(web) as listener:
            link = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
            console.print(f"Talk to the bot here; the link works once: [bold]{link}[/]", soft_wrap=True)
            console.print("[dim]Ctrl-C ends it.[/]")
            server = uvicorn.Server(configuration(app, web))
            if opens:
                threading.Thread(target=_open, args=(server, link), name="browser", daemon=True).start()
            try:
                server.run(sockets=[listener])
            except KeyboardInterrupt:
                console.print()


def one_time_link(app: FastAPI) -> str:
    """Make a user, and return the path that signs in as that user, once."""
    site: Site = app.state.site
    unknown = site.passwords.hash(secrets.token_urlsafe(32))
    user = site.users.add(_USER, unknown, _ROLES, site.clock.now(), Actor(_USER))
    secret, unused = secrets.token_urlsafe(32), threading.Semaphore()

    def enter(request: Request, token: str) -> Response:
        known = hmac.compare_digest(token.encode(), secret.encode())
        if not (known and unused.acquire(blocking=False)):  # of two requests at once, one
            raise HTTPException(403, "This link was used already. Start the demo again for a new one.")
        return _signed_in(site, request, user)

    app.add_api_route("/enter/{token}", enter, methods=["GET"])
    return f"/enter/{secret}"


def _signed_in(site: Site, request: Request, user: User) -> Response:
    browser = request.headers.get("user-agent", "")
    token = site.sessions.open(user.user_id, Stage.FULL, site.clock.now(), address_of(request), browser)
    response = redirect(request, "/talk")
    set_cookie(site, response, session_cookie(site), token)
    return response


def _open(server: uvicorn.Server, link: str) -> None:
    """Open the browser once the pages answer; where there is none, the link stands on the terminal."""
    waiting = threading.Event()
    while not server.started:
        if server.should_exit or waiting.wait(0.05):
            return
    webbrowser.open(link)
