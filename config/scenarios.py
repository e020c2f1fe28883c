"""The scenarios that a running engine serves: the library's first, then shipped ones; renewed while calls go on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from config.settings import Settings
from dialogs.library.library import Library
from dialogs.library.serving import Served, Serving

_log = logging.getLogger(__name__)

_EVERY_S: Final = 1.0
"""How often the library is looked at: one `stat` of its journal while nothing happens."""


def open_library(settings: Settings) -> Library:
    """Return the library of the settings; it is made by the first step taken in it."""
    return Library(settings.scenarios_dir)


def open_serving(settings: Settings, names: Iterable[str]) -> Serving:
    """Load scenarios by name, from the library where it has them in service, or by path.

    Raises:
        LibraryError: the library cannot be read.
        ScenarioError: one of them is not to be had, or is wrong.
    """
    return Serving(open_library(settings), names)


@asynccontextmanager
async def renewing(serving: Serving, on_renewed: Callable[[Mapping[str, Served]], None]) -> AsyncIterator[None]:
    """Serve what comes into service while the context is open.

    Loading takes a thread of its own beside the event loop, so that it keeps no audio waiting.

    Args:
        serving: what is served.
        on_renewed: is told on the event loop what new calls run by now, by name.
    """
    watching = asyncio.get_running_loop().create_task(_watch(serving, on_renewed), name="scenarios")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch(serving: Serving, on_renewed: Callable[[Mapping[str, Served]], None]) -> None:
    while True:
        await asyncio.sleep(_EVERY_S)
        try:
            renewed = await asyncio.to_thread(serving.refresh)
            if renewed:
                on_renewed(renewed)
        except Exception:  # the task's root: a fault of the library must not end what is served
            _log.exception("the scenario library could not be looked at; what was served stays in service")
