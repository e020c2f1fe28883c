"""Recordings that are copied to a share or to an S3-compatible store, and fetched by workers of other hosts."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import numpy as np
import pytest

from analytics.conversation import Medium
from analytics.intake.metadata import USUAL_ROLES
from analytics.intake.values import Reading
from analytics.pipeline.copies import RecordingCopies
from analytics.pipeline.hearing import Channel
from analytics.pipeline.orders import Copy, Order, Recording, file_digest, order_document, order_of
from analytics.pipeline.running import Pipeline
from analytics.pipeline.worker import Worker
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import JobState, NewJob
from config.analysis.gathering import Wanted, gather
from engine.audio import SAMPLE_RATE_HZ, Samples, read_wav, write_wav
from engine.clock import SystemClock
from engine.errors import AudioError, StoreError
from engine.sealing import Keyring, new_key, sealed_path

KEYS = Keyring.parse(new_key(), "KEYS")
CHANGED_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a bucket on a server that speaks S3, which the environment leads to."""
    log = tmp_path_factory.mktemp("s3") / "log"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with pytest.MonkeyPatch.context() as patched, log.open("wb") as out:
        patched.setenv("AWS_ACCESS_KEY_ID", "test")
        patched.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patched.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT) as server:
            try:
                patched.setenv("AWS_ENDPOINT_URL", _endpoint(log, server))
                fsspec.filesystem("s3").mkdir("contacts")
                yield "s3://contacts/recordings"
            finally:
                server.terminate()


def _endpoint(log: Path, server: "subprocess.Popen[bytes]") -> str:
    deadline_s = time.monotonic() + 60
    while time.monotonic() < deadline_s and server.poll() is None:
        for word in log.read_text().split():
            if word.startswith("http://127.0.0.1:"):
                return word
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@pytest.fixture(params=["share", pytest.param("s3", marks=pytest.mark.full)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where copies go."""
    if request.param == "share":
        return str(tmp_path / "share")
    url: str = request.getfixturevalue("s3")
    return f"{url}/{tmp_path.name}"


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """A call with a recording of more than one chunk."""
    path = tmp_path / "Call 1.WAV"
    path.write_bytes(os.urandom(200_000))
    os.utime(path, (CHANGED_AT.timestamp(),) * 2)
    return Order("c-1", Medium.CALL, None, "ru", recording=Recording(path, file_digest(path), USUAL_ROLES))


def copied(order: Order) -> Recording:
    """Return the recording of an order that came through the database."""
    recording = order_of(order_document(order)).recording
    assert recording is not None
    assert recording.copy is not None
    return recording


@pytest.mark.parametrize("keys", [None, KEYS], ids=["clear", "sealed"])
def test_another_host_fetches_what_was_queued(place: str, keys: Keyring | None, order: Order) -> None:
    """By its old name, with its time of change, in a private file that is gone afterwards; under keys sealed."""
    copies = RecordingCopies(place, keys)
    recording = copied(copies.keep(order))
    assert copied(copies.keep(order)) == recording
    content = recording.path.read_bytes()
    recording.path.unlink()
    assert recording.copy is not None
    with fsspec.open(recording.copy.url, "rb") as stored:
        assert (stored.read() == content) == (keys is None)
    assert "c-1" not in recording.copy.url
    with RecordingCopies(place, keys).fetched(recording) as path:
        assert path.name == "Call 1.WAV"
        assert file_digest(path, keys) == recording.digest
        lies = path if keys is None else sealed_path(path)
        assert datetime.fromtimestamp(lies.stat().st_mtime, UTC) == CHANGED_AT
        assert path.parent.stat().st_mode & 0o077 == 0
    assert not path.parent.exists()


def test_what_is_not_what_was_queued_is_not_analysed(place: str, order: Order) -> None:
    """Whether it was changed there or deleted; a place that is away says nothing about the recording."""
    copies = RecordingCopies(place)
    recording = copied(copies.keep(order))
    assert recording.copy is not None
    with fsspec.open(recording.copy.url, "wb") as stored:
        stored.write(b"something else")
    with pytest.raises(AudioError, match="has changed since it was queued"), copies.fetched(recording):
        pass
    copies.remove("c-1")
    copies.remove("c-1")
    with pytest.raises(AudioError, match="no such recording"), copies.fetched(recording):
        pass
    changing = replace(order, recording=replace(recording, copy=None, digest="0" * 64))
    with pytest.raises(AudioError, match="changes while it is read"):
        copies.keep(changing)


class Deaf:
    """Recognisers that hear nothing."""

    def version(self, language: str) -> str:
        return "1"

    def listener(self, language: str) -> Callable[[Samples], Channel]:
        return lambda samples: Channel((), ())


def pipeline(copies: RecordingCopies) -> Pipeline:
    return Pipeline(lambda path: read_wav(path)[0], Deaf(), [], copies=copies)  # type: ignore[arg-type]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[AnalyticsDatabase]:
    with AnalyticsDatabase(tmp_path / "analytics.db") as opened:
        yield opened


def work(database: AnalyticsDatabase, copies: RecordingCopies, order: Order) -> bool:
    with database.writing() as connection:
        jobs.queue(connection, [NewJob(order, "f")], "r", SystemClock().now())
    with Worker(database, pipeline(copies), SystemClock(), "w") as worker:
        return worker.work()


def test_a_worker_speaks_of_the_recording_that_was_queued(tmp_path: Path, database: AnalyticsDatabase) -> None:
    """And takes its time of change for its own, though it has but a copy."""
    path, copies = tmp_path / "mono.wav", RecordingCopies(str(tmp_path / "share"))
    write_wav(path, np.ones((SAMPLE_RATE_HZ, 1), dtype=np.int16))
    os.utime(path, (CHANGED_AT.timestamp(),) * 2)
    heard = Recording(path, file_digest(path), USUAL_ROLES)
    queued = copies.keep(Order("c-1", Medium.CALL, None, "ru", recording=heard))
    path.unlink()
    assert work(database, copies, queued)
    with database.reading() as connection:
        found = contacts.load(connection, "c-1")
    assert found is not None
    assert found.conversation.started_at == CHANGED_AT - timedelta(seconds=1)
    assert all(one.startswith(f"{path}: ") for one in found.warnings)
    assert len(found.warnings) == 2


@pytest.mark.full
def test_a_store_that_is_away_is_no_fault_of_the_recording(
    order: Order, database: AnalyticsDatabase, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Its job waits; the message shows no credentials."""
    for name, value in (
        ("ACCESS_KEY_ID", "test"),
        ("SECRET_ACCESS_KEY", "hidden"),
        ("ENDPOINT_URL", "http://127.0.0.1:9"),
    ):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    store = fsspec.filesystem("s3")
    store.clear_instance_cache()
    request.addfinalizer(store.clear_instance_cache)
    with pytest.raises(StoreError, match="cannot be reached") as raised:
        RecordingCopies("s3://contacts/recordings").keep(order)
    assert "hidden" not in str(raised.value)
    copy = Copy("s3://contacts/recordings/one.wav", CHANGED_AT)
    assert order.recording is not None
    elsewhere = replace(order, recording=replace(order.recording, copy=copy))
    with pytest.raises(StoreError, match="cannot be reached"):
        work(database, RecordingCopies(), elsewhere)
    with database.reading() as connection:
        assert jobs.progress(connection).jobs == {JobState.OPEN: 1}


@pytest.mark.full
def test_recordings_are_taken_from_a_bucket(s3: str, tmp_path: Path) -> None:
    """All below a URL whose names say so, or the one that is named; what is not there is refused."""
    store = fsspec.filesystem("s3")
    for name in ("calls/one.wav", "calls/11/two.mp3", "calls/notes.txt"):
        store.pipe(f"contacts/{name}", name.encode())
    wanted = Wanted(Reading(), USUAL_ROLES, "ru")
    found = gather(["s3://contacts/calls", "s3://contacts/nowhere"], wanted, lambda path, done, whole: None)
    recordings = [one.recording for one, _ in found.orders.values() if one.recording]
    assert [str(one.path) for one in recordings] == ["/contacts/calls/11/two.mp3", "/contacts/calls/one.wav"]
    assert [one.copy and one.copy.url for one in recordings] == [f"s3:/{one.path}" for one in recordings]
    (refused,) = found.refused
    assert "s3://contacts/nowhere" in refused
    alone = gather(["s3://contacts/calls/one.wav"], wanted, lambda path, done, whole: None)
    ((order, weight),) = alone.orders.values()
    with RecordingCopies().fetched(copied(order)) as path:
        assert path.read_bytes() == b"calls/one.wav"
    assert weight == len(b"calls/one.wav")
