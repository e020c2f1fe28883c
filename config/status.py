"""The status file: what a running `voicebot serve` is doing, for operations staff and monitoring."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from telephony.routing import TrunkView
from telephony.seat import SeatState, SeatView

FILE = "status.json"
EVERY_S = 2.0
STALE_S = 10.0
"""An engine that has not written for so long is gone, or hangs."""


@dataclass(frozen=True, slots=True)
class Status:
    """A running engine at one moment.

    Args:
        at: when that was, with a time zone.
        pid: process id of the engine.
        channels: calls that can be held at once.
        workers: the media workers' seats.
        trunks: what is known of each.
    """

    at: datetime
    pid: int
    channels: int
    workers: tuple[SeatView, ...]
    trunks: tuple[TrunkView, ...]

    @property
    def calls(self) -> int:
        """Live calls."""
        return sum(worker.calls for worker in self.workers)

    @property
    def taking(self) -> bool:
        """Whether any worker takes calls."""
        return any(worker.state is SeatState.TAKING for worker in self.workers)

    def flat(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        return asdict(self) | {"at": self.at.isoformat(), "calls": self.calls, "taking": self.taking}


def write(folder: Path, status: Status) -> None:
    """Put the status file in a folder, in one step, so that nobody reads half of it."""
    fresh = folder / f"{FILE}.new"
    fresh.write_text(json.dumps(status.flat(), indent=2) + "\n")
    fresh.replace(folder / FILE)


def read(folder: Path) -> Status | None:
    """Return what the status file in a folder says; None where there is none, or nothing that could be one."""
    try:
        found = json.loads((folder / FILE).read_text())
        workers = tuple(_worker(worker) for worker in found["workers"])
        trunks = tuple(TrunkView(**trunk) for trunk in found["trunks"])
        return Status(datetime.fromisoformat(found["at"]), found["pid"], found["channels"], workers, trunks)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def summary(workers: Sequence[SeatView]) -> str:
    """Return one line: ``0 taking 12/130, 1 taking 9/130, 2 spare 0/130``."""
    return ", ".join(f"{worker.seat} {worker.state} {worker.calls}/{worker.channels}" for worker in workers)


def _worker(found: dict[str, Any]) -> SeatView:
    address = tuple(found["address"]) if found["address"] else None
    return SeatView(
        **found | {"state": SeatState(found["state"]), "address": address, "trunks": tuple(found["trunks"])}
    )
