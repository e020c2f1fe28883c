"""The pages beside a running engine: a child process that is started again when it dies, and ends with the engine."""

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.settings import CONFIG_VARIABLE, Settings

_log = logging.getLogger(__name__)

WRONG_SETTINGS = 2
"""Exit code of a child that would say the same again."""

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
_STEADY_S = 60.0
"""After so long a run the pauses begin anew."""

_END_S = 8.0
"""More than the child gives to requests that go on."""


@asynccontextmanager
async def pages_beside(settings: Settings) -> AsyncIterator[None]:
    """Keep the pages running while the context is open; whatever happens to them is only logged."""
    if not settings.web.enabled:
        yield
        return
    source = {CONFIG_VARIABLE: str(settings.source)} if settings.source else {}
    keeper = asyncio.create_task(_keep(os.environ | source), name="pages")
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _keep(environment: dict[str, str]) -> None:
    loop, pause_s = asyncio.get_running_loop(), FIRST_PAUSE_S
    while True:
        began_s = loop.time()
        try:
            code = await _run(environment)
        except OSError as error:
            code = error.errno or 1
        if code == WRONG_SETTINGS:
            _log.error("the pages stay off; mend what they complain of, and start again")
            return
        if loop.time() - began_s >= _STEADY_S:
            pause_s = FIRST_PAUSE_S
        _log.warning("the pages ended (%d) and start again in %g s; calls go on", code, pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _run(environment: dict[str, str]) -> int:
    """Run the child until it ends; cancelled, end it first."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "config.web.server"),
        stdin=asyncio.subprocess.PIPE,  # ends with us, however we end, and the child with it
        stdout=asyncio.subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # Ctrl-C means the engine, which lets calls end while pages go on
    )
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                async with asyncio.timeout(_END_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
