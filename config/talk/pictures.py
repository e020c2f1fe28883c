"""The scenario's picture, in which the page marks where the conversation stands."""

from functools import lru_cache

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from config.talk.room import room_of
from dialogs.drawing import Format, Wish, dot_source, render
from dialogs.scenario import Scenario
from engine.errors import VoicebotError
from engine.speech import Language

router = APIRouter()


@router.get("/picture.svg")
def picture(request: Request, scenario: str, language: str = "") -> Response:
    """Draw a scenario; each state is the group with the id ``state-`` and its name."""
    try:
        found = room_of(request).offers.load(scenario)
        spoken = Language(language) if language in found.languages else found.languages[0]
        return Response(_drawn(found, spoken), media_type="image/svg+xml")
    except VoicebotError as error:
        raise HTTPException(404, str(error)) from error


@lru_cache(maxsize=16)
def _drawn(scenario: Scenario, language: Language) -> bytes:
    return render(dot_source(scenario.spec, Wish(language, anytime=False)), Format.SVG)
