"""Backup while calls run, and restore."""

import asyncio
import gzip
import io
import json
import os
import sqlite3
import stat
import tarfile
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analytics.store import AnalyticsDatabase, marks
from engine.errors import StoreError
from engine.sealing import Keyring, open_stored, seal_in_place
from engine.store import CallArchive, CallDatabase
from engine.store.backup import backup
from engine.store.manifest import BackupProgress
from engine.store.migrations import revisions
from engine.store.restoring import restore

Facts = Callable[..., Any]


@pytest.fixture
def place(tmp_path: Path, facts: Facts) -> Path:
    """A folder with a database of one finished and one live call, and their recordings."""
    recordings = tmp_path / "recordings"
    with CallDatabase(tmp_path / "calls.db", recordings=recordings, min_free_bytes=0) as database:
        call = facts(recording=recordings / "2026" / "call-1.wav")
        call.note_all_but_the_end(database)
        asyncio.run(database.closed(call.closed()))
        database.opened(facts("live", recording=recordings / "live.wav").opened())
    (recordings / "2026").mkdir()
    (recordings / "2026" / "call-1.wav").write_bytes(os.urandom(50_000))
    (recordings / "live.wav").write_bytes(b"RIFF" + bytes(100))
    return tmp_path


def save(place: Path, **options: Any) -> Path:
    """Back up into a file beside the database."""
    path = place / "calls.tar.gz"
    backup(place / "calls.db", place / "recordings", path, **options)
    return path


def test_what_was_saved_comes_back_in_another_place(place: Path, facts: Facts) -> None:
    """Calls and recordings are the same after a restore elsewhere, and records point at the restored recordings."""
    path = save(place)
    report = restore(path, place / "new")
    assert (report.calls, report.recordings, report.schema) == (2, 2, revisions()[-1])
    recordings = place / "new" / "recordings"
    with CallArchive(place / "new" / "calls.db", recordings=recordings) as archive:
        record = archive.record("call-1")
    assert record is not None
    assert record.turns == facts().record().turns
    assert record.closed == facts().closed()
    assert record.opened.recording == recordings / "2026" / "call-1.wav"
    for name in ("2026/call-1.wav", "live.wav"):
        assert (recordings / name).read_bytes() == (place / "recordings" / name).read_bytes()


def test_what_analytics_found_goes_along(place: Path) -> None:
    with AnalyticsDatabase(f"sqlite:///{place / 'analytics.db'}") as found, found.writing() as connection:
        marks.move(connection, "engine's calls", datetime(2026, 11, 23, tzinfo=UTC))
    report = restore(save(place, contacts=place / "analytics.db"), place / "new")
    assert report.contacts
    with AnalyticsDatabase(f"sqlite:///{place / 'new' / 'analytics.db'}") as back, back.reading() as connection:
        assert marks.read(connection, "engine's calls") == datetime(2026, 11, 23, tzinfo=UTC)


def test_pages_and_scenarios_go_along(place: Path) -> None:
    """Users are a snapshot of their own; of the library comes what it keeps, the journal as it was first."""
    with closing(sqlite3.connect(place / "web.db")) as pages:
        pages.execute("CREATE TABLE web_users (name TEXT)")
        pages.execute("INSERT INTO web_users VALUES ('alex')")
        pages.commit()
    library = place / "scenarios"
    version = library / "versions" / "9f86" / "scenario" / "scenario.yaml"
    for file in (library / "journal.jsonl", library / "lock", version, version.with_name(".scenario.yaml.7.tmp")):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(file.name)
    path = save(place, pages=place / "web.db", scenarios=library)
    with tarfile.open(path) as tar:
        names = tar.getnames()
    kept = ["scenarios/journal.jsonl", "scenarios/versions/9f86/scenario/scenario.yaml"]
    assert [name for name in names if name.startswith("scenarios/")] == kept
    report = restore(path, place / "new")
    assert (report.pages, report.scenario_files, report.recordings) == (True, 2, 2)
    assert [(place / "new" / name).read_bytes() for name in kept] == [b"journal.jsonl", b"scenario.yaml"]
    with closing(sqlite3.connect(place / "new" / "web.db")) as pages:
        assert pages.execute("SELECT name FROM web_users").fetchall() == [("alex",)]


def test_a_backup_of_the_first_format_is_read(place: Path) -> None:
    """It had neither pages nor scenarios."""
    path = save(place)

    def older(name: str, content: bytes) -> bytes:
        return json.dumps({**json.loads(content), "format": 1}).encode() if name == "manifest.json" else content

    rewrite(path, older)
    report = restore(path, place / "new")
    assert (report.calls, report.recordings, report.pages, report.scenario_files) == (2, 2, False, 0)


def test_an_engine_goes_on_with_a_restored_folder(place: Path) -> None:
    """The first start on a restored database closes the call that was live when the backup was taken."""
    restore(save(place), place / "new")
    with CallDatabase(
        place / "new" / "calls.db", recordings=place / "new" / "recordings", min_free_bytes=0
    ) as database:
        ends = asyncio.run(database.close_interrupted())
    assert [end.call_id for end in ends] == ["live"]


def test_personal_data_stays_private(place: Path) -> None:
    """The backup and all that is restored are readable by their owner alone, whatever the umask."""
    before = os.umask(0)
    try:
        path = save(place)
        restore(path, place / "new")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for file in (place / "new", *(place / "new").iterdir(), place / "new" / "recordings" / "live.wav"):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


def test_a_backup_is_one_moment_while_calls_run(tmp_path: Path, facts: Facts) -> None:
    """Taken while a writer notes calls, the copy holds every call whole: each with both turns, and none half."""
    path = tmp_path / "calls.db"
    database = CallDatabase(path, recordings=tmp_path / "recordings", min_free_bytes=0)
    recording = tmp_path / "recordings" / "growing.wav"
    stop, copying = threading.Event(), threading.Event()
    noted = 0

    async def call(number: int) -> None:
        facts(f"call-{number}").note_all_but_the_end(database)
        await database.closed(facts(f"call-{number}").closed())

    async def talk() -> None:
        nonlocal noted
        with recording.open("wb", buffering=0) as file:
            while not stop.is_set():
                await asyncio.gather(*(call(noted + offset) for offset in range(20)))
                noted += 20
                file.write(bytes(64_000))
                copying.set()

    engine = threading.Thread(target=lambda: asyncio.run(talk()))
    engine.start()
    try:
        assert copying.wait(30)
        before = noted
        report = backup(path, tmp_path / "recordings", tmp_path / "b.tar.gz")
    finally:
        stop.set()
        engine.join()
    database.close()
    assert before <= report.calls <= noted
    restore(tmp_path / "b.tar.gz", tmp_path / "new")
    with CallArchive(tmp_path / "new" / "calls.db", recordings=tmp_path) as archive:
        walked = list(archive.finished())
    assert len(walked) >= before
    assert all(len(record.turns) == 2 and len(record.events) == 1 for record in walked)
    assert (tmp_path / "new" / "recordings" / "growing.wav").stat().st_size % 64_000 == 0


def test_progress_is_told_to_its_end(place: Path) -> None:
    """The callback hears of every file, and of all bytes at the end."""
    told: list[BackupProgress] = []
    path = save(place, progress=told.append)
    assert {step.file for step in told} == {"calls.db", "recordings/2026/call-1.wav", "recordings/live.wav"}
    assert told[-1].done_bytes == told[-1].total_bytes > 50_000
    told.clear()
    restore(path, place / "new", progress=told.append)
    assert told[-1].file == "manifest.json"
    assert 0 < told[-1].done_bytes <= told[-1].total_bytes == path.stat().st_size


def test_nothing_is_overwritten(place: Path) -> None:
    """An existing file is no target for a backup, and a folder that holds anything none for a restore."""
    path = save(place)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="exists already"):
        save(place)
    assert path.read_bytes() == before
    full = place / "full"
    full.mkdir()
    (full / "mine").write_text("mine")
    for target in (full, full / "mine"):
        with pytest.raises(StoreError, match="nothing is overwritten"):
            restore(path, target)
    assert [file.name for file in full.iterdir()] == ["mine"]
    (place / "empty").mkdir()
    restore(path, place / "empty")
    assert (place / "empty" / "calls.db").exists()


def test_a_backup_among_the_recordings_is_refused(place: Path) -> None:
    """A backup file inside the folder that it saves would swallow itself."""
    with pytest.raises(StoreError, match="goes into the backup"):
        backup(place / "calls.db", place / "recordings", place / "recordings" / "b.tar.gz")


def test_what_cannot_be_saved_says_why(place: Path) -> None:
    """A missing database and PostgreSQL are told apart, and the latter names its own tool."""
    with pytest.raises(StoreError, match="no such database"):
        backup(place / "none.db", place / "recordings", place / "b.tar.gz")
    with pytest.raises(StoreError, match="pg_dump") as caught:
        backup("postgresql://bot:secret@db.example/calls", place / "recordings", place / "b.tar.gz")
    assert "secret" not in str(caught.value)
    with pytest.raises(StoreError, match="no such backup"):
        restore(place / "none.tar.gz", place / "new")


def assert_refused(path: Path, message: str) -> None:
    """The restore fails with the message, and leaves nothing behind."""
    siblings = set(path.parent.iterdir())
    with pytest.raises(StoreError, match=message):
        restore(path, path.parent / "new")
    assert set(path.parent.iterdir()) == siblings


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_a_backup_that_was_cut_off_is_refused(place: Path, kept: float) -> None:
    """A file that ends too early restores nothing."""
    path = save(place)
    raw = path.read_bytes()
    path.write_bytes(raw[: int(len(raw) * kept)])
    assert_refused(path, "damaged|cut off")


def rewrite(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """Pass every member of a backup through a function; None leaves it out."""
    with tarfile.open(path) as tar:
        members = [(member, tar.extractfile(member)) for member in tar.getmembers()]
        contents = [(member.name, stream.read()) for member, stream in members if stream]
    with tarfile.open(path, "w:gz") as tar:
        for name, content in contents:
            changed = change(name, content)
            if changed is not None:
                member = tarfile.TarInfo(name)
                member.size = len(changed)
                tar.addfile(member, io.BytesIO(changed))


def test_one_wrong_byte_is_found(place: Path) -> None:
    """A recording that does not match its checksum is named, and nothing is restored."""
    path = save(place)
    rewrite(path, lambda name, content: content[:-1] + b"\1" if name.endswith("live.wav") else content)
    assert_refused(path, "live.wav does not match its checksum")


@pytest.mark.parametrize("name", ["calls.db", "recordings/live.wav", "manifest.json"])
def test_a_missing_member_is_found(place: Path, name: str) -> None:
    """A backup without its database, a recording or its manifest is refused by name."""
    path = save(place)
    rewrite(path, lambda member, content: None if member == name else content)
    assert_refused(path, name)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [("format", 99, "format 99"), ("files", "x", "cannot be read"), ("extra", 1, "cannot be read")],
)
def test_a_manifest_that_we_cannot_read_is_refused(place: Path, field: str, value: object, message: str) -> None:
    """A format of the future and a manifest of the wrong shape are told apart from damage."""
    path = save(place)

    def change(name: str, content: bytes) -> bytes:
        return json.dumps({**json.loads(content), field: value}).encode() if name == "manifest.json" else content

    rewrite(path, change)
    assert_refused(path, message)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../evil", tarfile.REGTYPE),
        ("/tmp/evil", tarfile.REGTYPE),
        ("recordings/../../evil", tarfile.REGTYPE),
        ("recordings/link", tarfile.SYMTYPE),
        ("recordings/link", tarfile.LNKTYPE),
        ("recordings/device", tarfile.CHRTYPE),
        ("evil", tarfile.REGTYPE),
    ],
)
def test_members_that_climb_out_are_refused(tmp_path: Path, name: str, kind: bytes) -> None:
    """Names outside the target, links and devices restore nothing, and write nothing outside."""
    path = tmp_path / "evil.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        tar.addfile(member)
    assert_refused(path, "no backup of ours|damaged")
    assert not (tmp_path / "evil").exists()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """Neither text nor a gzipped text is a backup."""
    for content in (b"hello", gzip.compress(b"hello" * 1000)):
        (tmp_path / "b.tar.gz").write_bytes(content)
        assert_refused(tmp_path / "b.tar.gz", "damaged, or no backup of ours")


def test_a_backup_of_a_newer_program_is_refused(place: Path) -> None:
    """A schema that this program does not know is not restored for it."""
    with closing(sqlite3.connect(place / "calls.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert_refused(save(place), "schema 9999 is newer")


def test_a_recording_that_is_sealed_meanwhile_is_not_lost(place: Path) -> None:
    """Listed in clear and sealed before its turn, it goes along as it lies then, once; sealed ones stay sealed."""
    keys, clear = Keyring([bytes(32)]), place / "recordings" / "2026" / "call-1.wav"
    content = clear.read_bytes()
    (clear.parent / ".torn.wav.sealed.1a2b").touch()

    def seal(progress: BackupProgress) -> None:
        of_the_archive = progress.done_bytes > 4096  # before that the database is copied, page by page
        if of_the_archive and clear.exists():
            seal_in_place(clear, keys)

    path = save(place, progress=seal)
    restored = place / "restored"
    assert restore(path, restored).recordings == 2
    assert [one.name for one in (restored / "recordings" / "2026").iterdir()] == ["call-1.wav.sealed"]
    with open_stored(restored / "recordings" / "2026" / "call-1.wav", keys) as file:
        assert file.read() == content
