"""The pages beside the engine: a process that comes back when it dies, and never outlives the engine."""

import asyncio
import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from config.pages import pages_beside
from config.settings import Settings, load

pytestmark = pytest.mark.usefixtures("own_variables")


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def own_variables(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the data folder and the port for whichever process looks."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICEBOT_WEB__PORT", str(port))


def children() -> set[int]:
    """The processes that this one has started and that still run."""
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for path in found for pid in path.read_text().split()}


async def answers(port: int, *, wanted: bool = True, within_s: float = 110) -> None:
    """Wait until the sign-in page is there, or is not."""
    deadline_s = time.monotonic() + within_s
    while await asyncio.to_thread(_is_up, port) is not wanted:
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.1)


def _is_up(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return line.recv(100).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


async def test_pages_that_die_come_back_and_end_with_the_engine(port: int) -> None:
    """Killed hard, they are started again after a pause; left, they are gone when the engine goes on."""
    before = children()
    async with pages_beside(load()):
        await answers(port)
        (first,) = children() - before
        own = os.getpriority(os.PRIO_PROCESS, os.getpid())
        assert os.getpriority(os.PRIO_PROCESS, first) > own or own == 19  # nothing is below the lowest
        os.kill(first, signal.SIGKILL)
        await answers(port, wanted=False)
        await answers(port)
        (second,) = children() - before
        assert second != first
    assert children() - before == set()
    assert not _is_up(port)


async def test_pages_end_when_the_engine_is_killed(port: int) -> None:
    """Nobody serves the pages of an engine that is no more."""
    code = """
import asyncio
from config.pages import pages_beside
from config.settings import load

async def engine():
    async with pages_beside(load()):
        await asyncio.sleep(600)

asyncio.run(engine())
"""
    engine = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    try:
        await answers(port)
    finally:
        engine.kill()
        await engine.wait()
    await answers(port, wanted=False)


async def test_switched_off_nothing_is_started(tmp_path: Path) -> None:
    """Settings say so."""
    before = children()
    async with pages_beside(Settings(web={"enabled": False})):  # type: ignore[arg-type]
        await asyncio.sleep(0.2)
        assert children() == before


async def test_what_cannot_be_mended_by_trying_again_is_not_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that others may read: the pages stay off and the log says so; the engine goes on."""
    (tmp_path / "web.key").write_text("x")
    (tmp_path / "web.key").chmod(0o644)
    async with pages_beside(load()):
        deadline_s = time.monotonic() + 110
        while "the pages stay off" not in caplog.text:
            assert time.monotonic() < deadline_s
            await asyncio.sleep(0.1)
