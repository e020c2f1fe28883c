"""A running engine under the hands of operations staff: SIGHUP and the status file, with real media workers."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from config.operation import operated
from config.status import read
from telephony.seat import SeatState
from telephony.settings import FleetSettings, SipSettings
from telephony.sip_telephone import SipTelephone

pytestmark = pytest.mark.sip


class Nobody:
    """Permits nothing."""

    def allow(self, destination: str, time_zone: str) -> str:
        raise AssertionError("nobody dials here")


def shown(folder: Path) -> set[int | None]:
    """Return the processes of the workers by the status file, which must be there."""
    status = read(folder)
    assert status is not None
    assert status.pid == os.getpid()
    return {worker.pid for worker in status.workers}


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what other processes do."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def test_sighup_renews_the_workers_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A second one meanwhile is ignored with a line; the status file shows the new processes, and goes at the end."""
    caplog.set_level(logging.INFO)
    telephone = SipTelephone(
        SipSettings(sip_port=0, rtp_port_min=26600, rtp_port_max=26699, channels=1),
        Nobody(),
        tmp_path,
        fleet=FleetSettings(1, spare=True),
    )

    async def scenario() -> None:
        await telephone.start(lambda line: None, [])
        try:
            async with operated(telephone, tmp_path, 5.0, lambda: None):
                before = {seat.pid for seat in telephone.seats}
                os.kill(os.getpid(), signal.SIGHUP)
                os.kill(os.getpid(), signal.SIGHUP)
                await eventually(lambda: "all media workers are renewed" in caplog.text)
                assert "already" in caplog.text
                await eventually(lambda: before.isdisjoint(shown(tmp_path)))
        finally:
            await telephone.stop()

    asyncio.run(scenario())
    assert list(tmp_path.iterdir()) == []
    assert [seat.state for seat in telephone.seats] == [SeatState.DOWN, SeatState.DOWN]
    assert "media workers: 0 taking 0/1, 1 spare 0/1" in caplog.text
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
