"""The database of analytics under keys: no word of anybody is in it in clear, and keys can be changed."""

import base64
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import parse
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Made, Stored
from analytics.search import Indexed, Query, put, search
from analytics.store import AnalyticsDatabase, contacts
from analytics.transcripts import utterances_document
from config.analysis.wiring import open_for_work
from config.settings import load
from engine.errors import KeyMissing, SealBroken, SettingsError
from engine.sealing import Keyring
from engine.speech import Language, Word
from engine.store.connection import database_url

AT = datetime(2026, 11, 18, 10, tzinfo=UTC)
OLD, NEW = Keyring([b"o" * 32]), Keyring([b"n" * 32, b"o" * 32])
SECRET = "сокровенное"


def store(database: AnalyticsDatabase, contact_id: str) -> Stored:
    said = (Utterance(Role.CLIENT, (Word(SECRET, 0.0, 0.5, 1.0),), 0.0, 0.5, Language.RUSSIAN),)
    conversation = Conversation(contact_id, Medium.CHAT, AT, 1.0, said)
    found = Stored(
        conversation,
        Made("", "d", utterances_document(said)),
        {"promises": Made("1", "d", [{"text": SECRET}])},
        (),
    )
    order = Order(contact_id, Medium.CHAT, AT, "ru", known=said, duration_s=1.0)
    with database.writing() as connection:
        contacts.save(connection, order, found, AT)
    return found


def written(database: AnalyticsDatabase) -> str:
    with database.reading() as connection:
        rows = [
            str(row)
            for table, column in (("contacts", '"order"'), ("transcripts", "utterances"), ("results", "document"))
            for row in connection.execute(text(f"SELECT {column} FROM analytics_{table}"))
        ]
    return "\n".join(rows)


def test_no_word_is_in_clear_and_all_comes_back(location: str | Path) -> None:
    with AnalyticsDatabase(location, OLD) as database:
        found = store(database, "c-1")
        assert SECRET not in written(database)
        assert SECRET.encode("unicode_escape").decode() not in written(database)
        with database.reading() as connection:
            again = contacts.load(connection, "c-1")
            (order,) = contacts.orders(connection)
    assert again is not None
    assert again.conversation == found.conversation
    assert again.results["promises"].document == [{"text": SECRET}]
    assert order.known == found.conversation.utterances


def test_a_missing_key_is_told(location: str | Path) -> None:
    with AnalyticsDatabase(location, OLD) as database:
        store(database, "c-1")
    for keys, error, message in (
        (None, SealBroken, r"analytics_\w+\.\w+: is sealed, and no key is given"),
        (Keyring([os.urandom(32)]), KeyMissing, "add that key behind the newest one"),
    ):
        with (
            AnalyticsDatabase(location, keys) as database,
            database.reading() as connection,
            pytest.raises(error, match=message),
        ):
            contacts.load(connection, "c-1")


@pytest.mark.parametrize("keys", [None, Keyring([b"x" * 32])])
def test_a_worker_without_the_key_does_not_begin(
    location: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: Keyring | None
) -> None:
    """Else it would go on in clear; who has the key, or nothing that is sealed, works."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICEBOT_ANALYTICS__DATABASE", str(database_url(location)))

    def work() -> None:
        open_for_work(load()).close()

    work()
    with AnalyticsDatabase(location, OLD) as database:
        store(database, "c-1")
    if keys is not None:
        monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", base64.b64encode(b"x" * 32).decode())
    with pytest.raises(SettingsError, match=r"the database of analytics: analytics_contacts\.order: (is|was) sealed"):
        work()
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", base64.b64encode(b"o" * 32).decode())
    work()


def test_the_index_is_veiled_and_finds_as_before(location: str | Path) -> None:
    """At once where keys were given first, else by sealing the database anew; another key needs no new index."""
    conversation = conversation_of("c-1")

    def found(keys: Keyring | None) -> list[str]:
        with AnalyticsDatabase(location, keys) as database, database.reading() as connection:
            asked = Query(parse(f"client: {SECRET[:6]}* AND client: ещё"))
            return [one.conversation.contact_id for one in search(connection, asked).found]

    with AnalyticsDatabase(location) as database, database.writing() as connection:
        put(connection, Indexed(conversation))
    assert found(None) == ["c-1"]
    with AnalyticsDatabase(location, OLD) as database:
        list(database.reseal())
        with database.writing() as connection:
            put(connection, Indexed(conversation_of("c-2")))
        with database.reading() as connection:
            stored = [
                bytes(one) if isinstance(one, bytes | memoryview) else str(one).encode()
                for table in ("search_words_data", "search_documents")
                if isinstance(location, Path)
                for row in connection.execute(text(f"SELECT * FROM {table}"))
                for one in row
            ]
            if isinstance(location, str):
                stored = [str(row).encode() for row in connection.execute(text("SELECT words FROM search_words"))]
    assert stored
    assert not any(word.encode() in one for one in stored for word in (SECRET, SECRET[1:6], "ещё"))
    if isinstance(location, Path):
        raw = b"".join(one.read_bytes() for one in sorted(location.parent.glob(f"{location.name}*")))
        assert SECRET[1:6].encode() not in raw
    assert found(OLD) == ["c-2", "c-1"]
    with AnalyticsDatabase(location, NEW) as database:
        list(database.reseal())
    assert found(Keyring([b"n" * 32])) == ["c-2", "c-1"]
    with pytest.raises(SealBroken, match="no key is given"):
        found(None)


def conversation_of(contact_id: str) -> Conversation:
    words = (Word(SECRET, 0.0, 0.5, 1.0), Word("ещё", 0.5, 1.0, 1.0))
    said = (Utterance(Role.CLIENT, words, 0.0, 1.0, Language.RUSSIAN),)
    return Conversation(contact_id, Medium.CHAT, AT, 1.0, said)


def test_what_was_in_clear_is_sealed_and_an_old_key_may_go(location: str | Path) -> None:
    with AnalyticsDatabase(location) as database:
        store(database, "c-1")
        assert SECRET.encode("unicode_escape").decode() in written(database) or SECRET in written(database)
    with AnalyticsDatabase(location, OLD) as database:
        store(database, "c-2")
    with AnalyticsDatabase(location, NEW) as database:
        assert sum(database.reseal()) == 6
    with AnalyticsDatabase(location, Keyring([b"n" * 32])) as database:
        with database.reading() as connection:
            assert all(contacts.load(connection, one) for one in ("c-1", "c-2"))
        assert "sealed" in written(database)
