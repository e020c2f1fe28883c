"""Processes beside the engine, or beside a command: each ends with the process that started it, however that ends."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
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
"""More than a child gives to what it does when it is asked to end."""


def environment(settings: Settings) -> Mapping[str, str]:
    """Return the environment in which a child finds the same settings."""
    return os.environ | ({CONFIG_VARIABLE: str(settings.source)} if settings.source else {})


@asynccontextmanager
async def kept_beside(
    name: str, module: Sequence[str], variables: Mapping[str, str]
) -> "AsyncIterator[asyncio.Task[None]]":
    """Keep a child running while the context is open; whatever happens to it is only logged.

    What is yielded ends by itself when the child cannot work with these settings.

    Args:
        name: for the log, in the plural.
        module: that is run, and its arguments.
        variables: the child's environment.
    """
    keeper = asyncio.create_task(_keep(name, module, variables), name=name)
    try:
        yield keeper
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper


async def _keep(name: str, module: Sequence[str], variables: Mapping[str, str]) -> None:
    loop, pause_s = asyncio.get_running_loop(), FIRST_PAUSE_S
    while True:
        began_s = loop.time()
        try:
            code = await _run(module, variables)
        except OSError as error:
            code = error.errno or 1
        if code == WRONG_SETTINGS:
            _log.error("the %s stay off; mend what they complain of, and start again", name)
            return
        if loop.time() - began_s >= _STEADY_S:
            pause_s = FIRST_PAUSE_S
        _log.warning("the %s ended (%d) and start again in %g s; calls go on", name, code, pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


async def _run(module: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run the child until it ends; cancelled, end it first."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *module),
        stdin=asyncio.subprocess.PIPE,  # ends with us, however we end, and the child with it
        stdout=asyncio.subprocess.DEVNULL,
        env=dict(variables),
        start_new_session=True,  # Ctrl-C means the engine, which lets calls end while its children go on
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


def end_with_parent() -> None:
    """End this process when standard input does: at the other end of the pipe is the parent, and it is gone."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
