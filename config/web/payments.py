"""Where the bank's own systems tell what was paid: JSON by HTTP, with a token instead of a session.

It is an application of its own below ``/api``: pages ask for a session and a form's token, which no machine has. The
outermost layer (`config.web.guard`) checks host, proxy and size before it, as for pages.
"""

import hmac
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, HTTPException, Request, status
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from analytics.intake.values import Reading
from analytics.payments import Payment
from analytics.payments.reading import payments_in
from analytics.store import AnalyticsDatabase
from analytics.store import payments as stored
from config.analysis.wiring import open_database
from config.settings import Settings
from engine.clock import Clock
from engine.errors import IntakeError, StoreError

_log = logging.getLogger(__name__)

MOST_PAYMENTS: Final = 1000
"""In one request."""
_SHOWN: Final = 20
"""Faults in one answer; more would hide the rest."""


def payments_api(settings: Settings, token: str, clock: Clock) -> FastAPI:
    """Return the application that takes payments.

    Args:
        settings: of the product.
        token: that a request must bear.
        clock: tells when payments were stored.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_database(settings) as database:
            app.state.database = database
            yield

    api = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    api.add_exception_handler(StarletteHTTPException, _told)
    api.add_exception_handler(StoreError, _no_store)
    reading = Reading(zone=ZoneInfo(settings.analytics.time_zone))

    def may_tell(request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
            raise HTTPException(status.HTTP_401_UNAUTHORIZED, "send the token as: Authorization: Bearer …")

    async def body_of(request: Request, _: Annotated[None, Depends(may_tell)]) -> str:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise HTTPException(status.HTTP_415_UNSUPPORTED_MEDIA_TYPE, "send application/json")
        try:
            return (await request.body()).decode()
        except UnicodeDecodeError:
            raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, "send it in UTF-8") from None

    @api.post("/payments")
    def take(request: Request, body: Annotated[str, Depends(body_of)]) -> dict[str, int]:
        given = _payments(body, reading)
        database: AnalyticsDatabase = request.app.state.database
        with database.writing() as connection:
            found = stored.add(connection, given, clock.now(), rehearse=True)
            if found.differing:
                mend = "another payment has the id of each; give them their own. Nothing was stored."
                raise HTTPException(status.HTTP_409_CONFLICT, _faults([*found.differing], mend))
            added = stored.add(connection, given, clock.now())
        _log.info("payments by HTTP: %d stored, %d known before", added.new, added.known)
        return {"stored": added.new, "known": added.known}

    return api


def _payments(body: str, reading: Reading) -> Sequence[Payment]:
    """Return the payments of a request: all of them, or none."""
    if not body.lstrip().startswith("["):
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, "send an array of payments: [{…}, …]")
    try:
        book = payments_in(body, reading)
    except IntakeError as error:
        raise HTTPException(status.HTTP_422_UNPROCESSABLE_CONTENT, str(error)) from None
    if book.faults:
        raise HTTPException(
            status.HTTP_422_UNPROCESSABLE_CONTENT, _faults(book.faults, "mend these. Nothing was stored.")
        )
    if len(book.payments) > MOST_PAYMENTS:
        raise HTTPException(status.HTTP_413_CONTENT_TOO_LARGE, f"send at most {MOST_PAYMENTS} at a time")
    return book.payments


def _faults(faults: Sequence[str], mend: str) -> Any:
    return {"faults": list(faults[:_SHOWN]), "more": max(0, len(faults) - _SHOWN), "mend": mend}


def _told(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)
    headers = {"WWW-Authenticate": "Bearer"} if error.status_code == status.HTTP_401_UNAUTHORIZED else None
    return JSONResponse({"error": error.detail}, error.status_code, headers=headers)


def _no_store(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, 503, headers={"Retry-After": "10"})
