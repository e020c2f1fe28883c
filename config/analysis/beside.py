"""Analysis beside a running engine: processes that are started again when they die, and end with the engine."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from config.children import environment, kept_beside
from config.settings import Settings


@asynccontextmanager
async def analysis_beside(settings: Settings) -> AsyncIterator[None]:
    """Keep workers running while the context is open; the first one queues calls that are over, and sends alerts."""
    async with AsyncExitStack() as stack:
        for number in range(settings.analytics.workers if settings.analytics.enabled else 0):
            module = ("config.analysis.process", *["--follow"] * (number == 0))
            await stack.enter_async_context(kept_beside("workers of analytics", module, environment(settings)))
        yield
