"""The section as the pages take it."""

from config.talk import keyboard, microphone, pictures
from config.talk.room import lifespan
from config.web import Permission, Section

_router = microphone.router  # its first page is the section's
_router.include_router(keyboard.router)
_router.include_router(pictures.router)

TALK = Section("talk", "Talk", _router, Permission.TRY_SCENARIOS, order=20, package="config.talk", lifespan=lifespan)
