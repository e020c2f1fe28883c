"""The engine's calls that are over become jobs of analytics, each once, whenever their end is noted."""

import asyncio
import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from analytics.conversation import Role
from analytics.pipeline.hearing import Channel
from analytics.pipeline.running import Pipeline
from analytics.pipeline.showing import shown
from analytics.pipeline.usual import Judging, usual_steps
from analytics.pipeline.worker import Worker
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import JobState
from config.analysis.following import Follower
from config.settings import Settings
from engine.audio import SAMPLE_RATE_HZ, Samples, write_wav
from engine.calls import CallEvent, Disposition
from engine.clock import VirtualClock
from engine.desk import TRANSFER
from engine.errors import AudioError
from engine.law import Creditor, Jurisdiction
from engine.sealing import Keyring, open_stored, seal_in_place
from engine.speech import Hypothesis, Language, Transcript, Word
from engine.store import CallDatabase

Facts = Callable[..., Any]
KEY = base64.b64encode(bytes(32)).decode()
KEYS = Keyring.parse(KEY, "a test")


class Listeners:
    """Hear one word, how loud it is, on every channel that sounds."""

    def version(self, language: str) -> str:
        return "1"

    def listener(self, language: str) -> Callable[[Samples], Channel]:
        return self.hear

    def hear(self, samples: Samples) -> Channel:
        sounds = np.flatnonzero(samples) / SAMPLE_RATE_HZ
        if not len(sounds):
            return Channel((), ())
        word = Word(str(int(samples.max())), float(sounds[0]), float(sounds[-1]), 1.0)
        return Channel(
            (), (Transcript((Hypothesis(word.text, 1.0, (word,)),), word.start_s, word.end_s, Language.KAZAKH),)
        )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(paths={"data_dir": tmp_path}, privacy={"keys": KEY})  # type: ignore[arg-type]


@pytest.fixture
def engine(settings: Settings) -> Iterator[CallDatabase]:
    with CallDatabase(settings.database_url, recordings=settings.paths.recordings_dir, min_free_bytes=0) as opened:
        yield opened


@pytest.fixture
def database(settings: Settings) -> Iterator[AnalyticsDatabase]:
    with AnalyticsDatabase(settings.analytics_database_url) as opened:
        yield opened


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline(decoded, Listeners(), ())


def decoded(path: Path) -> Samples:
    """To the bit, where the real decoder resamples."""
    try:
        with open_stored(path, KEYS) as file:
            return np.frombuffer(file.read()[44:], "<i2").reshape(-1, 2)
    except OSError as error:
        raise AudioError(str(error)) from error


def follower(settings: Settings, database: AnalyticsDatabase, pipeline: Pipeline, clock: VirtualClock) -> Follower:
    return Follower(settings, database, pipeline, clock)


def test_every_call_that_is_over_is_queued_once(
    settings: Settings, engine: CallDatabase, database: AnalyticsDatabase, pipeline: Pipeline, facts: Facts
) -> None:
    """Live ones are not; one that a crash left open is when it is closed at last, though its end lies far back."""
    clock = VirtualClock(facts().at)
    looks = follower(settings, database, pipeline, clock)
    crashed, live, over = (facts(name, at=facts().at + timedelta(hours=hour)) for hour, name in enumerate("abc"))

    async def before() -> None:
        for call in (crashed, live, over):
            engine.opened(call.opened())
        await engine.closed(over.closed())

    asyncio.run(before())
    assert [looks.catch_up(), looks.catch_up()] == [1, 0]
    clock.advance(7 * 24 * 3600)

    async def a_week_later() -> None:
        later = facts("d", at=clock.now())
        engine.opened(later.opened())
        await engine.closed(later.closed())
        await engine.closed(replace(crashed.closed(), disposition=Disposition.INTERRUPTED))

    asyncio.run(a_week_later())
    restarted = follower(settings, database, pipeline, clock)
    assert [restarted.catch_up(), looks.catch_up(), restarted.catch_up()] == [1, 0, 0]
    clock.advance(61)  # the crashed one's recording is salvaged meanwhile
    assert [restarted.catch_up(), looks.catch_up(), restarted.catch_up()] == [1, 0, 0]

    async def at_last() -> None:
        await engine.closed(live.closed())

    asyncio.run(at_last())
    assert follower(settings, database, pipeline, clock).catch_up() == 1
    with database.reading() as connection:
        assert jobs.known(connection, "abcd") == frozenset("abcd")
        assert jobs.progress(connection).jobs == {JobState.OPEN: 4}


@pytest.mark.parametrize("seals", [False, True])
def test_what_the_bot_said_is_known_and_a_person_who_takes_over_is_heard(
    settings: Settings, engine: CallDatabase, database: AnalyticsDatabase, pipeline: Pipeline, facts: Facts, seals: bool
) -> None:
    """The client is heard from the recording throughout, sealed or not; what the bot took live stands beside it."""
    path = settings.paths.recordings_dir / "call-1.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.zeros((10 * SAMPLE_RATE_HZ, 2), dtype=np.int16)
    samples[4000:12000, 0], samples[16000:22000, 1], samples[56000:64000, 0] = 500, 700, 900
    write_wav(path, samples)
    call = facts(recording=path)

    async def hold() -> None:
        call.note_all_but_the_end(engine)
        engine.event(CallEvent(call.call_id, call.at, 6.0, "transferred", "night-desk"))
        await engine.closed(call.closed())

    asyncio.run(hold())
    clock = VirtualClock(call.at)
    assert follower(settings, database, pipeline, clock).catch_up() == 1
    if seals:  # between its queueing and its turn
        seal_in_place(path, KEYS)
    with Worker(database, pipeline, clock, "w") as worker:
        assert worker.work()
    with database.reading() as connection:
        found = contacts.load(connection, call.call_id)
    assert found is not None
    said = [(one.role, one.text, one.start_s) for one in found.conversation.utterances]
    assert said == [(Role.BOT, "Сәлеметсіз бе", 0.5), (Role.CLIENT, "700", 2.0), (Role.AGENT, "900", 7.0)]
    assert found.conversation.duration_s == 10.0
    attributes = found.conversation.attributes
    assert (attributes["outcome"], attributes["account"]) == ("promise_to_pay", "A-17")
    assert (attributes["live_amount"], attributes["live_due"]) == ("15000.50", "2026-05-08")


@pytest.mark.parametrize("people", [("Вера Примерова",), ()])
def test_the_debtors_name_is_taken_out_of_what_is_shown(
    settings: Settings, database: AnalyticsDatabase, facts: Facts, people: tuple[str, ...]
) -> None:
    """Also one that is a common word, which nobody could tell from a name but by what the account says."""
    call = facts()
    keys = Keyring.parse(KEY, "a test")
    with CallDatabase(
        settings.database_url, recordings=settings.paths.recordings_dir, min_free_bytes=0, keys=keys
    ) as engine:

        async def hold() -> None:
            engine.opened(call.opened(people=people))
            engine.turn(replace(call.bot_turn(), text="ждём оплату вера до пятницы"))
            await engine.closed(call.closed())

        asyncio.run(hold())
        clock = VirtualClock(call.at)
        judging = Judging(Jurisdiction.KAZAKHSTAN, Creditor.BANK, ZoneInfo("Asia/Almaty"))
        redacting = [step for step in usual_steps(judging) if step.name == "redaction"]
        pipeline = Pipeline(decoded, Listeners(), redacting)
        assert follower(settings, database, pipeline, clock).catch_up() == 1
    with Worker(database, pipeline, clock, "w") as worker:
        assert worker.work()
    with database.reading() as connection:
        found = contacts.load(connection, call.call_id)
    assert found is not None
    (told,) = shown(found).conversation.utterances
    assert told.text == f"ждём оплату {'[name]' if people else 'вера'} до пятницы"
    assert "вера" not in json.dumps(dict(found.conversation.attributes), ensure_ascii=False).casefold()


def test_calls_without_words_and_lost_recordings(
    settings: Settings, engine: CallDatabase, database: AnalyticsDatabase, pipeline: Pipeline, facts: Facts
) -> None:
    """A call that nobody answered is a contact, a lost recording a reason; a call to our own people is neither."""
    silent, lost, own = facts("silent"), facts("lost", recording=Path("/nowhere/lost.wav")), facts("own")

    async def hold() -> None:
        engine.opened(silent.opened())
        await engine.closed(replace(silent.closed(), disposition=Disposition.NO_ANSWER, promise=None))
        lost.note_all_but_the_end(engine)
        await engine.closed(lost.closed())
        engine.opened(own.opened(scenario=TRANSFER))
        await engine.closed(own.closed())

    asyncio.run(hold())
    clock = VirtualClock(silent.at)
    assert follower(settings, database, pipeline, clock).catch_up() == 2
    with Worker(database, pipeline, clock, "w") as worker:
        assert [worker.work(), worker.work(), worker.work()] == [True, True, False]
    with database.reading() as connection:
        found = contacts.load(connection, "silent")
        (aside,) = jobs.aside(connection)
    assert found is not None
    assert (found.conversation.utterances, found.conversation.duration_s) == ((), 42.5)
    assert "lost.wav" in aside.reason
