"""The media path under load: 20, 130, 260 and the most possible calls at once, judged by the packets on the wire.

    python -m benchmarks.load                                    everything, about an hour
    python -m benchmarks.load --calls 130 --mode prompts         one row
    python -m benchmarks.load --calls max --mode echo            the most possible, step by step
    python -m benchmarks.load --calls 130 --mode prompts --busy only
    python -m benchmarks.load --workers 2 --calls 260
    python -m benchmarks.load --only killed                      a media worker killed in the middle of 130 calls
    python -m benchmarks.load --only foreign                     someone else's RTP at 20 calls
    python -m benchmarks.load --show                             the table and the picture of what was measured

The measured telephony and its least of engines run in processes of their own (benchmarks.load.engine), callers are SIPp
with recorded speech, and tcpdump captures loopback, for which it wants root or CAP_NET_RAW. Before anything else a
stream with known gaps shows that the measurement finds them. A row is INVALID when a caller process took more than 70 %
of a core, tcpdump missed packets, a port was missing, or it lasted less than 40 s. Keep the machine quiet meanwhile.

Each row is written to benchmarks/results/load.json as it ends, and a series that was interrupted goes on with the rows
that are missing; --again measures them anew. The picture is benchmarks/results/load.png.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.load import foreign, killed
from benchmarks.load.bench import PortPlan
from benchmarks.load.packets import CaptureError
from benchmarks.load.report import exhibit, picture, table, verdict
from benchmarks.load.results import FOLDER, Results
from benchmarks.load.rows import Row, Step, measure, sustained
from benchmarks.load.selfcheck import check
from telephony.library import loaded_library

_STEPS = (300, 350, 400, 450, 480, 511)
_KINDS = ("rows", "killed", "foreign")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--calls", default="20,130,260,max", help="calls at once, with commas; max steps up (20,130,260,max)"
    )
    parser.add_argument("--mode", default="echo,prompts", help="echo, prompts or both (both)")
    parser.add_argument(
        "--busy",
        choices=["both", "only", "no"],
        default="both",
        nargs="?",
        const="only",
        help="with a thread that keeps the engine's interpreter taken (both)",
    )
    parser.add_argument("--seconds", type=float, default=60.0, help="of each row, once all calls are up (60)")
    parser.add_argument("--workers", type=int, default=1, help="media workers that share the calls (1)")
    parser.add_argument("--only", choices=_KINDS, action="append", help="this kind alone; may be repeated (all)")
    parser.add_argument("--ports", type=int, default=40000, help="first of the 20000 UDP ports to use, even (40000)")
    parser.add_argument("--again", action="store_true", help="measure also what was measured already")
    parser.add_argument("--show", action="store_true", help="measure nothing, show what there is")
    options = parser.parse_args()
    if options.ports % 2 or not 1024 <= options.ports <= 45000:
        parser.error("--ports: an even number from 1024 to 45000")
    for mode in options.mode.split(","):
        if mode not in ("echo", "prompts"):
            parser.error(f"--mode: {mode!r} is neither echo nor prompts")
    for calls in options.calls.split(","):
        if calls != "max" and not calls.isdigit():
            parser.error(f"--calls: {calls!r} is neither a number nor max")
    return options


class Series:
    """Runs what was asked for, one after another."""

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self._options, self._console = options, console
        self._results, self._ports = Results(), PortPlan(options.ports)
        self._most = loaded_library().channels

    def run(self) -> None:
        """Measure and keep."""
        kinds = self._options.only or _KINDS
        if "rows" in kinds:
            for row in self._wanted():
                self._row(row)
            if "max" in self._options.calls.split(","):
                for busy in self._busy():
                    for mode in self._options.mode.split(","):
                        self._step_up(mode, busy=busy)
        workers = self._options.workers
        if "killed" in kinds:
            calls = min(130, self._most * workers)
            name = f"worker killed at {calls} calls" + f", {workers} workers" * (workers > 1)
            self._exhibit(name, lambda tell: killed.measure(calls, workers, self._ports, tell))
        if "foreign" in kinds:
            calls = min(20, self._most)
            for srtp in (False, True):
                name = f"foreign RTP at {calls} calls, {'SRTP' if srtp else 'plain'}"
                self._exhibit(name, lambda tell, srtp=srtp: foreign.measure(calls, self._ports, tell, srtp=srtp))

    def show(self) -> None:
        """Print the table and draw the picture."""
        self._console.print(table(self._results.rows))
        for name, row in self._results.rows.items():
            if "sent" not in row:
                self._console.print(exhibit(name, row))
        path = FOLDER / "load.png"
        picture(self._results, path)
        self._console.print(f"picture: {path}")

    def _exhibit(self, name: str, measured: Callable[[Callable[[Step], None]], dict[str, Any]]) -> None:
        if self._options.again or not self._results.has(name, 0.0):
            with self._progress(name) as tell:
                found = measured(tell)
            self._results.keep(name, found)
        self._console.print(exhibit(name, self._results.rows[name]))

    def _busy(self) -> tuple[bool, ...]:
        return {"both": (False, True), "only": (True,), "no": (False,)}[self._options.busy]

    def _wanted(self) -> Iterator[Row]:
        numbers = [int(calls) for calls in self._options.calls.split(",") if calls != "max"]
        for busy in self._busy():
            for calls in numbers:
                for mode in self._options.mode.split(","):
                    yield self._row_of(mode, calls, busy=busy)

    def _row_of(self, mode: str, calls: int, *, busy: bool) -> Row:
        return Row(mode, calls, busy, self._options.seconds, self._options.workers)

    def _row(self, row: Row) -> bool:
        """Measure a row, unless that was done; return whether more calls may be tried."""
        if row.calls > self._most * row.workers:
            self._console.print(f"{row.name}: left out, the SIP library holds {self._most} calls a worker")
            return False
        if self._options.again or not self._results.has(row.name, row.seconds):
            with self._progress(row.name) as tell:
                found = measure(row, self._ports, tell)
            entry = self._results.keep(row.name, found)
            sent = entry["sent"]
            self._console.print(
                f"{row.name}: p99 {sent['p99_ms']} ms, {sent['late_percent']} % over 40 ms, {sent['missing']} gaps, "
                f"worker {entry['cpu_percent']['workers']} %, engine {entry['cpu_percent']['engine']} % — ",
                verdict(entry),
            )
        return sustained(self._results.rows[row.name])

    def _step_up(self, mode: str, *, busy: bool) -> None:
        """Try more and more calls until they are not sustained any more, and keep the last number that was."""
        most = self._most * self._options.workers
        steps = sorted({min(step * self._options.workers, most) for step in _STEPS})
        first = self._row_of(mode, steps[0], busy=busy)
        name = first.name.replace(f"{steps[0]} calls", "most calls")
        good, limit = 0, f"the SIP library holds no more than {most}"
        for calls in steps:
            row = self._row_of(mode, calls, busy=busy)
            if not self._row(row):
                found = self._results.rows.get(row.name)
                limit = f"at {calls}: {verdict(found)}" if found else limit
                break
            good = calls
        self._results.keep(name, {"calls_held": good, "limit": limit, "steps": steps})
        self._console.print(exhibit(name, self._results.rows[name]))

    def _progress(self, name: str) -> "_Bar":
        return _Bar(self._console, name)


class _Bar:
    """A progress bar for one row."""

    def __init__(self, console: Console, name: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[what]}"),
            TimeElapsedColumn(),
            console=console,
            refresh_per_second=2,
            transient=True,
        )
        self._task = self._progress.add_task(name, total=1.0, what="")

    def __enter__(self) -> Callable[[Step], None]:
        self._progress.start()
        return lambda step: self._progress.update(self._task, completed=step.done, what=step.what)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def main() -> int:
    """Check the measurement, measure, and show."""
    options, console = arguments(), Console(width=None if sys.stdout.isatty() else 200)
    try:
        series = Series(options, console)
        if not options.show:
            checked = check(options.ports + 19500)
            console.print(
                f"self-check: {checked.missing} packets left out and a pause of 80 ms were found "
                f"({checked.missing} gaps, longest {checked.max_ms} ms)"
            )
            series.run()
        series.show()
    except (CaptureError, RuntimeError) as error:
        console.print(f"cannot measure: {error}", style="red", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
