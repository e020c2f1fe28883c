"""All that is known of a person, given out and erased: both databases, sealed recordings, both kinds of database."""

import asyncio
import base64
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.documents import as_document
from analytics.intake.metadata import ChannelRoles
from analytics.payments import Debtor, Payment
from analytics.pipeline.orders import Order, Recording
from analytics.pipeline.running import Made, Stored
from analytics.redaction import redact
from analytics.store import contacts, jobs, payments
from analytics.store.jobs import NewJob
from analytics.transcripts import utterances_document
from config.analysis.wiring import open_database
from config.cli import cli
from config.settings import Settings, load
from engine.accounts import Money
from engine.audio import SAMPLE_RATE_HZ, read_wav, write_wav
from engine.calls import Direction, Disposition
from engine.sealing import Keyring, seal_in_place
from engine.speech import Word
from engine.store import CallArchive, CallDatabase

Facts = Callable[..., Any]
AT = datetime(2026, 5, 4, 7, tzinfo=UTC)
CLIENT, OTHER = "5f0c9e21a7b3d846", "a7b3d8465f0c9e21"
KEY = base64.b64encode(bytes(32)).decode()


def voicebot(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def settings(location: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of an engine and an analytics that share a PostgreSQL, or have a file each; a hold on one contact."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEYS", KEY)
    monkeypatch.setenv("VOICEBOT_PRIVACY__HOLDS", str(tmp_path / "holds.yaml"))
    (tmp_path / "holds.yaml").write_text("- {hold: case-7, from: 2026-01-01, contacts: [chat-held]}\n")
    if isinstance(location, str):
        monkeypatch.setenv("VOICEBOT_STORE__URL", location)
        monkeypatch.setenv("VOICEBOT_ANALYTICS__DATABASE", location)
    return load()


def store(settings: Settings, contact_id: str, medium: Medium, recording: Path | None = None, **known: str) -> None:
    """Store a contact in which the client says a name from 2 s to 3 s."""
    words = (Word("меня", 1.0, 1.4, 1.0), Word("зовут", 1.4, 2.0, 1.0), Word("Алексей", 2.0, 3.0, 1.0))
    said = (Utterance(Role.CLIENT, words, 1.0, 3.0),)
    conversation = Conversation(contact_id, medium, AT, 10.0, said, known)
    spans = as_document(redact(conversation).spans)
    found = Stored(conversation, Made("", "d", utterances_document(said)), {"redaction": Made("1", "d", spans)}, ())
    heard = Recording(recording, "", ChannelRoles(Role.BOT, Role.CLIENT)) if recording else None
    with open_database(settings) as database, database.writing() as connection:
        contacts.save(connection, Order(contact_id, medium, AT, "ru", known, heard, said), found, AT)


@pytest.fixture
def recording(settings: Settings, facts: Facts) -> Path:
    """A call of the engine's, analysed and sealed; chats of the same client and of another; a job set aside."""
    path = settings.paths.recordings_dir / "2026-05-04" / "call-1.wav"
    path.parent.mkdir(parents=True)
    write_wav(path, np.full((10 * SAMPLE_RATE_HZ, 2), 3000, dtype=np.int16))
    with CallDatabase(settings.database_url, recordings=settings.paths.recordings_dir, min_free_bytes=0) as engine:
        call, another = facts(recording=path), facts("call-2")

        async def hold() -> None:
            call.note_all_but_the_end(engine)
            await engine.closed(call.closed())
            engine.opened(another.opened(account_id="B-1"))
            await engine.closed(another.closed())

        asyncio.run(hold())
    seal_in_place(path, Keyring.parse(KEY, "a test"))
    store(settings, "call-1", Medium.CALL, path, account="A-17")
    store(settings, "chat-held", Medium.CHAT, client_hash=CLIENT, account="A-17")
    store(settings, "chat-other", Medium.CHAT, client_hash=OTHER, account="B-1")
    with open_database(settings) as database, database.writing() as connection:
        waiting = Order("chat-aside", Medium.CHAT, AT, "ru", {"client_hash": CLIENT})
        jobs.queue(connection, [NewJob(waiting, "f")], "r", AT)
        paid = [Payment(one, Debtor(client=one), AT, Money.of(20_000)) for one in (CLIENT, OTHER)]
        payments.add(connection, paid, AT)
    return path


def kept(settings: Settings) -> tuple[set[str], set[str]]:
    """What is left: contacts, jobs among them, and calls."""
    with open_database(settings) as database, database.reading() as connection:
        names = ("call-1", "chat-held", "chat-other", "chat-aside")
        left = {one for one in names if contacts.load(connection, one)} | jobs.known(connection, names)
    with CallArchive(settings.database_url, recordings=settings.paths.recordings_dir) as archive:
        return left, {one.opened.call_id for one in archive.recent()}


def test_all_that_is_known_is_given_out_and_nothing_of_others(
    settings: Settings, recording: Path, tmp_path: Path
) -> None:
    """Found by account, client or call; a dry run writes nothing; others' names are neither given nor heard."""
    out = tmp_path / "person.zip"
    dry = voicebot("person", "export", "call-1", out, "--dry-run")
    assert f"client {CLIENT}, account A-17: contacts: 3, calls: 1, recordings: 1, payments: 1" in dry.output, dry.output
    assert not out.exists()
    done = voicebot("person", "export", "A-17", out)
    assert (done.exit_code, out.stat().st_mode & 0o777) == (0, 0o600), done.output
    assert "Taken out of the words of contacts: name: 2" in done.output
    document, page, (sound, rate) = exported(out, tmp_path)
    tables = document["tables"]
    assert (document["view"], document["taken_out"]) == ({"text": "own", "recordings": "own"}, {"name": 2})
    assert {row["call_id"] for row in tables["calls"]} == {"call-1"}
    assert [row["text"] for row in tables["turns"]] == ["Сәлеметсіз бе", "иә менмін"]
    assert tables["promises"][0]["amount_minor"] == 1_500_050
    assert {row["contact_id"] for row in tables["analytics_contacts"]} == {"call-1", "chat-held"}
    assert [row["contact_id"] for row in tables["analytics_jobs"]] == ["chat-aside"]
    assert [row["payment_id"] for row in tables["analytics_payments"]] == [CLIENT]
    assert "Алексей" not in json.dumps(document, ensure_ascii=False)
    assert "меня зовут [name]" in page
    assert "chat-other" not in json.dumps(document)
    assert not sound[2 * rate : 3 * rate, 1].any()
    assert (abs(sound[5 * rate : 6 * rate] - 3000) < 10).all()
    assert (abs(sound[2 * rate : 3 * rate, 0] - 3000) < 10).all()
    assert "exists already" in voicebot("person", "export", "A-17", out).output


@pytest.mark.parametrize(
    ("options", "named", "heard"),
    [
        (["--own", "Алексей"], True, True),
        (["--own", "Алексей", "--recordings", "redacted"], True, False),
        (["--text", "redacted", "--own", "Алексей"], False, True),
        (["--text", "original", "--recordings", "original"], True, True),
    ],
)
def test_what_is_known_to_be_own_stays(
    settings: Settings, recording: Path, tmp_path: Path, options: list[str], named: bool, heard: bool
) -> None:
    """By the bank's word, or all of it where somebody looks through it first."""
    done = voicebot("person", "export", "A-17", tmp_path / "person.zip", *options)
    assert done.exit_code == 0, done.output
    document, page, (sound, rate) = exported(tmp_path / "person.zip", tmp_path)
    assert ("меня зовут Алексей" in page) is named
    assert ("Алексей" in json.dumps(document["tables"], ensure_ascii=False)) is named
    assert bool(sound[2 * rate : 3 * rate, 1].all()) is heard


def test_another_person_who_was_reached_is_neither_quoted_nor_heard(
    settings: Settings, facts: Facts, tmp_path: Path
) -> None:
    """Nor named, where a further hypothesis or an agent's name would tell; the bot's own words stay."""
    path = settings.paths.recordings_dir / "2026-05-04" / "call-1.wav"
    path.parent.mkdir(parents=True)
    write_wav(path, np.full((10 * SAMPLE_RATE_HZ, 2), 3000, dtype=np.int16))
    keys = Keyring.parse(KEY, "a test")
    with CallDatabase(
        settings.database_url, recordings=settings.paths.recordings_dir, min_free_bytes=0, keys=keys
    ) as engine:
        call = facts(recording=path)

        async def hold() -> None:
            call.note_all_but_the_end(engine)
            await engine.closed(call.closed(disposition=Disposition.THIRD_PARTY, promise=None))

        asyncio.run(hold())
    store(settings, "call-1", Medium.CALL, path, account="A-17", outcome="third_party", agent="Sample")
    done = voicebot("person", "export", "A-17", tmp_path / "person.zip")
    assert done.exit_code == 0, done.output
    document, page, (sound, _) = exported(tmp_path / "person.zip", tmp_path)
    said = json.dumps(document["tables"], ensure_ascii=False) + page
    assert not [word for word in ("менмін", "меньше", "Алексей", "зовут", "Sample") if word in said]
    assert "Сәлеметсіз бе, бұл" in said
    turn = document["tables"]["turns"][1]
    assert turn["text"] == "[third_person] [third_person]"
    assert [one["text"] for one in turn["transcript"]["hypotheses"]] == ["[third_person] [third_person]"] * 2
    assert turn["transcript"]["hypotheses"][0]["words"][0][:2] == ["[third_person]", 2.0]
    assert not sound[:, 1].any()
    assert sound[:, 0].all()


def exported(out: Path, folder: Path) -> tuple[Any, str, tuple[np.ndarray, int]]:
    """Return what an export holds: the document, the page, and the one recording with its rate."""
    with zipfile.ZipFile(out) as archive:
        (folder / "sound.wav").write_bytes(archive.read("recordings/0001.wav"))
        document, page = json.loads(archive.read("person.json")), archive.read("person.html").decode()
    return document, page, read_wav(folder / "sound.wav")


def test_erasure_leaves_holds_and_others_and_a_proof(
    settings: Settings, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dry run first; what the law or a hold keeps is told; the recording goes sealed as it lies."""
    dry = voicebot("person", "erase", CLIENT)
    assert "held: hold case-7" in dry.output, dry.output
    assert "calls/call-1: would be erased" in dry.output
    everything = {"call-1", "chat-held", "chat-other", "chat-aside"}
    assert kept(settings) == (everything, {"call-1", "call-2"})
    done = voicebot("person", "erase", CLIENT, "--yes")
    assert "4 erased, 0 failed" in done.output, done.output
    assert "account 5f0c9e" not in done.output
    assert kept(settings) == ({"chat-held", "chat-other"}, {"call-2"})
    assert list(recording.parent.iterdir()) == []
    for item in ("call-1", "calls/call-1", "2026-05-04/call-1.wav", "chat-aside"):
        assert "because: request" in voicebot("retention", "proof", item).output
    assert voicebot("retention", "proof", "chat-held").exit_code == 1
    again = voicebot("person", "erase", CLIENT, "--yes")
    assert "0 erased, 0 failed" in again.output
    assert "2  held: hold case-7" in again.output  # the payments of whose contact is held, too
    monkeypatch.delenv("VOICEBOT_PRIVACY__HOLDS")
    assert "2 erased, 0 failed" in voicebot("person", "erase", CLIENT, "--yes").output
    with open_database(settings) as database, database.reading() as connection:
        assert [one.payment_id for one in payments.latest(connection, 9)] == [OTHER]


def test_what_cannot_be_told_apart_is_refused(settings: Settings, recording: Path) -> None:
    """An account of two clients, one who is not known; by the client's hash what names nobody is left out."""
    store(settings, "chat-both", Medium.CHAT, client_hash=OTHER, account="A-17")
    refused = voicebot("person", "erase", "A-17", "--yes")
    assert (refused.exit_code, "is held by several clients: name one of them" in refused.output) == (1, True)
    told = voicebot("person", "erase", CLIENT).output
    assert "Held by other clients too, so that what names no client is left out: A-17" in told
    assert "calls: 0, recordings: 0" in told
    assert "nothing is kept of nobody" in voicebot("person", "erase", "nobody").output


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # one of them has not the host's date
def test_calls_that_the_dialling_rules_count_stay_until_they_are_forgotten(
    settings: Settings, facts: Facts, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Erased at once, the next start would not know that the number was called today. Who called us goes at once."""
    monkeypatch.setenv("VOICEBOT_ANALYTICS__TIME_ZONE", zone)
    with CallDatabase(settings.database_url, recordings=settings.paths.recordings_dir, min_free_bytes=0) as engine:
        call = facts("today", at=datetime.now(UTC))
        engine.opened(call.opened())
        asyncio.run(engine.closed(call.closed()))
        called_us = facts("called-us", at=datetime.now(UTC))
        engine.opened(called_us.opened(direction=Direction.INBOUND, account_id="A-18"))
        asyncio.run(engine.closed(called_us.closed()))
    told = voicebot("person", "erase", "today", "--yes").output
    assert "kept: the dialling rules count it until" in told
    assert "0 erased, 0 failed" in told
    assert "1 erased, 0 failed" in voicebot("person", "erase", "A-18", "--yes").output
