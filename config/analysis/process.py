"""A process that works jobs off: all of one run, or, beside `voicebot serve`, whatever comes until it is stopped."""

import argparse
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from secrets import token_hex
from typing import NoReturn

from analytics.expressions.lemmas import read_dictionaries
from analytics.pipeline.worker import Worker
from analytics.store import AnalyticsDatabase, jobs
from config import logs
from config.alerting import courier_beside, sending
from config.analysis.following import Follower
from config.analysis.wiring import make_pipeline, open_for_work
from config.children import WRONG_SETTINGS, end_with_parent
from config.settings import Settings, load
from engine.clock import SystemClock
from engine.errors import ConfigurationError, VoicebotError

_log = logging.getLogger("config.analysis.process")  # also where this module is the program

_NICER = 10
"""Than the engine, whose audio goes first."""
_IDLE_S = 0.5
"""For a job to come, where there is none."""


def new_name() -> str:
    """Return a name that no other worker has, on any host."""
    return f"{socket.gethostname()}:{os.getpid()}:{token_hex(4)}"


def work_off(settings: Settings, name: str, run: str) -> None:
    """Do all jobs of a run, and wait for those that other workers have.

    Raises:
        StoreError: the database cannot be read or written.
        ConfigurationError: nothing can be done with these settings.
    """
    clock = SystemClock()
    pipeline = make_pipeline(settings)
    with open_for_work(settings) as database, Worker(database, pipeline, clock, name, run=run) as worker:
        while worker.work(_IDLE_S) or _are_open(database, run):
            continue


def serve(settings: Settings, name: str, *, follows: bool) -> NoReturn:
    """Do whatever jobs there are; while there are none, look for new ones.

    Args:
        settings: of the product.
        name: of the worker.
        follows: queue the engine's calls that are over, and send alerts.

    Raises:
        StoreError: the database cannot be read or written.
        ConfigurationError: nothing can be done with these settings.
    """
    clock = SystemClock()
    pipeline = make_pipeline(settings)
    with open_for_work(settings) as database, Worker(database, pipeline, clock, name) as worker:
        follower = Follower(settings, database, pipeline, clock) if follows else None
        with sending(courier_beside(settings) if follows else None, database, clock):
            while True:
                if follower is not None:
                    follower.look()
                worker.work(_IDLE_S)


def _are_open(database: AnalyticsDatabase, run: str) -> bool:
    """Whether a run is not at its end."""
    with database.reading() as connection:
        return jobs.progress(connection, run).open > 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run as a child, which its parent tells what to do; ends with the parent."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", default=new_name())
    parser.add_argument("--run")
    parser.add_argument("--follow", action="store_true")
    chosen = parser.parse_args(arguments)
    os.nice(_NICER)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))  # a job in hand is given back
    try:
        settings = load()
        logs.configure(settings.log.level, settings.log.format)
        end_with_parent()
        read_dictionaries()
        if chosen.run:
            work_off(settings, chosen.name, chosen.run)
        else:
            serve(settings, chosen.name, follows=chosen.follow)
    except ConfigurationError as error:
        _log.error("analytics: %s", error)
        return WRONG_SETTINGS
    except VoicebotError as error:
        _log.error("analytics: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    code = main()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it ends already
    sys.exit(code)
