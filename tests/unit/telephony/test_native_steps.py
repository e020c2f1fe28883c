"""How the steps of a build run, fail and end."""

import importlib.metadata
import io
import json
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from telephony.native.building import _side_by_side, locked
from telephony.native.errors import BuildFailed
from telephony.native.steps import Steps
from telephony.native.wheel import install, write_wheel


@pytest.fixture
def console() -> Console:
    """A console that is no terminal, as in continuous integration."""
    return Console(file=io.StringIO(), width=120)


def test_a_step_is_one_line_without_a_terminal(tmp_path: Path, console: Console) -> None:
    """With its time; what it printed is in its log."""
    with Steps(console, tmp_path) as steps:
        steps.run("Say hello", ["echo", "hello"], tmp_path)
    assert console.file.getvalue() == "  Say hello: 0 s\n"  # type: ignore[attr-defined]
    assert (tmp_path / "say-hello.log").read_text() == "hello\n"


def test_a_failure_names_the_log_and_shows_the_errors(tmp_path: Path, console: Console) -> None:
    """Where make went on for a while after an error, the error is shown and not what came last."""
    script = "echo 'a.cpp:1: error: no such thing'; for n in $(seq 40); do echo compiling $n; done; exit 2"
    with pytest.raises(BuildFailed, match="no such thing") as failed, Steps(console, tmp_path) as steps:
        steps.run("Compile all", ["bash", "-c", script], tmp_path)
    assert str(tmp_path / "compile-all.log") in str(failed.value)
    assert "compiling 40" not in str(failed.value)


def test_the_first_failure_ends_what_runs_beside_it(tmp_path: Path, console: Console) -> None:
    """With the programs that it started; nothing begins any more."""

    def run(steps: Steps, title: str, script: str) -> Path:
        steps.run(title, ["bash", "-c", script], tmp_path)
        return tmp_path

    began = time.monotonic()
    with pytest.raises(BuildFailed, match="Fail"), Steps(console, tmp_path) as steps:
        _side_by_side(
            steps,
            [
                partial(run, steps, "Sleep", "sleep 60 & echo $! > sleeper; wait"),
                partial(run, steps, "Fail", "while [ ! -s sleeper ]; do sleep 0.01; done; exit 3"),
                *(partial(run, steps, f"Later {n}", "touch later") for n in range(100)),
            ],
        )
    assert time.monotonic() - began < 20
    sleeper = int((tmp_path / "sleeper").read_text())
    gone = Path(f"/proc/{sleeper}/stat")
    deadline = time.monotonic() + 5
    while gone.exists() and " Z " not in gone.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not gone.exists() or " Z " in gone.read_text()


def test_two_builds_do_not_meet(tmp_path: Path) -> None:
    """The second says that it waits, and goes on when the first has ended."""
    told, order = threading.Event(), list[str]()

    def second() -> None:
        with locked(tmp_path, waiting=told.set):
            order.append("second")

    with locked(tmp_path, waiting=lambda: pytest.fail("nobody else builds")):
        thread = threading.Thread(target=second)
        thread.start()
        assert told.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_the_wheel_is_one_that_pip_installs(tmp_path: Path) -> None:
    """With what `telephony.library` reads of it, and the same bytes each time."""
    (tmp_path / "pjsua2.py").write_text("answer = 42\n")
    files, facts = {"pjsua2.py": tmp_path / "pjsua2.py"}, json.dumps({"patches": ["a"]})
    wheel = write_wheel(tmp_path / "wheels", "2.17+voicebot.0123abcd.512", files, facts)
    once = wheel.read_bytes()
    assert write_wheel(tmp_path / "wheels", "2.17+voicebot.0123abcd.512", files, facts).read_bytes() == once
    install(wheel, tmp_path / "target")
    (distribution,) = importlib.metadata.distributions(name="pjsua2-python", path=[str(tmp_path / "target")])
    assert distribution.version == "2.17+voicebot.0123abcd.512"
    assert json.loads(distribution.read_text("voicebot.json") or "")["patches"] == ["a"]
    assert f"cp{sys.version_info.major}{sys.version_info.minor}" in wheel.name
