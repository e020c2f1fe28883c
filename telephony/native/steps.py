"""The steps of a build as people see them: a line each with a spinner and its time, and a log file behind it."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from telephony.native.errors import BuildFailed

_SHOWN_LINES = 12
_GRACE_S = 3.0


class Steps:
    """Runs programs, side by side where the caller's threads do, and ends all of them when one step fails.

    Args:
        console: where progress is shown; without a terminal each finished step is one line.
        logs: the folder of the log files, one a step.
    """

    def __init__(self, console: Console, logs: Path) -> None:
        self._console = console
        self._logs = logs
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._ended = False

    def __enter__(self) -> "Steps":
        self._logs.mkdir(parents=True, exist_ok=True)
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
        if error is not None:
            self.end_all()

    def say(self, sentence: str) -> None:
        """Print a sentence above the progress."""
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a step while the body runs."""
        began = time.monotonic()
        task = self._progress.add_task(escape(title), total=1)
        yield
        self._progress.update(task, completed=1)
        if not self._console.is_terminal:
            self.say(f"  {title}: {time.monotonic() - began:.0f} s")

    def run(
        self, title: str, command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Run a program as a step of its own.

        Args:
            title: what people read, which names the log file too.
            command: program and arguments.
            folder: where it runs.
            environment: variables beside those of this process.

        Raises:
            BuildFailed: it failed; the message has the last lines of its log.
        """
        log = self._logs / f"{re.sub(r'[^a-z0-9]+', '-', title.lower()).strip('-')}.log"
        with self.step(title), log.open("wb") as output:
            with self._lock:
                if self._ended:
                    raise BuildFailed(f"{title}: not begun, another step failed")
                process = subprocess.Popen(
                    [str(word) for word in command],
                    cwd=folder,
                    env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # make and its compilers end together
                )
                self._running.add(process)
            code = process.wait()
            with self._lock:
                self._running.discard(process)
            if code:
                raise BuildFailed(f"{title}: exit code {code}; all of it in {log}, the end is:\n{_end_of(log)}")

    def end_all(self) -> None:
        """End what runs, and let nothing begin any more."""
        with self._lock:
            self._ended = True
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGTERM)
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _end_of(log: Path) -> str:
    """Return the last lines of a log; where make went on after an error, those about the error."""
    lines = log.read_text(errors="replace").splitlines()
    errors = [line for line in lines if re.search(r"\berror:|\*\*\*|undefined reference", line)]
    shown = errors[:_SHOWN_LINES] or lines[-_SHOWN_LINES:]
    return "\n".join(f"    {line[:300]}" for line in shown)
