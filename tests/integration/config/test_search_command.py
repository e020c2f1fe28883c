"""`voicebot search` and `voicebot alerts`, on a database of their own."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analytics.alerts import enqueue, raised, read_alerts
from analytics.conversation import Conversation, Medium, Role, Utterance
from analytics.expressions import Heard
from analytics.search import Indexed, put
from analytics.store import AnalyticsDatabase
from config import cli
from engine.speech import Word

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AnalyticsDatabase:
    """Two contacts: a call of today and a chat of a week ago."""
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    call = (Word("я", 5.0, 5.1, 1), Word("завтра", 5.2, 5.6, 1), Word("всё", 5.7, 5.8, 1), Word("оплачу", 5.9, 6.4, 1))
    chat = tuple(Word(word, 3.0, 3.0, 1) for word in ("скажите", "когда", "оплатить"))
    with AnalyticsDatabase(tmp_path / "analytics.db") as database:
        for name, medium, at, words in (
            ("call-1", Medium.CALL, NOON, call),
            ("chat-1", Medium.CHAT, NOON - timedelta(days=7), chat),
        ):
            said = Utterance(Role.CLIENT, words, words[0].start_s, words[-1].end_s)
            with database.writing() as connection:
                put(connection, Indexed(Conversation(name, medium, at, 60, (said,), {})))
    return database


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.cli, arguments)


def test_what_was_found_is_shown_with_its_words_marked() -> None:
    result = run("search", "client: оплатить")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "call-1  2026-11-23 17:00  call",
        "    0:05.9  client  я завтра всё [оплачу]",
        "chat-1  2026-11-16 17:00  chat",
        "    0:03.0  client  скажите когда [оплатить]",
    ]


def test_wordings_of_categories_are_found_by_their_names() -> None:
    assert "call-1" in run("search", "client: $day").stdout
    wrong = run("search", "client: $dya")
    assert wrong.exit_code == 2
    assert "did you mean `day`" in wrong.stderr


def test_it_is_narrowed_down_counted_paged_and_explained() -> None:
    assert run("search", "оплатить", "--count").stdout == "2 contacts\n"
    assert run("search", "оплатить", "--since", "2026-11-20", "--count").stdout == "1 contacts\n"
    first = run("search", "оплатить", "--limit", "1", "--json", "--explain")
    [line] = first.stdout.splitlines()
    found = json.loads(line)
    assert (found["contact_id"], found["passages"][0]["marked"]) == ("call-1", ["оплачу"])
    assert "0:05.9 client: «оплачу»" in found["why"]
    after = first.stderr.partition("--after ")[2].strip()
    second = run("search", "оплатить", "--after", after, "--json", "--medium", "chat")
    assert json.loads(second.stdout)["contact_id"] == "chat-1"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("search", "клиент: денег"), "column"),
        (("search", "talking > 2"), "there is no measure `talking`"),
        (("search", "да", "--since", "yesterday"), "'yesterday' is no time; write 2026-11-23"),
        (("search", "да", "--after", "x"), "is no page"),
        (("search",), "write what to look for"),
    ],
)
def test_mistakes_are_told(arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in result.stderr


def test_the_index_is_made_anew() -> None:
    result = run("search", "client: оплатить", "--rebuild", "--count")
    assert result.exit_code == 0, result.output
    assert "made anew: 2 contacts" in result.stderr
    assert result.stdout == "2 contacts\n"


def test_alerts_wait_where_nobody_public_is_told(
    data: AnalyticsDatabase, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """From the pack to the outbox and the refused address."""
    pack = tmp_path / "alerts.yaml"
    pack.write_text("alerts:\n  pays: {when: 'client: оплатить', send_to: 'https://localhost/in'}\n")
    monkeypatch.setenv("VOICEBOT_ALERTS__PACK", str(pack))
    refused = run("alerts", "check")
    assert refused.exit_code == 2
    assert f"{pack}:2:45: https://localhost is not allowed; add it to alerts.allow" in refused.stderr

    monkeypatch.setenv("VOICEBOT_ALERTS__ALLOW", "https://localhost/")
    assert run("alerts", "check").stdout == "pays: client: оплатить -> https://localhost/in\n"
    for unsigned in (("check",), ("send", "--once")):
        assert "set VOICEBOT_ALERTS__SECRET" in run("alerts", *unsigned).stderr
    monkeypatch.setenv("VOICEBOT_ALERTS__SECRET", "-" * 24)
    said = Utterance(Role.CLIENT, (Word("оплачу", 1, 2, 1),), 1, 2)
    heard = Heard(Conversation("c-1", Medium.CALL, NOON, 9, (said,), {}))
    with AnalyticsDatabase(tmp_path / "analytics.db") as database, database.writing() as connection:
        for one in raised(read_alerts(pack), heard, {}):
            enqueue(connection, one, NOON)
    sent = run("alerts", "send", "--once")
    assert sent.exit_code == 0, sent.output
    assert run("alerts", "status").stdout.splitlines() == ["waiting: 1", "delivered: 0", "given up: 0"]
