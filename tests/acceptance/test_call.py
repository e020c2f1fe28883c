"""`voicebot call` as operations staff use it: asked first, refused by the rules, and held over loopback."""

import asyncio
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.demo.cast import debtors, pay_date, spoken_lines
from config.demo.stage import debtor, debtor_clips
from config.settings import Settings
from config.wiring import open_prompter
from engine.audio import AudioClip
from engine.clock import SystemClock
from engine.speech import Language

_VOICEBOT = Path(sys.executable).with_name("voicebot")
_ROW = {
    "account_id": "A-17",
    "phone": "77010000017",
    "full_name": "Alex Sample",
    "given_name": "Alex",
    "language": "en",
    "creditor": "Example Bank",
    "product": {"en": "consumer loan", "ru": "потребительского кредита", "kk": "тұтынушылық несие"},
    "debt": "45000.00",
    "least_promise": "5000",
    "days_past_due": 12,
    "due_date": "2026-11-10",
}
_RULES = {
    "VOICEBOT_DIALLING__PREFIXES": "7701",
    "VOICEBOT_DIALLING__WEEKDAY_HOURS": "00:00-23:59",
    "VOICEBOT_DIALLING__WEEKEND_HOURS": "00:00-23:59",
    "VOICEBOT_DIALLING__MAX_PER_SECOND": "1",
    "VOICEBOT_DIALLING__MAX_PER_DAY": "10",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place to work in, with one account."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VOICEBOT_SIP__PORT", "0")
    (tmp_path / "accounts.json").write_text(json.dumps([_ROW]))
    return tmp_path


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(_VOICEBOT), "call", "accounts.json", *arguments], capture_output=True, text=True, timeout=110
    )


def test_a_dry_run_says_what_is_missing_before_a_number_may_be_dialled(home: Path) -> None:
    """Exit code 1, the settings by name, and no more of the number than its end."""
    done = call("--dry-run")
    assert done.returncode == 1
    assert done.stdout.startswith("account A-17: would not be called: only loopback may be dialled until ")
    assert "until trunks, dialling.prefixes" in done.stdout
    assert "77010000017" not in done.stdout + done.stderr


def test_a_dry_run_under_all_rules_is_allowed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 0; and it counts as no dial, however often it is asked."""
    for name, value in _RULES.items():
        monkeypatch.setenv(name, value)
    (home / "voicebot.toml").write_text('[[trunks]]\nname = "main"\nhost = "127.0.0.1"\nport = 5999\n')
    for _ in range(2):
        done = call("--dry-run")
        assert (done.returncode, done.stdout) == (
            0,
            "account A-17: would be called now, through trunk main\n",
        ), done.stderr
    monkeypatch.setenv("VOICEBOT_DIALLING__PREFIXES", "7777")
    assert call("--dry-run").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--account", "B-1"], "Error: accounts.json: has no account 'B-1'\n"),
        (["--scenario", "nothere.yaml"], "Error: nothere.yaml: no such file or folder, nor a shipped scenario"),
    ],
)
def test_what_is_not_there_is_named(home: Path, arguments: list[str], message: str) -> None:
    """One line, exit code 2."""
    done = call(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1


@pytest.mark.sip
@pytest.mark.models
def test_a_refused_dial_is_one_line(home: Path) -> None:
    """Nothing is sent, and the record says why."""
    done = call("--to", "sip:someone@192.0.2.1")
    assert done.returncode == 1
    assert "Error: a sip: URI is dialled on loopback only" in done.stderr


@pytest.mark.sip
@pytest.mark.models
@pytest.mark.timeout(180)
async def test_a_debtor_on_loopback_is_called_and_promises(home: Path) -> None:
    """From the accounts file to the promise on the last line."""
    now = datetime.now(UTC)
    prompter = open_prompter(Settings(), (Language.ENGLISH,), SystemClock())
    clips: list[AudioClip] = await debtor_clips(
        spoken_lines(debtors()["pays"], Language.ENGLISH, now), Language.ENGLISH, prompter
    )
    prompter.close()
    async with debtor(clips, home / "debtor") as address:
        done = await asyncio.to_thread(call, "--to", address)
    assert done.returncode == 0, done.stdout + done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["disposition"] == "promise_to_pay"
    assert last["promise"]["due"] == pay_date(now).isoformat()
    assert "Sample" not in done.stderr
