"""`voicebot report` on a database with planted contacts."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from analytics.insights.observed import Week
from analytics.store import AnalyticsDatabase
from benchmarks.planted import payments_csv, plant, store
from config import cli

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
    assert "no contact of 2020-W01 was analysed" in empty.stderr
    assert not list(folder.glob("report-*"))
    assert "write it as 2026-W47" in run("--week", "47").stderr
