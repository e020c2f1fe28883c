"""The SIP library is really built."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from telephony.native.building import default_folder
from telephony.native.errors import BuildFailed
from telephony.native.recipe import max_calls, missing_packages
from telephony.native.sources import Tarball, find_tarball

pytestmark = [pytest.mark.full, pytest.mark.timeout(1200)]

ROOT = Path(__file__).parents[3]


@pytest.fixture
def tarball(monkeypatch: pytest.MonkeyPatch) -> Tarball:
    """The sources that set-up has fetched, or fetches now."""
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if missing_packages():
        pytest.skip(f"sudo apt-get install {' '.join(missing_packages())}")
    try:
        return find_tarball(default_folder() / "sources", say=print)
    except BuildFailed as error:
        pytest.skip(str(error))


def test_a_build_is_interrupted_repeated_and_loaded(tarball: Tarball, tmp_path: Path) -> None:
    """Ctrl-C in the middle leaves nothing that a repeat would take for whole; the second build does nothing."""
    command = [sys.executable, "-m", "telephony.native", "--tarball", str(tarball.path)]
    command += ["--cache", str(tmp_path / "cache"), "--target", str(tmp_path / "target")]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    interrupted = subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True)
    deadline = time.monotonic() + 300
    while not list(tmp_path.glob("cache/trees/*/pjlib/build/**/*.o")):
        assert interrupted.poll() is None, "the build ended before it was interrupted"
        assert time.monotonic() < deadline, "the build never came to compiling"
        time.sleep(0.1)
    os.killpg(interrupted.pid, signal.SIGINT)
    assert interrupted.wait(30) != 0
    assert not list(tmp_path.glob("cache/trees/*/whole"))

    subprocess.run(command, cwd=tmp_path, env=environment, check=True, timeout=1000)
    assert list(tmp_path.glob("cache/building-*")) == []
    began = time.monotonic()
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True)
    assert "Compile" not in done.stderr
    assert time.monotonic() - began < 60

    code = "import pjsua2; print(pjsua2.__file__, pjsua2.VOICEBOT_MAX_CALLS)"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"PYTHONPATH": str(tmp_path / "target")},
        check=True,
        capture_output=True,
        text=True,
    )
    assert loaded.stdout.split() == [str(tmp_path / "target" / "pjsua2.py"), str(max_calls())]
