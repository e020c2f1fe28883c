"""What the studio works with, opened at first need and kept for the life of the pages."""

import threading
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.requests import Request

from config.scenarios import open_library
from config.settings import Settings
from config.studio.inspection import Inspector
from config.studio.reading import Reading
from config.studio.voices import Booth
from config.web import Permission, User, site_of
from dialogs.library.actors import Actor
from dialogs.library.actors import Permission as Step
from dialogs.library.library import Library

_opening = threading.Lock()

_STEPS = {
    Permission.EDIT_SCENARIOS: frozenset({Step.EDIT}),
    Permission.APPROVE_SCENARIOS: frozenset({Step.APPROVE}),
    Permission.PUBLISH_SCENARIOS: frozenset({Step.PUBLISH}),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """The studio's parts; any thread.

    Args:
        settings: of the product.
        library: of versions and drafts.
        booth: where texts are spoken.
        reading: scenarios as they were read, kept while they stay the same.
        inspector: checks and tests, in processes of their own.
    """

    settings: Settings
    library: Library
    booth: Booth
    reading: Reading = field(default_factory=Reading)
    inspector: Inspector = field(default_factory=Inspector)


def bench_of(request: Request) -> Bench:
    """Return the bench of the site that a request came to."""
    app = request.app
    with _opening:
        bench = getattr(app.state, "studio", None)
        if not isinstance(bench, Bench):
            settings = site_of(request).product
            app.state.studio = bench = Bench(settings, open_library(settings), Booth(settings))
        return bench


def close_bench(app: FastAPI) -> None:
    """Let go of what the bench holds, where one was opened. Blocks."""
    bench = getattr(app.state, "studio", None)
    if isinstance(bench, Bench):
        bench.booth.close()


def actor_for(user: User) -> Actor:
    """Return a signed-in person as the library knows them: the login, and what the roles allow."""
    steps = [step for permission, step in _STEPS.items() if user.may(permission)]
    return Actor(user.name, frozenset[Step]().union(*steps))
