"""`voicebot status`: what the status file says, and what is made of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config import cli
from config.status import Status, read, summary, write
from telephony.routing import TrunkView
from telephony.seat import SeatState, SeatView

WORKERS = (
    SeatView(0, SeatState.TAKING, ("127.0.0.1", 5060), 101, 12, 130, 1, ("main",)),
    SeatView(1, SeatState.DOWN, None, None, 0, 130, 7, ()),
    SeatView(2, SeatState.SPARE, ("127.0.0.1", 5062), 103, 0, 130, 0, ()),
)

TRUNKS = (TrunkView("main", 12, 60, ""), TrunkView("backup", 0, None, "403 Forbidden"))


def now(**changed: Any) -> Status:
    """Return a status of this moment."""
    return replace(Status(datetime.now(UTC), 100, 260, WORKERS, TRUNKS), **changed)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command on a status, or on none."""
    monkeypatch.setenv("VOICEBOT_PATHS__RUN_DIR", str(tmp_path))

    def ask(status: Status | None, *options: str) -> Result:
        if status is not None:
            write(tmp_path, status)
        return CliRunner().invoke(cli.cli, ["status", *options])

    return ask


def test_a_status_survives_its_file(tmp_path: Path) -> None:
    """Nothing is lost, and no half-written file stays."""
    status = now()
    write(tmp_path, status)
    assert read(tmp_path) == status
    assert [path.name for path in tmp_path.glob("status*")] == ["status.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"at": 1, "pid": 2, "channels": 3, "workers": [{}], "trunks": []}'])
def test_a_file_that_is_none_is_as_good_as_missing(tmp_path: Path, text: str) -> None:
    """Whatever is in it."""
    assert read(tmp_path) is None
    (tmp_path / "status.json").write_text(text)
    assert read(tmp_path) is None


def test_each_worker_and_trunk_has_a_line(asked: Any) -> None:
    """Exit code 0: calls are taken."""
    result = asked(now())
    assert result.exit_code == 0
    first, *workers, main, backup = result.output.splitlines()
    assert first == "12 of 260 calls; engine process 100"
    assert workers[0].startswith("worker 0  taking  127.0.0.1:5060 ")
    assert workers[0].endswith(" 12 of 130 calls  process 101, 1 restarts, trunks main")
    assert "no process, 7 restarts" in workers[1]
    assert len(workers) == 3
    assert (main, backup) == ("trunk main  up, 12 of 60 calls", "trunk backup  down: 403 Forbidden, 0 calls")


def test_monitoring_gets_json(asked: Any) -> None:
    """With the sums that it needs."""
    found = json.loads(asked(now(), "--json").output)
    assert (found["calls"], found["taking"], found["workers"][1]["state"]) == (12, True, "down")


def test_exit_code_1_where_no_calls_are_taken(asked: Any) -> None:
    """The engine is not running, hangs, or has no worker that takes calls."""
    assert "no voicebot is running" in asked(None).output
    silent = asked(now(at=datetime.now(UTC) - timedelta(seconds=60)))
    assert (silent.exit_code, "fell silent 60 s ago" in silent.output) == (1, True)
    assert asked(now(workers=WORKERS[1:])).exit_code == 1


def test_the_log_has_one_line() -> None:
    """Who does what, and how full it is."""
    assert summary(WORKERS) == "0 taking 12/130, 1 down 0/130, 2 spare 0/130"
