"""`voicebot analyse` and `voicebot contacts` with real workers, and the worker beside the engine."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from analytics.alerts.schema import letters
from analytics.conversation import Medium
from analytics.pipeline.orders import Order
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import JobState, NewJob
from config.analysis.beside import analysis_beside
from config.cli import cli
from config.settings import load
from engine.audio import SAMPLE_RATE_HZ, write_wav
from engine.calls import CallClosed, CallOpened, Direction, Disposition
from engine.speech import Language
from engine.store import CallDatabase

CHATS = """contact_id;sent_at;role;text;debt
chat-1;23.11.2026 10:00;оператор;Когда оплатите 45000 тенге?;60000
chat-1;23.11.2026 10:05;клиент;Оплачу 45000 тенге 25 ноября;60000
chat-2;23.11.2026 11:00;клиент;Здравствуйте, денег нет;
chat-3;вчера;клиент;Здравствуйте;
"""


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this process, and all that it starts, a data folder of its own."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(folder))
    return folder


def voicebot(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def shown(contact: str) -> dict[str, object]:
    result = voicebot("contacts", "show", contact, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_written_contacts_from_file_to_promise(tmp_path: Path, data_folder: Path) -> None:
    """A bad row sets its contact aside and the rest is done; a second run has nothing to do, a dry one changes none."""
    path = tmp_path / "chats.csv"
    path.write_text(CHATS, encoding="utf-8")
    rehearsed = voicebot("analyse", path, "--medium", "chat", "--dry-run")
    assert "2 contacts (0.0 MB of recordings): 2 would be analysed" in rehearsed.stdout
    assert not data_folder.exists()
    first = voicebot("analyse", path, "--medium", "chat")
    assert first.exit_code == 1
    assert "line 5, column 2 (sent_at)" in first.stderr
    assert "Contacts: 2 analysed, 1 not used" in first.stdout
    again = voicebot("analyse", path, "--medium", "chat")
    assert "Contacts: 0 analysed, 2 done before, 1 not used" in again.stdout
    found = shown("chat-1")
    results = found["results"]
    assert isinstance(results, dict)
    assert {
        "measures",
        "promises",
        "live_promises",
        "categories",
        "scorecards",
        "violations",
        "redaction",
        "search",
    } == results.keys()
    (promise,) = results["promises"]["document"]
    assert (promise["amount"], promise["due"]) == ({"minor": 4_500_000, "currency": "KZT"}, "2026-11-25")
    told = voicebot("contacts", "show", "chat-1").stdout
    assert "45 000 KZT by 25.11.2026" in told
    assert "several contacts begin so: chat-1, chat-2" in voicebot("contacts", "show", "chat").stderr
    listed = [json.loads(line)["contact_id"] for line in voicebot("contacts", "list", "--json").stdout.splitlines()]
    assert listed == ["chat-2", "chat-1"]
    unchanged = voicebot("analyse", "--history", "--dry-run")
    assert "2 contacts (0.0 MB of recordings): 0 would be analysed, 2 are done already" in unchanged.stdout
    anew = voicebot("analyse", "--history", "--again", "--dry-run")
    assert "2 would be analysed, 0 are done already; nothing was changed" in anew.stdout
    assert "Contacts: 0 analysed, 2 done before" in voicebot("analyse", "--history").stdout


@pytest.mark.models
def test_recordings_of_which_one_is_broken(tmp_path: Path) -> None:
    """Real decoder, detector and recogniser: what is broken is set aside with its reason, and mono is warned of."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    hum = np.random.default_rng(3).normal(0, 900, (SAMPLE_RATE_HZ, 2)).astype(np.int16)
    write_wav(folder / "stereo.wav", hum)
    write_wav(folder / "mono.wav", hum[:, :1])
    (folder / "broken.mp3").write_bytes(bytes(2000))
    (folder / "notes.txt").touch()
    result = voicebot("analyse", folder, "--workers", "2")
    assert result.exit_code == 1
    assert "Contacts: 2 analysed, 1 set aside" in result.stdout
    assert "broken.mp3: not a readable recording" in result.stderr
    assert "mono.wav: is mono" in result.stderr
    assert "broken.mp3" in voicebot("contacts", "aside").stdout


def test_an_export_is_not_taken_for_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "chats.csv"
    path.write_text("contact_id,sent_at,role,text\nc-1,2026-11-23T14:00:00+05:00,client,да\n")
    result = voicebot("analyse", path, "--dry-run")
    assert result.exit_code == 1
    assert "chats.csv: is no recording by its name; for written contacts give --medium chat" in result.stderr


@pytest.mark.full
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_goes_on(number: signal.Signals, tmp_path: Path, data_folder: Path) -> None:
    """Whether by Ctrl-C or by a kill: its workers end with it, and the same command does the rest."""
    path = tmp_path / "chats.csv"
    rows = [f"c-{one};23.11.2026 10:00;клиент;Оплачу завтра {one} тенге;" for one in range(300)]
    path.write_text("\n".join([CHATS.splitlines()[0], *rows]), encoding="utf-8")
    command = [sys.executable, "-c", "from config.cli import main; main()", "analyse", str(path), "--medium", "chat"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        wait_for(lambda: stored(data_folder) > 0)
        process.send_signal(number)
        assert process.wait() == (130 if number == signal.SIGINT else -signal.SIGKILL)
    done = stored(data_folder)
    assert done < 300
    time.sleep(0.5)
    result = voicebot("analyse", path, "--medium", "chat")
    assert result.exit_code == 0, result.output
    assert stored(data_folder) == 300


@pytest.mark.full
def test_a_host_that_only_works(data_folder: Path) -> None:
    """It does what others queue, whichever run it is of, until it is stopped."""
    command = [sys.executable, "-c", "from config.cli import main; main()", "analyse", "--work", "--workers", "2"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    data_folder.mkdir()
    with (
        AnalyticsDatabase(data_folder / "analytics.db") as database,
        subprocess.Popen(command, env=environment) as host,
    ):
        at = datetime.now(UTC)
        for run in ("one", "two"):
            wanted = [NewJob(Order(f"{run}-{number}", Medium.CHAT, at, "ru"), "f") for number in range(3)]
            with database.writing() as connection:
                jobs.queue(connection, wanted, run, at)
        try:
            wait_for(lambda: done(database) == 6)
        finally:
            host.terminate()
        assert host.wait() == 0


def done(database: AnalyticsDatabase) -> int:
    with database.reading() as connection:
        return jobs.progress(connection).jobs.get(JobState.DONE, 0)


def stored(folder: Path) -> int:
    if not (folder / "analytics.db").exists():
        return 0
    with AnalyticsDatabase(folder / "analytics.db") as database, database.reading() as connection:
        return len(contacts.latest(connection, 1000))


def trouble(folder: Path) -> str:
    """Return why an alert has not arrived."""
    with AnalyticsDatabase(folder / "analytics.db") as database, database.reading() as connection:
        return connection.execute(select(letters.c.trouble)).scalar() or ""


def wait_for(condition: Callable[[], bool], within_s: float = 100) -> None:
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


async def test_a_call_that_is_over_is_analysed_beside_the_engine(
    tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a process behind the engine, which tells of it and ends with it; switched off, there is none."""
    pack = tmp_path / "alerts.yaml"
    pack.write_text("alerts: {missed: {when: '@outcome = no_answer', send_to: https://hooks.bank.invalid/in}}")
    monkeypatch.setenv("VOICEBOT_ALERTS__PACK", str(pack))
    monkeypatch.setenv("VOICEBOT_ALERTS__ALLOW", "https://hooks.bank.invalid/in")
    monkeypatch.setenv("VOICEBOT_ALERTS__SECRET", "only for tests, 32 characters ok")
    settings = load()
    at = datetime.now(UTC)
    opened = CallOpened("c-1", Direction.OUTBOUND, "1", "A-1", "soft", "h", Language.RUSSIAN, at, None)
    with CallDatabase(settings.database_url, recordings=settings.paths.recordings_dir, min_free_bytes=0) as engine:
        async with analysis_beside(settings):
            engine.opened(opened)
            await engine.closed(CallClosed("c-1", at, Disposition.NO_ANSWER, 20.0, 486))
            await asyncio.to_thread(wait_for, lambda: stored(data_folder) == 1)
            await asyncio.to_thread(wait_for, lambda: "has no address" in trouble(data_folder))
    off = settings.model_copy(update={"analytics": settings.analytics.model_copy(update={"enabled": False})})
    before = asyncio.all_tasks()
    async with analysis_beside(off):
        assert asyncio.all_tasks() == before
