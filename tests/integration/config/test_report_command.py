"""`voicebot report` on a database with planted contacts."""

from datetime import datetime, time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from analytics.insights.blocks import Paragraph, blocks_of
from analytics.insights.gathering import gather
from analytics.insights.observed import Week
from analytics.insights.report import Period, make_report
from analytics.insights.totals import Totals
from analytics.insights.wording import Wording
from analytics.payments.reconciling import Reconciliation
from analytics.redaction import marked, redact
from analytics.store import AnalyticsDatabase
from analytics.store.schema import contacts
from benchmarks.planted import ZONE, gathered, observe, payments_csv, plant, store
from config import cli
from engine.speech import Language

LAST = Week(2026, 40)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path))
    planted = plant(5, 160, LAST, weeks=4)
    with AnalyticsDatabase(tmp_path / "analytics.db") as database:
        store(planted, database, planted[-1].conversation.started_at)
    (tmp_path / "payments.csv").write_text(payments_csv(planted), "utf-8")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.cli, ["report", *arguments])


def test_a_week_becomes_a_report_and_a_wrong_payment_is_told(folder: Path) -> None:
    payments, out = folder / "payments.csv", folder / "out"
    payments.write_text(payments.read_text("utf-8") + "\nwrong;2026-10-01;-5;client000000000001", "utf-8")
    result = run(
        *("--week", str(LAST), "--weeks", "4", "--least-people", "5", "--out", str(out), "--language", "en"),
        *("--payments", str(payments), "--paid-until", "2026-10-10"),
    )
    assert result.exit_code == 1, result.output
    assert "column 3 (amount): write a sum above zero" in result.stderr
    assert result.stdout.split() == [
        str(out / name) for name in (f"report-{LAST}.html", f"report-{LAST}.pdf", f"reasons-{LAST}.json")
    ]
    text = (out / f"report-{LAST}.html").read_text("utf-8")
    assert 'aria-label="Promises"' in text
    assert "client0000" not in text


def test_a_week_without_contacts_and_one_that_is_none_are_refused(folder: Path) -> None:
    empty = run("--week", "2020-W01", "--out", str(folder))
    assert empty.exit_code == 1
    assert "no contact of 2020-W01 was analysed; the latest are of 2026-W4" in empty.stderr
    assert not list(folder.glob("report-*"))
    assert "write it as 2026-W47" in run("--week", "47").stderr


def test_a_sample_is_told_and_counts_stay_those_of_all_contacts(folder: Path) -> None:
    """What is counted in the database by pages is what the contacts come to, however few the sample holds."""
    planted = plant(5, 160, LAST, weeks=4)
    period = Period(LAST, 4, LAST.before(-2).monday, LAST.before(-1).monday, least_people=5)
    book, now = Reconciliation(), datetime.combine(LAST.before(-4).monday, time(), ZONE)
    book.pay(payment for one in planted for payment in one.payments)
    assert period.paid_until is not None
    all_of_them = observe(planted, period.paid_until)
    wanted = gathered(all_of_them, period)
    by_id = {one.conversation.contact_id: one for one in all_of_them}
    with AnalyticsDatabase(folder / "analytics.db") as database, database.reading() as connection:
        found = gather(connection, period, book, ZONE, now, most=70)
        assert (found.totals, found.contacts) == (wanted.totals, wanted.contacts)
        assert 60 < len(found.sample) <= 70
        for one in found.sample:
            same = by_id[one.conversation.contact_id]
            assert (one.promises, one.caller, one.language) == (same.promises, same.caller, same.language)
            assert one.repeated == bool(same.repeated)
            assert one.spoken.utterances == marked(same.conversation, redact(same.conversation).spans).utterances
        made = make_report(found, period)
    say = Wording(Language.ENGLISH)
    note = say("sampled", sampled=len(found.sample), whole=found.contacts)
    assert note in [one.text for one in blocks_of(made, say) if isinstance(one, Paragraph)]


def test_contacts_that_were_stored_before_who_spoke_was_noted_are_counted_by_their_words(folder: Path) -> None:
    def counted() -> Totals:
        period = Period(LAST, 2, LAST.before(-2).monday)
        now = datetime.combine(LAST.before(-4).monday, time(), ZONE)
        with AnalyticsDatabase(folder / "analytics.db") as database, database.reading() as connection:
            return gather(connection, period, Reconciliation(), ZONE, now).totals

    noted = counted()
    with AnalyticsDatabase(folder / "analytics.db") as database, database.writing() as connection:
        connection.execute(update(contacts).values(agent=None, client_words=None, reached=True))
    assert counted() == noted
