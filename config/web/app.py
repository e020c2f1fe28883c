"""Puts the pages together: sections, guards, error pages."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import PlainTextResponse, Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from config.settings import Settings
from config.web import home, me, signin
from config.web.access import SignInNeeded, check_request, require
from config.web.guard import Guard, PeerGate
from config.web.keys import load_keys
from config.web.pages import environment, redirect, render
from config.web.passwords import Passwords
from config.web.payments import payments_api
from config.web.section import Section
from config.web.site import Site
from config.web.static import PATH, Kept, StaticUrls
from config.web.store import Attempts, Audit, Sessions, SessionTimes, Users, WebDatabase
from engine.clock import Clock, SystemClock
from engine.errors import StoreError

_OWN = Path(__file__).parent


def create_app(settings: Settings, sections: Sequence[Section], *, clock: Clock | None = None) -> FastAPI:
    """Return the site; its database is open until the application's lifespan ends.

    Args:
        settings: of the product.
        sections: names differ.
        clock: tells when sessions expire.

    Raises:
        ConfigurationError: the key of the pages is wrong.
        StoreError: their database cannot be opened.
        ValueError: two sections have one name.
    """
    site = make_site(settings, tuple(sorted(sections, key=lambda one: one.order)), clock or SystemClock())
    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        dependencies=[Depends(check_request)],
    )
    app.state.site = site
    app.add_exception_handler(SignInNeeded, _to_sign_in)
    app.add_exception_handler(StarletteHTTPException, _error_page)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(StoreError, _no_store)
    app.include_router(signin.router)
    app.include_router(home.router)
    app.include_router(me.router)
    for section in site.sections:
        app.include_router(section.router, prefix=section.path, dependencies=[Depends(require(section.permission))])
        if (folder := section.folder / "static").is_dir():
            app.mount(f"{PATH}/{section.name}", Kept(directory=folder))
    app.mount(PATH, Kept(directory=_OWN / "static"))
    if (token := settings.web.payments_token) is not None:
        app.state.api = payments_api(settings, token.get_secret_value(), site.clock)
        app.mount("/api", app.state.api)
    app.add_middleware(Guard, settings=settings.web)
    if proxies := settings.web.behind_proxy:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=[str(network) for network in proxies])
        app.add_middleware(PeerGate, proxies=proxies)
    return app


def make_site(settings: Settings, sections: tuple[Section, ...], clock: Clock) -> Site:
    """Open the database and read the key; the command line uses the same parts as the pages.

    Raises:
        ConfigurationError: the key of the pages is wrong.
        StoreError: their database cannot be opened.
        ValueError: two sections have one name.
    """
    names = [section.name for section in sections]
    if len(set(names)) < len(names):
        raise ValueError(f"two sections have one name: {', '.join(sorted(names))}")
    folders = {"": _OWN / "static"} | {one.name: one.folder / "static" for one in sections}
    key = settings.web.key.get_secret_value() if settings.web.key else None
    keys = load_keys(key, settings.paths.data_dir / "web.key")
    database = WebDatabase(settings.web_database_url)
    return Site(
        settings,
        settings.web,
        database,
        Users(database),
        Sessions(database, SessionTimes(settings.web.idle, settings.web.longest)),
        Attempts(database),
        Audit(database),
        keys,
        Passwords(),
        clock,
        sections,
        environment(sections),
        StaticUrls({name: folder for name, folder in folders.items() if folder.is_dir()}),
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    site: Site = app.state.site
    async with AsyncExitStack() as stack:
        stack.callback(site.database.close)
        if (api := getattr(app.state, "api", None)) is not None:
            await stack.enter_async_context(api.router.lifespan_context(api))
        for section in site.sections:
            if section.lifespan is not None:
                await stack.enter_async_context(section.lifespan(app))
        yield


def _to_sign_in(request: Request, error: Exception) -> Response:
    """Send a person to sign in and back; tell a script or htmx so by 401."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    path = "/login?" + urlencode({"next": back}) if request.method == "GET" and back != "/" else "/login"
    if request.headers.get("HX-Request") == "true":
        return PlainTextResponse("sign in first\n", 401, headers={"HX-Redirect": "/login"})
    if request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return PlainTextResponse("sign in first\n", 401)
    return redirect(request, path)


_TITLES = {
    400: "This request could not be read",
    403: "Not allowed",
    404: "There is no such page",
    405: "There is no such page",
    413: "Too large",
    422: "Something in the form could not be read",
    503: "Not available at present",
}


def _error_page(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    return _page(request, error.status_code, error.detail if isinstance(error, HTTPException) else "", error.headers)


def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = sorted({".".join(map(str, one["loc"][1:])) or "the whole" for one in error.errors()})
    return _page(request, 422, f"Look at: {', '.join(fields)}.")


def _no_store(request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", 503, headers={"Retry-After": "10"})


def _page(request: Request, status: int, detail: str, headers: object = None) -> Response:
    title = _TITLES.get(status, "This did not work")
    template = "error_part.html" if request.headers.get("HX-Request") == "true" else "error.html"
    response = render(request, template, status_code=status, title=title, detail=detail, status=status)
    if isinstance(headers, dict):
        response.headers.update(headers)
    return response
