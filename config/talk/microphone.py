"""Talking to a scenario by microphone: the page, its websocket, the recording of what was said."""

import asyncio
import json
import logging
from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import ValidationError
from starlette.responses import FileResponse, Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from config.talk.choice import LANGUAGES, SEGMENTS, Choice, WrongChoice
from config.talk.engine import Rehearsal
from config.talk.messages import over
from config.talk.room import Room, room_of
from config.talk.wire import Misused, SocketWire
from config.web import Permission, User, current_user, render, site_of
from config.web.access import session_cookie
from engine.errors import VoicebotError

router = APIRouter()
_log = logging.getLogger(__name__)

_FIRST_S: Final = 10.0
"""In which the page has to say what it wants."""
_FIRST_CHARACTERS: Final = 4000
_LOADING: Final = "The scenario is being loaded. After a change of its words this may take a minute, once."
_CHECK_S: Final = 15.0
"""How often it is looked whether the user may still be here."""

CurrentUser = Annotated[User, Depends(current_user)]


@router.get("")
def show(request: Request, scenario: str = "") -> Response:
    """Show the page; ``scenario`` is chosen beforehand."""
    room = room_of(request)
    chosen = Choice(scenario=scenario or "soft_collection")
    return render(
        request,
        "talk/microphone.html",
        offers=room.offers.all(),
        chosen=chosen,
        languages=LANGUAGES,
        segments=SEGMENTS,
        errors={},
    )


@router.get("/recordings/{call_id}.wav")
def recording(request: Request, call_id: str, user: CurrentUser) -> Response:
    """Give the recording of one's own conversation: stereo, bot left."""
    path = room_of(request).engine.recording(call_id, user.user_id)
    if path is None or not path.exists():
        raise HTTPException(404, "Recordings of rehearsals are kept for a while only, and not beyond a restart.")
    return FileResponse(path, media_type="audio/wav", filename=f"rehearsal-{call_id}.wav")


@router.websocket("/line")
async def line(socket: WebSocket, user: CurrentUser) -> None:
    """Hold one conversation: a JSON choice first, then audio and orders; see `config.talk.wire`."""
    await socket.accept()
    room, wire = room_of(socket), SocketWire(socket)
    delivering = asyncio.create_task(wire.deliver())
    try:
        try:
            rehearsal = await _chosen(socket, room, user, wire)
        except WebSocketDisconnect:
            return
        except (WrongChoice, VoicebotError) as error:
            wire.show({"type": "refused", "reason": str(error)})
            return
        await _held(socket, room, wire, rehearsal)
    finally:
        wire.close()
        await delivering


async def _chosen(socket: WebSocket, room: Room, user: User, wire: SocketWire) -> Rehearsal:
    """Return what the page wants to begin.

    Raises:
        WrongChoice: it is not to be had.
        VoicebotError: as much; the scenario is wrong, or there is no room.
        WebSocketDisconnect: the browser went.
    """
    room.engine.check_room(user.user_id)
    try:
        async with asyncio.timeout(_FIRST_S):
            text = await socket.receive_text()
    except (TimeoutError, KeyError):
        raise WrongChoice({"": "The first message says what is wanted."}) from None
    try:
        if len(text) > _FIRST_CHARACTERS:
            raise ValueError
        choice = Choice.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError):
        raise WrongChoice({"": "The page and the server do not understand each other: load the page again."}) from None
    wire.show({"type": "wait", "text": _LOADING})  # understanding it is learnt anew where its examples have changed
    scenario = await to_thread.run_sync(room.offers.load, choice.scenario)
    return Rehearsal(user.user_id, scenario, choice.scene(scenario), wire)


async def _held(socket: WebSocket, room: Room, wire: SocketWire, rehearsal: Rehearsal) -> None:
    if not room.engine.loaded:
        wire.show({"type": "wait", "text": "Ears and voice are being loaded. This takes some seconds, once."})
    holding = asyncio.create_task(room.engine.hold(rehearsal))
    hearing = asyncio.create_task(wire.receive())
    watching = asyncio.create_task(_watched(socket, wire, rehearsal.user_id))
    try:
        await asyncio.wait({holding, hearing}, return_when=asyncio.FIRST_COMPLETED)
        if hearing.done() and isinstance(error := hearing.exception(), Misused):
            wire.show({"type": "refused", "reason": str(error)})
        wire.show(over(await holding))
    except (VoicebotError, ValueError) as error:
        wire.show({"type": "refused", "reason": str(error)})
    finally:
        for task in (hearing, watching):
            task.cancel()
        await asyncio.gather(hearing, watching, return_exceptions=True)


async def _watched(socket: WebSocket, wire: SocketWire, user_id: int) -> None:
    """End the conversation of somebody whose session has ended or whose roles allow it no more."""
    site = site_of(socket)
    token = socket.cookies.get(session_cookie(site), "")
    while True:
        await asyncio.sleep(_CHECK_S)
        session = await to_thread.run_sync(site.sessions.find, token, site.clock.now())
        user = await to_thread.run_sync(site.users.by_id, user_id) if session else None
        if user is None or user.disabled or not user.may(Permission.TRY_SCENARIOS):
            wire.show({"type": "refused", "reason": "You are signed in no more, or may not try scenarios any more."})
            wire.hang_up("signed out")
            return
