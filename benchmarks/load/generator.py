"""Callers: SIPp processes with recorded audio."""

import shutil
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.bare_phone import a_law
from benchmarks.speech import speech

_SCENARIO = Path(__file__).parents[1] / "sipp" / "load.xml"
_AUDIO_S = 60.0
_TROUBLE = ("Could not", "Unable to", "No RTP port", "Too many", "cannot bind", "Address already in use")


def audio() -> bytes:
    """Return what every caller says: A-law, a minute long."""
    return a_law(speech(_AUDIO_S, seed=7))


def _free_from(port: int) -> int:
    """Return the first port from here on that is free together with the next three; all calls share it."""
    for first in range(port, port + 900, 4):
        with ExitStack() as held:
            try:
                for one in range(first, first + 4):
                    held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)).bind(("127.0.0.1", one))
            except OSError:
                continue
            return first
    raise RuntimeError(f"no free UDP ports from {port} on: choose others with --ports")


class Callers:
    """Calls of one SIPp process.

    Args:
        folder: for its files; the audio is written there.
        target: where it calls.
        media_port: for its RTP, or the next ones that are free.
        calls: how many, one after another and then all at once.
        per_second: how fast they are set up.
        stay_s: how long each is held.
    """

    def __init__(
        self, folder: Path, target: tuple[str, int], media_port: int, *, calls: int, per_second: float, stay_s: float
    ) -> None:
        program = shutil.which("sipp")
        if program is None:
            raise RuntimeError("sipp is not installed: apt-get install sip-tester")
        self._folder = folder
        folder.mkdir(parents=True)
        shutil.copy(_SCENARIO, folder)
        (folder / "load.alaw").write_bytes(audio())
        self._process = subprocess.Popen(
            [
                *(program, f"{target[0]}:{target[1]}", "-sf", "load.xml", "-s", "voicebot", "-nostdin"),
                *("-i", "127.0.0.1", "-mi", "127.0.0.1", "-mp", str(_free_from(media_port))),
                *("-m", str(calls), "-l", str(calls), "-r", str(max(1, round(per_second * 10))), "-rp", "10000"),
                *("-d", str(round(1000 * stay_s)), "-trace_err", "-error_file", "errors.log"),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=(folder / "screen.log").open("w"),
            stderr=subprocess.STDOUT,
        )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def gone(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """End it, whatever its calls do."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def wait(self, within_s: float) -> None:
        """Wait until its calls are over."""
        deadline_s = time.monotonic() + within_s
        while not self.gone and time.monotonic() < deadline_s:
            time.sleep(0.1)

    def check(self) -> None:
        """See that it runs.

        Raises:
            RuntimeError: it has ended; the message has its reason.
        """
        if self.gone:
            said = [self._folder / "errors.log", self._folder / "screen.log"]
            reason = "\n".join(path.read_text(errors="replace")[-1500:] for path in said if path.exists())
            raise RuntimeError(f"sipp has ended with {self._process.returncode}: {reason}")

    def trouble(self) -> list[str]:
        """Return what it complained of that makes a run invalid: ports or sockets that it did not get."""
        path = self._folder / "errors.log"
        said = path.read_text(errors="replace").splitlines() if path.exists() else []
        return [line for line in said if any(word in line for word in _TROUBLE)][:5]
