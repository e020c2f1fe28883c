"""The demo's account, its debtors, and the stage that they meet the bot on."""

import re
from datetime import UTC, date, datetime
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from config.demo.cast import account, debtors, pay_date, spoken_lines
from config.demo.stage import Stage, demo_settings
from config.settings import Settings
from engine.errors import ScenarioError
from engine.speech import Language

SUNDAY_NIGHT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)
"""Already Monday in Almaty."""

LANGUAGES = pytest.mark.parametrize("language", list(Language))


@LANGUAGES
def test_every_debtor_has_lines_in_every_language(language: Language) -> None:
    """As many in each; no place is left unfilled, and nothing is left for a voice to guess from digits."""
    for debtor in debtors().values():
        lines = spoken_lines(debtor, language, SUNDAY_NIGHT)
        assert len(lines) == len(debtor.lines[Language.ENGLISH])
        assert not any(re.search(r"[\d{}]", line) for line in lines)


def test_the_promised_day_counts_from_the_debtors_midnight() -> None:
    """Not from that of the machine."""
    assert pay_date(SUNDAY_NIGHT) == date(2026, 11, 26)
    said = spoken_lines(debtors()["pays"], Language.ENGLISH, SUNDAY_NIGHT)[1]
    assert said == "I will pay forty-five thousand tenge on the twenty-sixth of November."


@LANGUAGES
def test_the_account_is_overdue_today(language: Language) -> None:
    """Due date and days past due agree, whenever the demo is held."""
    debt = account(language, "77010000001", SUNDAY_NIGHT)
    assert (date(2026, 11, 23) - debt.due_date).days == debt.days_past_due
    assert debt.debtor.language is language
    assert language in debt.product


def test_the_demo_dials_and_admits_loopback_alone(tmp_path: Path) -> None:
    """Whatever the settings say; models, voices and turn-taking stay the user's."""
    users = Settings(
        sip={"bind_address": "0.0.0.0", "inbound_peers": ["0.0.0.0/0"]},  # type: ignore[arg-type]
        dialling={  # type: ignore[arg-type]
            "prefixes": ["77"],
            "weekday_hours": "09:00-21:00",
            "max_per_second": 1.0,
            "max_per_day": 10,
        },
        trunks=[{"name": "main", "host": "sbc.bank.example"}],  # type: ignore[arg-type]
        store={"url": "postgresql://voicebot@db.bank.example/voicebot"},  # type: ignore[arg-type]
        turns={"barge_in_speech_ms": 400},  # type: ignore[arg-type]
    )
    held = demo_settings(users, tmp_path, port=5070)
    assert (held.sip.bind_address, held.sip.port) == ("127.0.0.1", 5070)
    assert held.sip.latch
    assert held.sip.inbound_peers == (IPv4Network("127.0.0.0/8"),)
    assert held.trunks == ()
    assert held.dialling.prefixes == ()
    assert held.database_url == f"sqlite:///{tmp_path}/calls.db"
    assert held.paths.run_dir.is_relative_to(tmp_path)
    assert held.paths.models_dir == users.paths.models_dir
    assert held.turns == users.turns


def test_a_scenario_without_the_language_is_refused() -> None:
    """The message says which it has."""
    reminder = Path(__file__).parents[1] / "dialogs" / "reminder.yaml"
    with pytest.raises(ScenarioError, match=r"reminder\.yaml: has no prompts in kk, only in "):
        Stage(Language.KAZAKH, SUNDAY_NIGHT, str(reminder))
