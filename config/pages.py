"""The pages beside a running engine: a child process that is started again when it dies, and ends with the engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.children import environment, kept_beside
from config.settings import Settings


@asynccontextmanager
async def pages_beside(settings: Settings) -> AsyncIterator[None]:
    """Keep the pages running while the context is open; whatever happens to them is only logged."""
    if not settings.web.enabled:
        yield
        return
    async with kept_beside("pages", ("config.web.server",), environment(settings)):
        yield
