"""Workers that are killed at random: each contact has exactly one result, and none is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, select

from analytics.conversation import Medium
from analytics.intake.metadata import USUAL_ROLES
from analytics.pipeline.orders import Order, Recording, file_digest
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import JobState, NewJob
from analytics.store.schema import jobs as rows
from engine.audio import SAMPLE_RATE_HZ, write_wav
from engine.clock import SystemClock

LEASE_S = 0.5

COUNT = Table("seen", MetaData(), Column("contact_id", Text), Column("loudest", Integer))
"""Of a step of its own, without a key: whatever is stored twice is there twice."""

WORKER = """
import sys
import time
from pathlib import Path
from sqlalchemy import insert
from analytics.pipeline.hearing import Channel
from analytics.pipeline.running import Pipeline
from analytics.pipeline.steps import Step
from analytics.pipeline.worker import Worker
from analytics.store import AnalyticsDatabase
from engine.audio import read_wav
from engine.clock import SystemClock
from engine.speech import Hypothesis, Transcript, Word
from tests.integration.store.test_analytics_killed import COUNT

class Listeners:
    def version(self, language):
        return "1"
    def listener(self, language):
        return hear

def hear(samples):
    word = Word(str(abs(samples).max()), 0.1, 0.4, 1.0)
    return Channel((), (Transcript((Hypothesis(word.text, 1.0, (word,)),), 0.1, 0.4, "ru"),))

def loudest(contact):
    time.sleep(float(sys.argv[4]))
    return [int(one.text) for one in contact.conversation.utterances]

def keep(connection, contact):
    row = {"contact_id": contact.conversation.contact_id, "loudest": max(contact.documents["loudest"])}
    connection.execute(insert(COUNT), row)

pipeline = Pipeline(lambda path: read_wav(path)[0], Listeners(), [Step("loudest", "1", loudest, keep=keep)])
database = AnalyticsDatabase(sys.argv[2])
with Worker(database, pipeline, SystemClock(), sys.argv[1], lease_s=float(sys.argv[3])) as worker:
    while True:
        worker.work(0.02)
"""


class Crew:
    """Workers by name, and who kills them."""

    def __init__(self, location: str | Path, workers: int, takes_s: float) -> None:
        self._arguments = [str(location), str(LEASE_S), str(takes_s)]
        self._started = 0
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        for _ in range(workers):
            self._start()

    def kill(self, name: str) -> None:
        """Kill one, and start another."""
        self._end(name)
        self._start()

    def close(self) -> None:
        for name in tuple(self._processes):
            self._end(name)

    def _start(self) -> None:
        self._started += 1
        name = f"w{self._started}"
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        command = [sys.executable, "-c", WORKER, name, *self._arguments]
        self._processes[name] = subprocess.Popen(command, env=environment)

    def _end(self, name: str) -> None:
        process = self._processes.pop(name)
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()


def recorded(path: Path, number: int) -> NewJob:
    """A recording of half a second, in which each side says how loud it is."""
    left = np.full(SAMPLE_RATE_HZ // 2, 1 + number)
    right = np.tile([2 + number, -2 - number], SAMPLE_RATE_HZ // 4)  # nothing like the left: its sides are told apart
    write_wav(path, np.stack([left, right], axis=1).astype(np.int16))
    heard = Recording(path, file_digest(path), USUAL_ROLES)
    return NewJob(Order(f"c-{number:05}", Medium.CALL, SystemClock().now(), "ru", recording=heard), "f")


def holder(database: AnalyticsDatabase) -> str | None:
    """Return who has a job in hand."""
    query = select(rows.c.owner).where(rows.c.state == JobState.OPEN.value, rows.c.owner.is_not(None))
    with database.reading() as connection:
        return connection.execute(query.limit(1)).scalar_one_or_none()


LONG = [pytest.mark.full, pytest.mark.timeout(5400)]


@pytest.mark.parametrize(
    ("location", "files", "kills", "takes_s"),
    [
        ("sqlite", 60, 4, 0.05),
        ("postgresql", 24, 2, 0.05),
        pytest.param("sqlite", 10_000, 100, 0.005, marks=LONG),
        pytest.param("postgresql", 10_000, 100, 0.005, marks=LONG),
    ],
    indirect=["location"],
)
def test_each_contact_has_one_result_however_workers_die(
    files: int, kills: int, takes_s: float, location: str | Path, tmp_path: Path
) -> None:
    """Again and again one of two workers is killed while it has a job in hand."""
    queued = [recorded(tmp_path / f"{number}.wav", number) for number in range(files)]
    chance = random.Random(7)
    with AnalyticsDatabase(location) as database, closing(Crew(location, 2, takes_s)) as crew:
        with database.writing() as connection:
            COUNT.create(connection)
        for begin in range(0, files, files // kills):
            with database.writing() as connection:
                jobs.queue(connection, queued[begin : begin + files // kills], "r", SystemClock().now())
            while (name := holder(database)) is None:
                time.sleep(0.002)
            time.sleep(chance.uniform(0, takes_s))
            crew.kill(name)
            while states(database).get(JobState.OPEN):
                time.sleep(0.01)
        assert states(database) == {JobState.DONE: files}
        with database.reading() as connection:
            seen = Counter(connection.execute(select(COUNT.c.contact_id)).scalars())
            attempts = connection.execute(select(func.sum(rows.c.attempts))).scalar_one()
            stored = [contacts.load(connection, one.order.contact_id) for one in queued]
    assert seen == Counter(one.order.contact_id for one in queued)
    documents = [one.results["loudest"].document for one in stored if one is not None]
    assert documents == [[1 + number, 2 + number] for number in range(files)]
    assert attempts > files, "no worker died over a job"


def states(database: AnalyticsDatabase) -> dict[JobState, int]:
    with database.reading() as connection:
        return dict(jobs.progress(connection).jobs)
