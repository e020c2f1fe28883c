"""The demo where something goes wrong: Ctrl-C, a second demo, a port or folder that is taken, a debtor who dies."""

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

_VOICEBOT = Path(sys.executable).with_name("voicebot")
_numbers = itertools.count()


def children(of: int) -> list[int]:
    """Return a process's descendants."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == of:
            child = int(status.parent.name)
            found += [child, *children(child)]
    return found


def is_running(process: int) -> bool:
    """Say whether a process lives; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def command(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text().replace("\0", " ")


class Demo:
    """A running demo in a process group of its own, as a terminal starts it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._output = folder.parent / f"output-{next(_numbers)}.txt"
        with self._output.open("w") as file:
            self.process = subprocess.Popen(
                [str(_VOICEBOT), "demo", "--folder", str(folder), *arguments],
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._output.read_text()

    def eventually(self, condition: Callable[[], bool], within_s: float = 110.0) -> None:
        """Wait for something that another process does."""
        deadline_s = time.monotonic() + within_s
        while not condition():
            assert time.monotonic() < deadline_s, self.output
            time.sleep(0.05)

    def close(self) -> None:
        """End it, if the test did not."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
        assert self.process.stdin is not None
        self.process.stdin.close()

    def interrupt(self) -> int:
        """Press Ctrl-C: the whole group gets the signal; return the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(110)


@pytest.fixture(autouse=True)
def _ctrl_c_as_in_a_terminal() -> None:
    """Let processes hear Ctrl-C also where the test run was started in the background of a script, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Start demos that end with the test; all in one folder."""
    with ExitStack() as ends:

        def start(*arguments: str) -> Demo:
            demo = Demo(tmp_path / "demo", *arguments)
            ends.callback(demo.close)
            return demo

        yield start


@pytest.mark.sip
@pytest.mark.models
def test_ctrl_c_ends_a_call_with_all_its_processes(start: Callable[..., Demo], tmp_path: Path) -> None:
    """One line, exit code 130, no process left, and the record closed: the next demo has nothing to repair."""
    demo = start()
    demo.eventually(lambda: "bot ▸" in demo.output)
    processes = children(demo.process.pid)
    assert len(processes) >= 3, "the bot's worker, the debtor and the debtor's worker"
    assert demo.interrupt() == 130
    assert demo.output.rstrip().endswith("Stopped.")
    assert "Traceback" not in demo.output
    demo.eventually(lambda: not any(map(is_running, processes)), 30.0)
    again = subprocess.run(
        [str(_VOICEBOT), "demo", "--text", "--language", "en", "--folder", str(tmp_path / "demo")],
        input="No, you have the wrong number.\n",
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert (again.returncode, again.stderr) == (0, "")


@pytest.mark.sip
@pytest.mark.models
def test_ctrl_c_while_nobody_calls(start: Callable[..., Demo]) -> None:
    """`demo --me` gives up without a word too many."""
    demo = start("--me")
    demo.eventually(lambda: "Call sip:bot@127.0.0.1:" in demo.output)
    processes = children(demo.process.pid)
    assert demo.interrupt() == 130
    assert demo.output.partition("Ctrl-C gives up.")[2].split() == ["Stopped."]
    demo.eventually(lambda: not any(map(is_running, processes)), 30.0)


def test_ctrl_c_while_it_waits_for_typing(start: Callable[..., Demo]) -> None:
    """It does not wait for Enter first."""
    demo = start("--text")
    demo.eventually(lambda: "bot ▸" in demo.output)
    assert demo.interrupt() == 130
    assert demo.output.rstrip().endswith("Stopped.")
    assert "Traceback" not in demo.output


def test_a_second_demo_in_the_same_folder_is_refused(start: Callable[..., Demo]) -> None:
    """It says so in a line, and the first goes on."""
    first = start("--text", "--language", "en")
    first.eventually(lambda: "bot ▸" in first.output)
    second = start("--text")
    assert second.process.wait(110) == 1
    assert "calls.db: another engine is running on this database" in second.output
    assert first.process.stdin is not None
    first.process.stdin.write(b"No, you have the wrong number.\n")
    first.process.stdin.flush()
    assert first.process.wait(110) == 0


@pytest.mark.sip
@pytest.mark.models
def test_a_port_that_is_taken_is_named(start: Callable[..., Demo]) -> None:
    """Nothing is called."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        demo = start("--port", str(port))
        assert demo.process.wait(110) == 1
    assert f"{port}" in demo.output
    assert "Traceback" not in demo.output


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """One line."""
    (tmp_path / "file").touch()
    done = subprocess.run(
        [str(_VOICEBOT), "demo", "--text", "--folder", str(tmp_path / "file" / "demo")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(f"Error: {tmp_path}/file")
    assert "Not a directory" in done.stderr


@pytest.mark.sip
@pytest.mark.models
@pytest.mark.full
@pytest.mark.timeout(150)
def test_a_debtor_who_dies_in_the_middle_is_a_call_that_failed(start: Callable[..., Demo]) -> None:
    """The bot is told by the debtor's worker, which outlives it, and ends with a record and exit code 1."""
    demo = start()
    demo.eventually(lambda: "bot ▸" in demo.output)
    (debtor,) = (one for one in children(demo.process.pid) if "config.demo.debtor" in command(one))
    os.kill(debtor, signal.SIGKILL)
    assert demo.process.wait(90) == 1
    last = json.loads(demo.output.splitlines()[-1])
    assert last["disposition"] in ("hung_up", "media_lost")
    assert Path(last["recording"]).exists()
