"""The bench: the measured engine in its own process, the callers in theirs, the captures, and the ports they use."""

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from benchmarks.load.generator import Callers
from benchmarks.load.packets import Capture, Packets, datagrams, read_rtp, rtp_between
from benchmarks.load.signalling import Signalling

CALLS_A_SECOND = 10.0
CALLS_A_GENERATOR = 180
"""One SIPp process holds many more; several share the work of a machine better."""
ANSWER_S = 60.0


@dataclass(frozen=True, slots=True)
class PortPlan:
    """Which of a range of 20000 UDP ports is whose.

    Args:
        base: the first one, even.
    """

    base: int = 40000

    @property
    def worker_rtp(self) -> tuple[int, int]:
        """First and last one of our media workers."""
        return self.base, self.base + 7999

    def callers_rtp(self, serial: int) -> int:
        """Return the first one for the media of a SIPp process."""
        return self.base + 8000 + 1000 * serial

    @property
    def attacker(self) -> int:
        """Of someone who has no business here."""
        return self.base + 19000


@dataclass(frozen=True, slots=True)
class Worker:
    """A media worker.

    Args:
        pid: process id.
        address: of its SIP.
    """

    pid: int
    address: tuple[str, int]


class Engine:
    """`benchmarks.load.engine` in a process of its own, ended with the context."""

    def __init__(
        self, folder: Path, ports: PortPlan, mode: str, channels: int, workers: int, *, srtp: bool = False
    ) -> None:
        self.recordings, self.log = folder / "recordings", folder / "engine.log"
        self.recordings.mkdir()
        first, last = ports.worker_rtp
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "benchmarks.load.engine", "--mode", mode, "--channels", str(channels)),
                *("--workers", str(workers), "--rtp-min", str(first), "--rtp-max", str(last)),
                *("--run-directory", str(folder / "run"), "--recordings", str(self.recordings)),
                *(("--srtp",) if srtp else ()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log.open("w"),
            text=True,
        )
        found = self.workers()
        self.addresses = [worker.address for worker in found]

    def __enter__(self) -> "Engine":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process, if it has not been stopped."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def workers(self) -> list[Worker]:
        """Return the media workers that are up now and take calls."""
        return [Worker(one["pid"], (one["host"], one["port"])) for one in self.order("workers")["workers"]]

    def order(self, what: str) -> dict[str, Any]:
        """Give an order and return the answer.

        Raises:
            RuntimeError: it has ended; the message has the end of its log.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": what}) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError(f"the engine has ended:\n{self.log.read_text()[-3000:]}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def stop(self) -> dict[str, Any]:
        """End all calls and the process, and return its last account."""
        account = self.order("stop")
        self._process.wait(60)
        return account


@dataclass
class Bench:
    """A running engine, captures of its signalling and media, and callers to be sent.

    Args:
        folder: for all files.
        ports: in use.
        engine: measured.
        rtp: capture of media.
        sip: capture of signalling.
    """

    folder: Path
    ports: PortPlan
    engine: Engine
    rtp: Capture
    sip: Capture

    def __post_init__(self) -> None:
        self.callers: list[Callers] = []

    def call(self, calls: int, stay_s: float, *, per_second: float = CALLS_A_SECOND) -> None:
        """Let some more callers call, from as many processes as that needs, each at one of the workers."""
        count = max(math.ceil(calls / CALLS_A_GENERATOR), len(self.engine.addresses))
        for index in range(count):
            serial = len(self.callers)
            share = calls // count + (index < calls % count)
            self.callers.append(
                Callers(
                    self.folder / f"callers-{serial}",
                    self.engine.addresses[serial % len(self.engine.addresses)],
                    self.ports.callers_rtp(serial),
                    calls=share,
                    per_second=per_second / count,
                    stay_s=stay_s,
                )
            )

    def wait_up(self, calls: int, tell: Callable[[int], None]) -> int:
        """Wait until so many calls are up, and return how many are; gives up once none has been added for long."""
        up, since_s = 0, time.monotonic()
        while up < calls and time.monotonic() - since_s < max(10.0, 30.0 / CALLS_A_SECOND):
            now_up = self.engine.order("account")["up"]
            if now_up != up:
                up, since_s = now_up, time.monotonic()
                tell(up)
            for one in self.callers:
                one.check()
            time.sleep(0.25)
        return up

    def packets(self) -> Packets:
        """Return the captured media; after the capture."""
        return read_rtp(self.rtp.path)

    def signalling(self) -> Signalling:
        """Return the signalling captured so far."""
        return Signalling(datagrams(self.sip.path), {port for _, port in self.engine.addresses})


@contextmanager
def bench(
    mode: str, channels: int, workers: int, ports: PortPlan, *, srtp: bool = False
) -> Iterator[tuple[Bench, ExitStack]]:
    """Set a bench up in a temporary folder. The stack, once closed, ends the captures before the rest is gone."""
    with tempfile.TemporaryDirectory(prefix="load-bench-") as name:
        folder = Path(name)
        first = ports.base
        with Engine(folder, ports, mode, channels, workers, srtp=srtp) as engine, ExitStack() as captures:
            rtp = captures.enter_context(Capture(folder / "rtp.pcap", rtp_between(first, first + 19999)))
            listening = " or ".join(f"udp port {port}" for _, port in engine.addresses)
            sip = captures.enter_context(Capture(folder / "sip.pcap", listening, whole=True))
            made = Bench(folder, ports, engine, rtp, sip)
            try:
                yield made, captures
            finally:
                for callers in made.callers:
                    callers.stop()
