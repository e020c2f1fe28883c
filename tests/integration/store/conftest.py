"""Databases, real ones, and facts to put into them."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.store import AnalyticsDatabase
from engine.accounts import Currency, Money
from engine.calls import CallClosed, CallEvent, CallOpened, CallRecord, Direction, Disposition, Promise, Speaker, Turn
from engine.speech import Hypothesis, Language, Transcript, Word
from engine.store import CallDatabase

AT = datetime(2026, 5, 4, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """Facts of one call, 10 s apart from the next in the alphabet of numbers."""

    call_id: str = "call-1"
    recording: Path | None = None
    at: datetime = AT

    def opened(self, **changes: Any) -> CallOpened:
        values = {
            "call_id": self.call_id,
            "direction": Direction.OUTBOUND,
            "remote": "77011234567",
            "account_id": "A-17",
            "scenario": "soft",
            "scenario_hash": "9f86d081",
            "language": Language.KAZAKH,
            "opened_at": self.at,
            "recording": self.recording,
            "people": ("Вера Примерова", "Верочка"),
        }
        return CallOpened(**{**values, **changes})

    def event(self, kind: str = "answered", at_s: float = 0.0, detail: str = "") -> CallEvent:
        return CallEvent(self.call_id, self.at + timedelta(seconds=at_s), at_s, kind, detail)

    def bot_turn(self, index: int = 0) -> Turn:
        return Turn(self.call_id, index, Speaker.BOT, "Сәлеметсіз бе", "Сәлеметсіз бе, бұл", 0.5, 1.5, "greeting")

    def caller_turn(self, index: int = 1) -> Turn:
        words = (Word("иә", 2.0, 2.2, 0.93), Word("менмін", 2.25, 2.75, 0.88))
        heard = Transcript(
            (Hypothesis("иә менмін", 0.9, words, 0.8), Hypothesis("я меньше", 0.1, share=0.2)),
            2.0,
            2.75,
            Language.KAZAKH,
        )
        return Turn(
            *(self.call_id, index, Speaker.CALLER, "иә менмін", "иә менмін", 2.0, 2.75, "rpc", "rpc_confirm", 0.9),
            transcript=heard,
        )

    def closed(self, **changes: Any) -> CallClosed:
        values = {
            "call_id": self.call_id,
            "closed_at": self.at + timedelta(seconds=42.5),
            "disposition": Disposition.PROMISE_TO_PAY,
            "duration_s": 42.5,
            "sip_status": 200,
            "promise": Promise(Money(1_500_050, Currency.TENGE), date(2026, 5, 8), confirmed=True),
            "callback_at": None,
        }
        return CallClosed(**{**values, **changes})

    def record(self) -> CallRecord:
        return CallRecord(self.opened(), self.closed(), (self.bot_turn(), self.caller_turn()), (self.event(),))

    def note_all_but_the_end(self, database: CallDatabase) -> None:
        database.opened(self.opened())
        database.event(self.event())
        database.turn(self.bot_turn())
        database.turn(self.caller_turn())


@pytest.fixture
def facts() -> Callable[..., Facts]:
    """Facts of a call, by its id."""
    return Facts


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A private PostgreSQL on a socket in a folder; the URL has a place for the database's name."""
    binaries = _postgresql_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server binaries (initdb, postgres) on this machine: apt-get install postgresql")
    # Not below tmp_path: its folders are closed to the user that the server must run as, and a socket's path is short.
    home = Path(subprocess.check_output(["mktemp", "-d", "/tmp/voicebot-pg.XXXXXX"], text=True).strip())
    user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(home)}
    if user:
        shutil.chown(home, "nobody", "nogroup")

    def run(*command: str) -> None:
        subprocess.run([*user, *command], check=True, cwd=home, env=environment, stdout=subprocess.DEVNULL, timeout=60)

    run(f"{binaries}/initdb", "-D", f"{home}/data", "-U", "voicebot", "-A", "trust", "-E", "UTF8", "--no-sync")
    settings = f"-c listen_addresses= -c unix_socket_directories={home} -c TimeZone=Asia/Almaty"
    run(f"{binaries}/pg_ctl", "-D", f"{home}/data", "-w", "-l", f"{home}/log", "-o", settings, "start")
    try:
        yield f"postgresql://voicebot@/{{name}}?host={home}"
    finally:
        run(f"{binaries}/pg_ctl", "-D", f"{home}/data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(home)


def _postgresql_binaries() -> Path | None:
    found = [Path(path).parent for path in (shutil.which("initdb"),) if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in found if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@pytest.fixture
def new_postgresql(postgresql: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database on the private server."""
    import psycopg

    name = f"test_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(postgresql.format(name="postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return postgresql.format(name=name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.full)])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """An empty database, in SQLite and in PostgreSQL."""
    if request.param == "sqlite":
        return tmp_path / "calls.db"
    url: str = request.getfixturevalue("new_postgresql")
    return url


@pytest.fixture
def database(location: str | Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[AnalyticsDatabase]:
    """Open one, which commands find by their settings."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path / "data"))
    url = location if isinstance(location, str) else f"sqlite:///{location}"
    monkeypatch.setenv("VOICEBOT_ANALYTICS__DATABASE", url)
    with AnalyticsDatabase(location) as opened:
        yield opened


@pytest.fixture
def open_database(location: str | Path, tmp_path: Path) -> Iterator[Callable[..., CallDatabase]]:
    """Open the database, as often as wanted; closed at the end."""
    opened: list[CallDatabase] = []

    def open_one(**options: Any) -> CallDatabase:
        options = {"recordings": tmp_path / "recordings", "min_free_bytes": 0, "retry_s": 0.01, **options}
        opened.append(CallDatabase(location, **options))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()
