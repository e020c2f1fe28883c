"""The engine's database under keys: no word of a call is in clear, all who read it open it, keys can be changed."""

import asyncio
import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import inspect, text

from config import cli
from engine.calls import CallRecord
from engine.errors import KeyMissing, SealBroken
from engine.sealing import Keyring
from engine.store import CallArchive, CallDatabase
from engine.store.backup import backup
from engine.store.connection import connect, database_url
from engine.store.erasing import KeptCalls
from engine.store.restoring import restore

Open = Callable[..., CallDatabase]
Facts = Callable[..., Any]

OLD, NEW = os.urandom(32), os.urandom(32)
WORDS = ("Сәлеметсіз", "менмін", "меньше", "Примерова")
"""Of the bot's turn, the caller's, a hypothesis of it that was not the best, and the debtor's name."""


async def hold(database: CallDatabase, call: Any) -> CallRecord | None:
    """Note a whole call."""
    call.note_all_but_the_end(database)
    await database.closed(call.closed())
    return await database.record(call.call_id)


def written(location: str | Path) -> str:
    """Return all that stands in the tables, as the database has it."""
    engine = connect(database_url(location))
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        rows = [str(row) for name in names for row in connection.execute(text(f'SELECT * FROM "{name}"'))]
    engine.dispose()
    return "\n".join(rows)


def test_no_word_is_in_clear_and_all_comes_back(
    open_database: Open, location: str | Path, facts: Facts, tmp_path: Path
) -> None:
    """A second process opens it by the same key, and gives rows out opened; no field of the call is lost."""
    call, keys = facts(), Keyring([OLD])
    assert asyncio.run(hold(open_database(keys=keys), call)) == call.record()
    found = written(location)
    assert call.call_id in found
    assert not any(word in found or word.encode("unicode_escape").decode() in found for word in WORDS)
    with CallArchive(location, recordings=tmp_path / "recordings", keys=keys) as archive:
        assert archive.record(call.call_id) == call.record()
    with KeptCalls(location, recordings=tmp_path / "recordings", keys=keys) as kept:
        assert [row["text"] for row in kept.rows(call.call_id)["turns"]] == ["Сәлеметсіз бе", "иә менмін"]


def test_text_that_no_database_holds_is_replaced_under_keys_too(open_database: Open, facts: Facts) -> None:
    call = facts()
    database = open_database(keys=Keyring([OLD]))
    turn = call.caller_turn()
    bad = type(turn)(*("call-1", 0, turn.speaker, "иә\0 \udcff", "", 0.0, 1.0, "rpc"))

    async def talk() -> CallRecord | None:
        database.opened(call.opened())
        database.turn(bad)
        return await database.record("call-1")

    record = asyncio.run(talk())
    assert record is not None
    assert record.turns[0].text == "иә\ufffd ?"


@pytest.mark.parametrize("keys", [None, Keyring([NEW])])
def test_an_engine_without_the_key_does_not_start_and_readers_are_told(
    open_database: Open, location: str | Path, facts: Facts, tmp_path: Path, keys: Keyring | None
) -> None:
    """Else it would write in clear what debtors say; what needs no word of anybody is read all the same."""
    database = open_database(keys=Keyring([OLD]))
    asyncio.run(hold(database, facts()))
    database.close()
    error, message = (SealBroken, "no key is given") if keys is None else (KeyMissing, "add that key behind the newest")
    with pytest.raises(error, match=message):
        open_database(keys=keys)
    with CallArchive(location, recordings=tmp_path, keys=keys) as archive:
        with pytest.raises(error, match=rf"calls\.people.*{message}"):
            archive.record("call-1")
        assert archive.ended().call_ids == ("call-1",)
    open_database(keys=Keyring([OLD]))  # the one that was refused let go of the file


def test_what_was_in_clear_is_sealed_and_an_old_key_may_go(
    open_database: Open, location: str | Path, facts: Facts, tmp_path: Path
) -> None:
    """In SQLite the old bytes are gone from the file and its log, though the engine has it open."""
    live = open_database()
    asyncio.run(hold(live, facts("in-clear")))
    assert WORDS[0] in written(location)
    live.close()
    live = open_database(keys=Keyring([OLD]))
    asyncio.run(hold(live, facts("old-key")))
    with KeptCalls(location, recordings=tmp_path, keys=Keyring([NEW, OLD])) as kept:
        assert sum(kept.reseal()) == 6
    if isinstance(location, Path):
        raw = b"".join(one.read_bytes() for one in sorted(tmp_path.glob("calls.db*")))
        assert not any(word.encode() in raw for word in WORDS)
    live.close()
    renewed = open_database(keys=Keyring([NEW]))
    for call_id in ("in-clear", "old-key"):
        assert asyncio.run(renewed.record(call_id)) == facts(call_id).record()


def test_an_erased_call_leaves_nothing_in_the_file(facts: Facts, tmp_path: Path) -> None:
    """In clear, as before there were keys; the engine runs on."""
    path = tmp_path / "calls.db"
    with CallDatabase(path, recordings=tmp_path, min_free_bytes=0) as live:
        asyncio.run(hold(live, facts()))
        with KeptCalls(path, recordings=tmp_path) as kept:
            kept.erase("call-1")
            kept.empty_wal()
        raw = b"".join(one.read_bytes() for one in sorted(tmp_path.glob("calls.db*")))
        assert not any(word.encode() in raw for word in (*WORDS, "A-17"))


def test_a_backup_stays_sealed_and_opens_where_the_key_is(facts: Facts, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with CallDatabase(data / "calls.db", recordings=data / "recordings", min_free_bytes=0, keys=Keyring([OLD])) as live:
        asyncio.run(hold(live, facts()))
        backup(data / "calls.db", data / "recordings", tmp_path / "calls.tar.gz")
    restore(tmp_path / "calls.tar.gz", tmp_path / "restored")
    assert not any(word.encode() in (tmp_path / "restored" / "calls.db").read_bytes() for word in WORDS)
    with CallArchive(
        tmp_path / "restored" / "calls.db", recordings=data / "recordings", keys=Keyring([OLD])
    ) as archive:
        assert archive.record("call-1") == facts().record()


@pytest.mark.usefixtures("restored_logging")
def test_the_command_seals_both_databases(facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the keys, the newest first; a dry run changes nothing."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    with CallDatabase(tmp_path / "calls.db", recordings=tmp_path / "recordings", min_free_bytes=0) as live:
        asyncio.run(hold(live, facts()))
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", base64.b64encode(NEW).decode())

    def seal(*options: str) -> Result:
        return CliRunner().invoke(cli.cli, ["seal", "--database", *options])

    assert "would be written anew" in seal("--dry-run").output
    assert WORDS[0] in written(tmp_path / "calls.db")
    done = seal()
    assert done.exit_code == 0, done.output
    assert "3 rows of calls are sealed with the newest key\n0 rows of analytics" in done.output
    assert WORDS[0] not in written(tmp_path / "calls.db")
