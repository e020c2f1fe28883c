"""What operations staff can see of a running engine and do to it: its status, and new media workers on SIGHUP."""

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from config.status import EVERY_S, FILE, Status, summary, write
from engine.errors import TelephonyError
from telephony.sip_telephone import SipTelephone

_log = logging.getLogger(__name__)

_LOGGED_EVERY_S = 60.0


@asynccontextmanager
async def operated(
    telephone: SipTelephone, run_dir: Path, drain_s: float, stop: Callable[[], None]
) -> AsyncIterator[None]:
    """Keep the status file up to date and renew the media workers on SIGHUP, while the context is open.

    Args:
        telephone: running.
        run_dir: where the status file goes.
        drain_s: seconds that the live calls of each worker get to end when it is renewed.
        stop: is called where SIGHUP means that the terminal was closed in which we were started.
    """
    in_terminal = _has_terminal()
    renewing: asyncio.Task[None] | None = None

    def hung_up() -> None:
        nonlocal renewing
        if in_terminal and not _has_terminal():
            stop()
        elif renewing is not None and not renewing.done():
            _log.warning("SIGHUP is ignored: the media workers are being renewed already")
        else:
            renewing = asyncio.get_running_loop().create_task(_renew(telephone, drain_s), name="renewal")

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, hung_up)
    reporting = loop.create_task(_report(telephone, run_dir), name="status")
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        tasks = [task for task in (reporting, renewing) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        (run_dir / FILE).unlink(missing_ok=True)


def _has_terminal() -> bool:
    return any(os.isatty(descriptor) for descriptor in range(3))


async def _renew(telephone: SipTelephone, drain_s: float) -> None:
    _log.info("SIGHUP: the media workers are to be renewed")
    try:
        await telephone.renew(drain_s)
    except TelephonyError as error:
        _log.error("the media workers are not renewed: %s", error)
    else:
        _log.info("all media workers are renewed")


async def _report(telephone: SipTelephone, run_dir: Path) -> None:
    """Write the status again and again, and log it every minute and when a worker does something else than before."""
    states: list[str] = []
    logged_s = 0.0
    while True:
        workers = telephone.seats
        with contextlib.suppress(OSError):  # a full disk must not cost more than this file
            write(run_dir, Status(datetime.now(UTC), os.getpid(), telephone.channels, workers, telephone.trunks))
        before, states = states, [worker.state for worker in workers]
        now_s = time.monotonic()
        if states != before or now_s - logged_s >= _LOGGED_EVERY_S:
            logged_s = now_s
            _log.info("media workers: %s", summary(workers))
        await asyncio.sleep(EVERY_S)
