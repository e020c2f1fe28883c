"""The simulated debtor as a process: how it comes up, and how it ends without a call."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from config.demo.stage import debtor
from engine.audio import SAMPLE_RATE_HZ, AudioClip, write_wav
from engine.errors import TelephonyError

pytestmark = [pytest.mark.sip, pytest.mark.models]


def simulator(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.demo.debtor", *arguments], capture_output=True, text=True, timeout=60
    )


def test_a_line_that_is_no_audio_is_named(tmp_path: Path) -> None:
    """One line, before any SIP."""
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    done = simulator("--line", str(tmp_path / "broken.wav"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"the debtor simulator: {tmp_path}/broken.wav")
    assert done.stderr.count("\n") == 1


def test_a_line_of_another_shape_is_refused(tmp_path: Path) -> None:
    """A telephone takes mono at 8 kHz."""
    write_wav(tmp_path / "stereo.wav", np.zeros((SAMPLE_RATE_HZ, 2), np.int16))
    done = simulator("--line", str(tmp_path / "stereo.wav"))
    assert done.stderr == f"the debtor simulator: {tmp_path}/stereo.wav: a debtor's line is mono at 8000 Hz\n"


async def test_a_simulator_that_nobody_calls_is_ended(tmp_path: Path) -> None:
    """Its address is real, and its process gone afterwards, also where the call before it failed."""
    addresses = []

    async def fail() -> None:
        async with debtor([AudioClip(np.zeros(160, np.int16))], tmp_path) as address:
            addresses.append(address)
            raise TelephonyError("the call failed")

    with pytest.raises(TelephonyError, match="the call failed"):
        await fail()
    assert addresses[0].startswith("sip:debtor@127.0.0.1:")
    assert not [one for one in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path) in text(one)]  # noqa: ASYNC240


def text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


async def test_a_simulator_that_does_not_come_up_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a wait without end."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(TelephonyError, match="the debtor simulator did not come up"):
        async with debtor([], tmp_path):
            pass
