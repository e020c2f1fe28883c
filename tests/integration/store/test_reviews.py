"""Promises that were taken live and found otherwise wait for a person: stored, shown and decided, on both databases."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event, insert

from analytics.conversation import Medium, Role, Utterance
from analytics.intake.words import words_of
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Pipeline
from analytics.pipeline.usual import Judging, usual_steps
from analytics.pipeline.worker import Worker
from analytics.promises import Compared, LivePromise
from analytics.promises.comparing import Difference
from analytics.store import AnalyticsDatabase, contacts, jobs, reviews, schema
from analytics.store.jobs import NewJob
from analytics.store.reviews import ReviewVerdict
from analytics.transcripts import utterances_document
from config.cli import cli
from engine.clock import VirtualClock
from engine.errors import IntakeError
from engine.law import Creditor, Jurisdiction

AT = datetime(2026, 11, 18, 12, tzinfo=UTC)
JUDGING = Judging(Jurisdiction.KAZAKHSTAN, Creditor.BANK, ZoneInfo("Asia/Almaty"))
STEPS = [step for step in usual_steps(JUDGING) if step.name in ("promises", "live_promises")]


def analyse(database: AnalyticsDatabase, contact_id: str, **attributes: str) -> None:
    """Have a chat analysed in which ten thousand are promised for the 20th."""
    said = ("Когда внесёте двадцать тысяч?", "Десять тысяч внесу в пятницу")
    known = tuple(
        Utterance(role, words_of(text, at_s), at_s, at_s)
        for at_s, role, text in zip((0.0, 60.0), (Role.BOT, Role.CLIENT), said, strict=True)
    )
    order = Order(contact_id, Medium.CHAT, AT, "ru", attributes, known=known, duration_s=60)
    pipeline = Pipeline(lambda path: pytest.fail("no recording"), None, STEPS)  # type: ignore[arg-type]
    with database.writing() as connection:
        jobs.queue(connection, [NewJob(order, pipeline.digests(order).fingerprint)], "r", AT)
    with Worker(database, pipeline, VirtualClock(AT), "w") as worker:
        assert worker.work(10.0)


def live(amount: str) -> dict[str, str]:
    return {"live_promise": "yes", "live_amount": amount, "live_due": "2026-11-20", "live_confirmed": "no"}


def waiting(database: AnalyticsDatabase) -> list[str]:
    with database.reading() as connection:
        return [one.contact_id for one in reviews.listed(connection, decided=False, limit=9)]


def voicebot(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def test_an_open_review_follows_its_contact_and_a_decided_one_stays(database: AnalyticsDatabase) -> None:
    analyse(database, "same", **live("10000"))
    analyse(database, "other", **live("20000"))
    analyse(database, "nothing-taken", live_promise="no")
    assert waiting(database) == ["nothing-taken", "other"]
    analyse(database, "other", **live("10000"))
    assert waiting(database) == ["nothing-taken"]
    analyse(database, "other", **live("30000"))
    with database.writing() as connection:
        assert reviews.decide(connection, "other", ReviewVerdict.FOUND, "", "qa-1", AT, again=False)
        assert not reviews.decide(connection, "other", ReviewVerdict.LIVE, "", "qa-2", AT, again=False)
        assert not reviews.decide(connection, "same", ReviewVerdict.LIVE, "", "qa-2", AT, again=True)
    for amount in ("40000", "10000"):
        analyse(database, "other", **live(amount))
        with database.reading() as connection:
            (kept,) = reviews.listed(connection, decided=True, limit=9)
        assert (kept.verdict, kept.decided_by, kept.compared[0].live) == (
            ReviewVerdict.FOUND,
            "qa-1",
            LivePromise.of(live("30000")),
        )
    with database.writing() as connection:
        assert contacts.erase(connection, "other")
        assert contacts.erase(connection, "nothing-taken")
    with database.reading() as connection:
        assert reviews.beginning_with(connection, "", 9) == ()


def test_pages_follow_each_other_and_read_no_more_than_they_show(database: AnalyticsDatabase) -> None:
    """By the contacts' age, two of one moment by their ids; a page's end keeps its place though it is decided."""
    starts = {f"contact-{number:03d}": AT - timedelta(hours=number // 2) for number in range(40)}
    taken = Compared(LivePromise.of(live("20000")), None, (Difference.ONLY_LIVE,), ())
    with database.writing() as connection:
        row = {"medium": "chat", "utc_offset_s": 18_000, "duration_s": 1, "attributes": {}, "order": {}, "warnings": []}
        made = [{**row, "contact_id": name, "started_at": at, "stored_at": AT} for name, at in starts.items()]
        connection.execute(insert(schema.contacts), made)
        words = {"version": "", "digest": "", "utterances": utterances_document(()), "stored_at": AT}
        connection.execute(insert(schema.transcripts), [{**words, "contact_id": name} for name in starts])
        for name, at in starts.items():
            reviews.queue(connection, name, at, [taken])
    expected = sorted(starts, key=lambda name: (starts[name], name))
    shown: list[str] = []
    while page := _page(database, decided=False, after=shown[-1] if shown else None):
        shown += page
        if len(shown) == 14:
            with database.writing() as connection:
                reviews.decide(connection, shown[-1], ReviewVerdict.FOUND, "", "qa-1", AT, again=False)
    assert shown == expected
    for number, name in enumerate(expected[20:]):
        with database.writing() as connection:
            at = AT + timedelta(minutes=number)
            reviews.decide(connection, name, ReviewVerdict.LIVE, "", "qa-1", at, again=False)
    assert _page(database, decided=True, after=expected[-1]) == expected[-2:-9:-1]
    with pytest.raises(IntakeError, match="no page ends with contact-x"):
        _page(database, decided=False, after="contact-x")
    listed = voicebot("reviews", "list", "-n", "5")
    assert [line.split()[2] for line in listed.stdout.splitlines()] == expected[:5]
    assert f"19 wait in all; the next page: --after {expected[4]}" in listed.stderr
    plan = _plan(database)
    assert "ix_analytics_reviews_started_at_contact_id" in plan
    assert not re.search(r"\bSort\b|TEMP B-TREE", plan)


def _page(database: AnalyticsDatabase, *, decided: bool, after: str | None) -> list[str]:
    with database.reading() as connection:
        return [one.contact_id for one in reviews.listed(connection, decided=decided, limit=7, after=after)]


def _plan(database: AnalyticsDatabase) -> str:
    """Return how the first page of those that wait is read, where the table is large enough to count."""
    asked: list[tuple[str, Any]] = []
    with database.reading() as connection:
        event.listen(connection, "before_cursor_execute", lambda *found: asked.append((found[2], found[3])))
        reviews.listed(connection, decided=False, limit=7)
        statement, values = asked[-1]
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_sort = off")
        explain = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        return "\n".join(map(str, connection.exec_driver_sql(f"{explain} {statement}", values).all()))


def test_the_command_leads_from_the_queue_to_a_decision(database: AnalyticsDatabase) -> None:
    assert "Nothing waits" in voicebot("reviews", "list").stdout
    analyse(database, "call-1", **live("20000"))
    analyse(database, "call-2", live_promise="no")
    listed = voicebot("reviews", "list").stdout
    assert "call-1  the sum differs" in listed
    assert "call-2  found in the words, not taken live" in listed
    assert "several contacts begin so: call-1, call-2" in voicebot("reviews", "show", "call").stderr
    assert "no review of a contact x" in voicebot("reviews", "decide", "x", "live").stderr
    shown = voicebot("reviews", "show", "call-1").stdout
    assert "live: 20 000 KZT by 20.11.2026, not agreed to when read back" in shown
    assert "found: 10 000 KZT by 20.11.2026, confidence" in shown
    assert "60.0 s amount: «Десять тысяч»" in shown
    in_contact = voicebot("contacts", "show", "call-1").stdout
    assert "Taken live, and found" in in_contact
    assert "the sum differs" in in_contact
    assert voicebot("reviews", "decide", "call-1", "found", "--note", "corrected", "--by", "qa-1").exit_code == 0
    again = voicebot("reviews", "decide", "call-1", "live")
    assert "was decided before: found; --again" in again.stderr
    (decided,) = voicebot("reviews", "list", "--decided", "--json").stdout.splitlines()
    told = json.loads(decided)
    assert (told["contact_id"], told["verdict"], told["note"], told["decided_by"]) == (
        *("call-1", "found", "corrected"),
        "qa-1",
    )
    assert "found is right" in voicebot("reviews", "show", "call-1").stdout
