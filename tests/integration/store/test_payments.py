"""Payments from file to what became of promises, and their end, on both databases."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analytics.conversation import Medium, Role, Utterance
from analytics.intake.words import words_of
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Pipeline
from analytics.pipeline.steps import Step
from analytics.pipeline.usual import _promises
from analytics.pipeline.worker import Worker
from analytics.store import AnalyticsDatabase, contacts, jobs, payments
from analytics.store.jobs import NewJob
from config.cli import cli
from engine.clock import VirtualClock

AT = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=30)
DUE = AT.date() + timedelta(days=4)
CLIENT, OTHER = "client0000000000a", "client0000000000b"


def promise(database: AnalyticsDatabase, contact_id: str, client: str, days: int = 0) -> None:
    """Have a chat analysed in which twenty thousand are promised within four days."""
    said = "Двадцать тысяч внесу через четыре дня"
    known = (Utterance(Role.CLIENT, words_of(said, 0.0), 0.0, 0.0),)
    at = AT + timedelta(days=days)
    order = Order(contact_id, Medium.CHAT, at, "ru", {"client_hash": client}, known=known, duration_s=60)
    steps = [Step("promises", "1", _promises)]
    pipeline = Pipeline(lambda path: pytest.fail("no recording"), None, steps)  # type: ignore[arg-type]
    with database.writing() as connection:
        jobs.queue(connection, [NewJob(order, pipeline.digests(order).fingerprint)], "r", at)
    with Worker(database, pipeline, VirtualClock(at), "w") as worker:
        assert worker.work(10.0)


def voicebot(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def became(contact_id: str) -> list[tuple[str, int]]:
    told = json.loads(voicebot("contacts", "show", contact_id, "--json").stdout)["promises_became"]
    return [(one["standing"], sum(paid["minor"] for paid in one["payments"])) for one in told]


def rows(*lines: tuple[str, int, str, str]) -> str:
    head = "payment_id;paid_at;amount;client_hash"
    paid = [f"{name};{AT.date() + timedelta(days=day)};{amount};{who}" for name, day, amount, who in lines]
    return "\n".join([head, *paid])


def test_promises_are_kept_partly_kept_and_broken(database: AnalyticsDatabase, tmp_path: Path) -> None:
    promise(database, "kept", CLIENT)
    promise(database, "partly", OTHER)
    promise(database, "later", CLIENT, days=20)
    path = tmp_path / "november.csv"
    path.write_text(rows(("p-1", 1, "20000", CLIENT), ("p-2", 2, "5000", OTHER), ("p-3", 9, "-1", OTHER)))
    assert became("kept") == []
    rehearsed = voicebot("payments", "import", path, "--dry-run")
    assert "line 4, column 3 (amount)" in rehearsed.stderr
    assert "2 would be stored" in rehearsed.stdout
    assert "No payment is known" in voicebot("payments", "list").stdout
    assert voicebot("payments", "import", path).exit_code == 1
    assert "Payments: 0 stored, 2 known before, 1 not used" in voicebot("payments", "import", path).stdout
    assert became("kept") == [("kept", 2_000_000)]
    assert became("partly") == [("open", 500_000)]  # nothing is known of the days after the last payment
    path.write_text(rows(("p-9", 28, "1000", "client0000000000c"), ("p-1", 1, "1", CLIENT)))
    differing = voicebot("payments", "import", path)
    assert "payment p-1: another one has its id" in differing.stderr
    assert (became("partly"), became("later")) == ([("partly", 500_000)], [("broken", 0)])
    assert "partly kept: 5 000 KZT of 20 000 KZT came, on " in voicebot("contacts", "show", "partly").stdout
    assert [json.loads(one)["payment_id"] for one in voicebot("payments", "list", "--json").stdout.splitlines()] == [
        *("p-9", "p-2"),
        "p-1",
    ]
    assert "p-2" in voicebot("payments", "list", "--contact", "partly").stdout


def test_payments_go_with_the_last_contact_on_request_and_by_their_age(
    database: AnalyticsDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, who in (("a", CLIENT), ("b", CLIENT), ("c", OTHER)):
        promise(database, name, who)
    path = tmp_path / "payments.csv"
    path.write_text(rows(("p-a", 1, "1", CLIENT), ("p-c", 2, "1", OTHER), ("p-none", 3, "1", "client0000000000c")))
    voicebot("payments", "import", path)

    def left() -> list[str]:
        with database.reading() as connection:
            return sorted(one.payment_id for one in payments.latest(connection, 9))

    for name, expected in (("a", ["p-a", "p-c", "p-none"]), ("b", ["p-c", "p-none"])):
        with database.writing() as connection:
            contacts.erase(connection, name)
        assert left() == expected
    holds = tmp_path / "holds.yaml"
    holds.write_text(f"- {{hold: case-1, from: {AT.date()}, contacts: [c]}}\n")
    monkeypatch.setenv("VOICEBOT_PRIVACY__HOLDS", str(holds))
    monkeypatch.setenv("VOICEBOT_PRIVACY__KEEP_PAYMENTS_DAYS", "7")
    assert "held      payment p-c  hold case-1" in voicebot("retention", "due", "--list").stdout
    assert voicebot("retention", "delete", "--yes").exit_code == 0
    assert left() == ["p-c"]
    assert "deleted" in voicebot("retention", "proof", "payment p-none").stdout
    monkeypatch.delenv("VOICEBOT_PRIVACY__HOLDS")
    monkeypatch.delenv("VOICEBOT_PRIVACY__KEEP_PAYMENTS_DAYS")
    assert voicebot("retention", "delete", "--yes", "--request", "c").exit_code == 0
    assert left() == []
