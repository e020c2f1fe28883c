"""`voicebot backup` and `restore`, on a real store."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from config import cli
from config.settings import load
from engine.audio import write_wav
from engine.calls import CallOpened, Direction
from engine.speech import Language
from engine.store import CallArchive, CallDatabase

pytestmark = pytest.mark.usefixtures("restored_logging")


@pytest.fixture
def stored_call() -> None:
    """A store in the default place with one open call and its recording."""
    settings = load()
    recording = settings.paths.recordings_dir / "c-1.wav"
    with CallDatabase(settings.database_url, recordings=settings.paths.recordings_dir) as store:
        at = datetime(2026, 12, 16, 9, tzinfo=UTC)
        store.opened(CallOpened("c-1", Direction.OUTBOUND, "7", None, "soft", "0", Language.RUSSIAN, at, recording))
    write_wav(recording, np.ones((8000, 2), dtype=np.int16))


def run(*arguments: str) -> "CliRunner.Result":
    return CliRunner().invoke(cli.cli, arguments)


def test_a_backup_comes_back_whole(stored_call: None) -> None:
    """What was backed up is verified by a dry run, and is a data folder again after the restore."""
    done = run("backup", "calls.tar.gz")
    assert done.exit_code == 0, done.stderr
    assert "calls.tar.gz: calls: 1, recordings: 1, as of " in done.output
    before = sorted(Path().iterdir())
    assert "in order, calls: 1, recordings: 1" in run("restore", "calls.tar.gz", "--dry-run").output
    assert sorted(Path().iterdir()) == before
    assert "set paths.data_dir to " in run("restore", "calls.tar.gz", "--into", "restored").output
    with CallArchive(Path("restored/calls.db"), recordings=Path("restored/recordings")) as archive:
        record = archive.record("c-1")
    assert record is not None
    assert record.opened.recording == Path("restored/recordings/c-1.wav").absolute()
    assert record.opened.recording.stat().st_size == 44 + 8000 * 4


def test_a_published_scenario_and_its_people_come_back(stored_call: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the restored folder the version is in service, its journal and its files whole, and users may sign in."""
    monkeypatch.setenv("VOICEBOT_NEW_PASSWORD", "lantern orbit 7 meadow")
    people = ["--by", "dana", "--approved-by", "andy", "--comment", "first"]
    assert run("users", "add", "dana", "--role", "designer").exit_code == 0
    published = run("scenario", "publish", str(files("dialogs") / "scenarios" / "survey"), *people)
    assert published.exit_code == 0, published.output
    done = run("backup", "calls.tar.gz")
    assert re.search(r"files of scenario versions: \d+, users of the pages, as of", done.output)
    assert run("restore", "calls.tar.gz", "--into", "restored").exit_code == 0
    assert not Path("restored/web.key").exists()
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", "restored")
    assert "v1" in run("scenario", "history", "survey").output
    assert run("users", "list").output == "dana: designer\n"


def test_nothing_is_overwritten(stored_call: None) -> None:
    """An existing file or a folder with something in it is refused with one message."""
    run("backup", "calls.tar.gz")
    again = run("backup", "calls.tar.gz")
    assert (again.exit_code, again.stderr.startswith("Error: calls.tar.gz: exists already")) == (1, True)
    onto = run("restore", "calls.tar.gz", "--into", ".")
    assert (onto.exit_code, onto.stderr.startswith("Error: .: is not empty")) == (1, True)


def test_a_damaged_backup_is_told(stored_call: None) -> None:
    """A dry run finds a file that was cut off."""
    run("backup", "calls.tar.gz")
    path = Path("calls.tar.gz")
    path.write_bytes(path.read_bytes()[:-500])
    done = run("restore", "calls.tar.gz", "--dry-run")
    assert done.exit_code == 1
    assert "calls.tar.gz" in done.stderr
    assert "damaged" in done.stderr


def test_without_a_database_or_a_folder_the_message_says_what_to_name() -> None:
    """Nothing to back up is a failure, a restore to nowhere is wrong usage."""
    missing = run("backup", "calls.tar.gz")
    assert (missing.exit_code, "no such database" in missing.stderr) == (1, True)
    Path("calls.tar.gz").touch()
    nowhere = run("restore", "calls.tar.gz")
    assert (nowhere.exit_code, "--into" in nowhere.stderr) == (2, True)
