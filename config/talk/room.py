"""What the section keeps open: scenarios, typed conversations, the engine behind the microphone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.requests import HTTPConnection

from config.talk.chats import Chats
from config.talk.engine import TalkEngine
from config.talk.offers import Offers
from config.web import Site


@dataclass(frozen=True, slots=True)
class Room:
    """All of it; nothing is loaded before somebody needs it."""

    offers: Offers
    chats: Chats
    engine: TalkEngine


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Close the engine when the pages stop."""
    room = _room(app)
    try:
        yield
    finally:
        await room.engine.close()


def room_of(connection: HTTPConnection) -> Room:
    """Return the room of the pages that a request came to."""
    return _room(connection.app)


def _room(app: FastAPI) -> Room:
    if (room := getattr(app.state, "talk", None)) is None:
        site: Site = app.state.site
        room = app.state.talk = Room(Offers(site.product), Chats(site.clock), TalkEngine(site.product))
    assert isinstance(room, Room)
    return room
