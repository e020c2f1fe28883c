"""The worker processes of one run: started, watched, replaced when they die, and ended with it."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from analytics.store import AnalyticsDatabase, jobs
from analytics.store.jobs import Progress
from config.analysis.process import new_name
from config.children import WRONG_SETTINGS
from engine.clock import SystemClock
from engine.errors import ConfigurationError, VoicebotError

_LOOK_S = 0.25
_END_S = 8.0
"""For a worker to give its job back."""
_MOST_DEATHS = 20
"""In a row, without a job that came to its end between: then something is wrong with all of them."""


@dataclass(frozen=True, slots=True)
class _Hand:
    name: str
    process: "subprocess.Popen[bytes]"


class Crew:
    """Keeps worker processes at a run until it is at its end.

    Args:
        database: with the jobs.
        run: to be worked off.
        size: processes.
        variables: their environment.
    """

    def __init__(self, database: AnalyticsDatabase, run: str, size: int, variables: Mapping[str, str]) -> None:
        self._database = database
        self._run = run
        self._size = size
        self._variables = dict(variables)
        self._clock = SystemClock()
        self._hands: list[_Hand] = []

    def work(self, told: Callable[[Progress], None]) -> Progress:
        """Return when no job of the run is open; leave none at work, however that comes.

        Args:
            told: how far it is, a few times a second.

        Raises:
            ConfigurationError: the workers cannot work with these settings; they have said why.
            VoicebotError: they die one after the other.
            StoreError: the database cannot be read.
        """
        deaths, ended = 0, 0
        try:
            while True:
                progress = self._progress()
                told(progress)
                if not progress.open:
                    return progress
                closed = sum(progress.jobs.values()) - progress.open
                if closed > ended:
                    deaths, ended = 0, closed
                deaths += self._bury()
                if deaths >= _MOST_DEATHS:
                    raise VoicebotError(f"{deaths} workers died one after the other; their log above says more")
                self._man(progress.open)
                time.sleep(_LOOK_S)
        finally:
            self._dismiss()

    def _progress(self) -> Progress:
        with self._database.reading() as connection:
            return jobs.progress(connection, self._run)

    def _man(self, open_jobs: int) -> None:
        while len(self._hands) < min(self._size, open_jobs):
            name = new_name()
            command = [sys.executable, "-m", "config.analysis.process", "--run", self._run, "--name", name]
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,  # ends with us, however we end, and the child with it
                stdout=subprocess.DEVNULL,
                env=self._variables,
                start_new_session=True,  # Ctrl-C means us, and we tell them
            )
            self._hands.append(_Hand(name, process))

    def _bury(self) -> int:
        """Give free what dead workers had; return how many died."""
        dead = [one for one in self._hands if one.process.poll() is not None]
        for one in dead:
            self._hands.remove(one)
            self._free(one)
            if one.process.returncode == WRONG_SETTINGS:
                raise ConfigurationError("the workers cannot work with these settings; they say why above")
        return sum(one.process.returncode != 0 for one in dead)

    def _dismiss(self) -> None:
        for one in self._hands:
            one.process.terminate()
        deadline_s = time.monotonic() + _END_S
        for one in self._hands:
            try:
                one.process.wait(max(0.0, deadline_s - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()
            self._free(one)
        self._hands.clear()

    def _free(self, one: _Hand) -> None:
        assert one.process.stdin is not None, "opened as a pipe"
        one.process.stdin.close()
        with self._database.writing() as connection:
            jobs.release(connection, one.name, self._clock.now())
