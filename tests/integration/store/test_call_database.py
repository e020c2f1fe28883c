"""The store's promises, the same on SQLite and PostgreSQL."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from engine.accounts import Account, Currency, Money, Person
from engine.calls import CallOpened, CallRecord, Direction, Disposition, Promise
from engine.errors import AudioError, StoreError, StoreFull
from engine.ports import CallStore
from engine.speech import Language
from engine.store import CallArchive, CallDatabase

Open = Callable[..., CallDatabase]
Facts = Callable[..., Any]


def test_a_call_comes_back_as_it_was_noted(open_database: Open, facts: Facts, tmp_path: Path) -> None:
    """Every fact of a call, all hypotheses of its transcript and its promise included, is read back equal."""
    call = facts(recording=tmp_path / "recordings" / "call-1.wav")
    database: CallStore = open_database()

    async def talk() -> CallRecord | None:
        call.note_all_but_the_end(database)
        await database.closed(call.closed())
        return await database.record("call-1")

    assert asyncio.run(talk()) == call.record()


def test_a_live_call_is_read_with_all_that_was_noted_so_far(open_database: Open, facts: Facts) -> None:
    """Reading a call waits for its own queued facts, and a call without an end has none."""
    call = facts()
    database = open_database()

    async def talk() -> CallRecord | None:
        call.note_all_but_the_end(database)
        return await database.record("call-1")

    assert asyncio.run(talk()) == replace(call.record(), closed=None)


def test_an_unknown_call_is_none(open_database: Open) -> None:
    """A call that was never opened has no record."""
    assert asyncio.run(open_database().record("nobody")) is None


def test_a_caller_who_turns_out_later_changes_account_and_scenario(open_database: Open, facts: Facts) -> None:
    """The version that the call goes on by is known with the account alone, and so are the debtor's names."""
    debtor = Person("Alex Sample", "Alex", Language.ENGLISH, "77010000001")
    today = datetime(2026, 5, 4, tzinfo=UTC).date()
    account = Account("A-18", debtor, "Example Bank", {}, Money.of(45_000), 12, today, Money.of(5_000))
    database = open_database()

    async def talk() -> CallRecord | None:
        database.opened(facts().opened(account_id=None, scenario_hash="before"))
        database.identified("call-1", account, "after")
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert (record.opened.account_id, record.opened.scenario_hash) == ("A-18", "after")
    assert record.opened.people == ("Alex Sample", "Alex")


def test_moments_keep_their_instant_in_any_zone(open_database: Open, facts: Facts) -> None:
    """A moment given in another zone is the same moment in UTC when read."""
    almaty = timezone(timedelta(hours=5))
    call = facts(at=datetime(2026, 5, 4, 12, 0, 0, 123456, tzinfo=almaty))
    callback = datetime(2026, 5, 5, 18, 30, tzinfo=almaty)
    database = open_database()

    async def talk() -> CallRecord | None:
        database.opened(call.opened())
        await database.closed(call.closed(disposition=Disposition.CALLBACK, promise=None, callback_at=callback))
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert record.opened.opened_at == datetime(2026, 5, 4, 7, 0, 0, 123456, tzinfo=UTC)
    assert record.opened.opened_at.tzinfo is UTC
    assert record.closed is not None
    assert record.closed.callback_at == callback


@pytest.mark.parametrize("minor", [1, 99, 9_007_199_254_740_993, 2**63 - 1])
def test_sums_are_exact(open_database: Open, facts: Facts, minor: int) -> None:
    """Minor units survive to the last digit, also beyond what a float can hold."""
    database = open_database()
    promise = Promise(Money(minor, Currency.ROUBLE), datetime(2026, 5, 8, tzinfo=UTC).date(), confirmed=False)

    async def talk() -> CallRecord | None:
        database.opened(facts().opened())
        await database.closed(facts().closed(promise=promise))
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert record.closed is not None
    assert record.closed.promise == promise


def test_text_that_no_database_holds_costs_no_fact(open_database: Open, facts: Facts) -> None:
    """NUL and bytes that were no UTF-8, as a SIP header may carry them, are replaced rather than refused."""
    call = facts()
    database = open_database()

    async def talk() -> CallRecord | None:
        database.opened(call.opened(remote="bad\0user\udcff"))
        database.turn(replace(call.caller_turn(), text="иә\0 \udcff", transcript=None))
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert record.opened.remote == "bad\ufffduser?"
    assert record.turns[0].text == "иә\ufffd ?"


def test_what_was_closed_is_there_after_a_restart(open_database: Open, facts: Facts) -> None:
    """A second opening of the same database finds the calls of the first."""
    first = open_database()

    async def talk() -> None:
        facts().note_all_but_the_end(first)
        await first.closed(facts().closed())

    asyncio.run(talk())
    first.close()
    assert asyncio.run(open_database().record("call-1")) == facts().record()


def test_facts_keep_their_order_over_many_groups(open_database: Open, facts: Facts) -> None:
    """More events than fit in one transaction are read in the order in which they happened."""
    database = open_database()

    async def talk() -> CallRecord | None:
        database.opened(facts().opened())
        for number in range(1200):
            database.event(facts().event(detail=str(number)))
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert [event.detail for event in record.events] == [str(number) for number in range(1200)]


def test_a_refused_fact_costs_no_other(open_database: Open, facts: Facts, caplog: pytest.LogCaptureFixture) -> None:
    """A turn noted twice and an event of no call are logged and counted; all facts around them are kept."""
    call = facts()
    database = open_database()

    async def talk() -> CallRecord | None:
        database.opened(call.opened())
        database.turn(call.bot_turn(0))
        database.turn(replace(call.bot_turn(0), text="said in secret"))
        database.event(facts("never-opened").event())
        database.turn(call.caller_turn(1))
        await database.closed(call.closed())
        return await database.record("call-1")

    with caplog.at_level(logging.ERROR):
        record = asyncio.run(talk())
    assert record == replace(call.record(), events=())
    assert database.stats.refused == 2
    assert "call call-1: its turn was refused" in caplog.text
    assert "call never-opened: its event was refused" in caplog.text
    assert "secret" not in caplog.text


def test_the_end_of_an_unknown_call_is_an_error(open_database: Open, facts: Facts) -> None:
    """Closing what was never opened raises, and names the call."""
    with pytest.raises(StoreError, match=r"call call-1: its end was refused .* never opened"):
        asyncio.run(open_database().closed(facts().closed()))


def test_an_end_may_be_corrected(open_database: Open, facts: Facts) -> None:
    """A second end of a call replaces the first, promise included."""
    database = open_database()

    async def talk() -> CallRecord | None:
        database.opened(facts().opened())
        await database.closed(facts().closed())
        await database.closed(facts().closed(disposition=Disposition.DISPUTE, promise=None))
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert record.closed == facts().closed(disposition=Disposition.DISPUTE, promise=None)


def test_nothing_is_taken_after_closing(open_database: Open, facts: Facts) -> None:
    """A fact that comes after the store was closed is an error, not a silent loss."""
    database = open_database()
    database.close()
    with pytest.raises(StoreError, match="after the store was closed"):
        database.event(facts().event())


def test_recent_calls_come_newest_first_with_their_turns_counted(open_database: Open, facts: Facts) -> None:
    """The list for tools holds finished and live calls, the latest first, and no more than asked for."""
    database = open_database()
    start = datetime(2026, 5, 4, 7, tzinfo=UTC)
    for number in range(4):
        call = facts(f"call-{number}", at=start + timedelta(minutes=number))
        database.opened(call.opened())
        for index in range(number):
            database.turn(call.bot_turn(index))

    async def finish() -> None:
        await database.closed(facts("call-2", at=start).closed())

    asyncio.run(finish())
    recent = database.archive.recent(3)
    assert [(call.opened.call_id, call.turns) for call in recent] == [("call-3", 3), ("call-2", 2), ("call-1", 1)]
    assert [call.closed is not None for call in recent] == [False, True, False]
    assert recent[1].closed == facts("call-2", at=start).closed()


def test_finished_calls_are_walked_in_the_order_of_their_end(open_database: Open, facts: Facts) -> None:
    """Every finished call comes once, page by page, also where many ended in the same moment; live ones do not come."""
    database = open_database()
    start = datetime(2026, 5, 4, 7, tzinfo=UTC)

    async def talk() -> None:
        ends = []
        for number in range(450):
            call = facts(f"call-{number:03}", at=start + timedelta(seconds=number // 300))
            database.opened(call.opened())
            database.turn(call.bot_turn())
            ends.append(database.closed(call.closed(promise=None)))
        database.opened(facts("live").opened())
        await asyncio.gather(*ends)

    asyncio.run(talk())
    walked = list(database.archive.finished())
    assert [record.opened.call_id for record in walked] == [f"call-{number:03}" for number in range(450)]
    assert all(len(record.turns) == 1 for record in walked)
    later = database.archive.finished(after=start + timedelta(seconds=42.5))
    assert [record.opened.call_id for record in later] == [f"call-{number:03}" for number in range(300, 450)]


def test_dials_of_earlier_runs_are_known(open_database: Open, facts: Facts) -> None:
    """Outbound calls since a moment are history for the dial gate; inbound, older and refused ones are not.

    Nor are those to our own people.
    """
    database = open_database()
    start = datetime(2026, 5, 4, 7, tzinfo=UTC)
    database.opened(facts("old", at=start - timedelta(hours=1)).opened())
    database.opened(facts("in", at=start).opened(direction=Direction.INBOUND))
    database.opened(facts("out", at=start).opened(remote="77010000001"))
    database.opened(facts("refused", at=start).opened(remote="77010000002"))
    database.event(facts("refused", at=start).event("dial_refused"))
    database.opened(facts("out-1", at=start).opened(remote="sip:operators@127.0.0.1"))
    database.event(facts("out-1", at=start).event("consulted_for", detail="out"))
    asyncio.run(database.flush())
    assert [(dial.number, dial.at) for dial in database.archive.dialled(start)] == [("77010000001", start)]


def test_calls_left_open_are_closed_as_interrupted(open_database: Open, facts: Facts, tmp_path: Path) -> None:
    """Each lasts until its last event, turn or recorded second, whichever is latest; finished calls are left alone."""
    crashed = open_database()
    recordings = tmp_path / "recordings"
    calls = {
        "event": facts("event", recording=None),
        "turn": facts("turn", recording=recordings / "turn.wav"),
        "tape": facts("tape", recording=recordings / "tape.wav"),
        "fresh": facts("fresh", recording=recordings / "broken.wav"),
    }
    for call in calls.values():
        crashed.opened(call.opened())
    crashed.event(calls["event"].event("held", 7.5))
    crashed.turn(calls["turn"].caller_turn())
    crashed.event(calls["tape"].event("answered", 1.0))

    async def finish() -> None:
        crashed.opened(facts("done").opened())
        await crashed.closed(facts("done").closed())

    asyncio.run(finish())
    crashed.close()

    def repair(path: Path) -> float | None:
        if path.name == "broken.wav":
            raise AudioError(f"{path}: not a recording")
        return {"turn.wav": 1.0, "tape.wav": 9.25}[path.name]

    database = open_database()

    async def recover() -> dict[str, tuple[Disposition, float, datetime]]:
        database.opened(facts("live").opened())
        await database.flush()
        assert {call.opened.call_id for call in await database.unfinished()} == set(calls)
        ends = await database.close_interrupted(repair)
        assert await database.unfinished() == ()
        assert await database.close_interrupted(repair) == ()
        record = await database.record("tape")
        assert record is not None
        assert [event.kind for event in record.events] == ["answered", "interrupted"]
        return {end.call_id: (end.disposition, end.duration_s, end.closed_at) for end in ends}

    start = datetime(2026, 5, 4, 7, tzinfo=UTC)
    assert asyncio.run(recover()) == {
        name: (Disposition.INTERRUPTED, seconds, start + timedelta(seconds=seconds))
        for name, seconds in {"event": 7.5, "turn": 2.75, "tape": 9.25, "fresh": 0.0}.items()
    }
    live = asyncio.run(database.record("live"))
    assert live is not None
    assert live.closed is None


def test_an_engine_closes_only_the_calls_of_its_own_node(open_database: Open, facts: Facts) -> None:
    """Where engines share a database, one that starts leaves the live calls of the others alone."""
    first = open_database(node="north")
    first.opened(facts("north-1").opened())
    asyncio.run(first.flush())
    first.close()
    other = open_database(node="south")
    assert asyncio.run(other.close_interrupted()) == ()
    other.close()
    again = open_database(node="north")
    assert [end.call_id for end in asyncio.run(again.close_interrupted())] == ["north-1"]


def test_recordings_may_move_with_their_folder(open_database: Open, facts: Facts, tmp_path: Path) -> None:
    """A recording inside the folder is kept relative to it; one outside keeps its own place."""
    database = open_database()
    outside = tmp_path / "elsewhere" / "b.wav"
    database.opened(facts("in", recording=tmp_path / "recordings" / "2026" / "a.wav").opened())
    database.opened(facts("out", recording=outside).opened())
    asyncio.run(database.flush())
    database.close()
    moved = open_database(recordings=tmp_path / "moved")
    inside, out = (asyncio.run(moved.record(call_id)) for call_id in ("in", "out"))
    assert inside is not None
    assert out is not None
    assert inside.opened.recording == tmp_path / "moved" / "2026" / "a.wav"
    assert out.opened.recording == outside


def test_tools_read_beside_a_running_engine(
    open_database: Open, facts: Facts, location: str | Path, tmp_path: Path
) -> None:
    """An archive of its own sees what the engine has written, while the engine holds the database."""
    database = open_database()
    database.opened(facts().opened())
    asyncio.run(database.flush())
    with CallArchive(location, recordings=tmp_path / "recordings") as archive:
        assert [call.opened.call_id for call in archive.recent()] == ["call-1"]


_ANOTHER_PROGRAM = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as connection:
    print(connection.execute("SELECT count(*) FROM calls WHERE closed_at IS NOT NULL").fetchone()[0])
connection.close()
"""


def test_another_program_sees_and_leaves_what_a_running_engine_notes(facts: Facts, tmp_path: Path) -> None:
    """SQLite: whoever closes the file last deletes its log, which the engine's locks must forbid as long as it runs."""
    path, call = tmp_path / "calls.db", facts()

    def closed_calls() -> int:
        found = subprocess.run(
            [sys.executable, "-c", _ANOTHER_PROGRAM, path], capture_output=True, text=True, check=True
        )
        return int(found.stdout)

    async def talk() -> None:
        call.note_all_but_the_end(database)
        await database.flush()
        with CallArchive(path, recordings=tmp_path):  # a second reader of the engine's own process
            assert closed_calls() == 0
        assert closed_calls() == 0
        await database.closed(call.closed())

    with CallDatabase(path, recordings=tmp_path) as database:
        asyncio.run(talk())
        assert closed_calls() == 1


def test_new_calls_are_refused_below_the_limit_of_free_space(open_database: Open, facts: Facts) -> None:
    """With less free space than the limit a call cannot be opened, and the message names folder and setting."""
    database = open_database(min_free_bytes=2**62)
    with pytest.raises(StoreFull, match=r"recordings has .* MB free, less than .* store\.min_free_mb"):
        database.opened(facts().opened())
    assert asyncio.run(database.record("call-1")) is None


def test_a_call_that_could_not_be_opened_leaves_nothing(open_database: Open, facts: Facts) -> None:
    """A moment without a zone is refused as an error of ours before anything is queued for other calls."""
    database = open_database()
    call: CallOpened = facts().opened(opened_at=datetime(2026, 5, 4))
    database.opened(call)
    with pytest.raises(StoreError, match="refused"):
        asyncio.run(database.closed(facts().closed()))
