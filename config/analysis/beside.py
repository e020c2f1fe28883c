"""Analysis beside a running engine, or on a host of its own: processes that are started again when they die."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from config.analysis.wiring import open_for_work
from config.children import environment, kept_beside
from config.settings import Settings
from engine.errors import ConfigurationError

_WORKER = "config.analysis.process"
_NAME = "workers of analytics"


@asynccontextmanager
async def analysis_beside(settings: Settings) -> AsyncIterator[None]:
    """Keep workers running while the context is open; the first one queues calls that are over, and sends alerts."""
    async with AsyncExitStack() as stack:
        for number in range(settings.analytics.workers if settings.analytics.enabled else 0):
            module = (_WORKER, *["--follow"] * (number == 0))
            await stack.enter_async_context(kept_beside(_NAME, module, environment(settings)))
        yield


def work_until_stopped(settings: Settings, workers: int) -> None:
    """Do whatever jobs there are, until SIGINT or SIGTERM; then give back what is in hand.

    Args:
        settings: of the product.
        workers: processes.

    Raises:
        ConfigurationError: the workers cannot work with these settings; they have said why.
        StoreError: the database cannot be opened.
    """
    open_for_work(settings).close()  # what is wrong with it is said here, not by a child
    asyncio.run(_work(settings, workers))


async def _work(settings: Settings, workers: int) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with AsyncExitStack() as stack:
        kept = [kept_beside(_NAME, (_WORKER,), environment(settings)) for _ in range(workers)]
        keepers = [await stack.enter_async_context(one) for one in kept]
        stopping = asyncio.create_task(stopped.wait())
        await asyncio.wait([stopping, *keepers], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not stopped.is_set():
            raise ConfigurationError("the workers cannot work with these settings; they say why above")
