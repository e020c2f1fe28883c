"""A bank's own packs at work: contacts judged, searched, tried by them, and judged again when they change."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

from analytics.conversation import Medium, Role, Utterance
from analytics.insights.gathering import gather
from analytics.insights.observed import Week
from analytics.insights.report import Period, make_report
from analytics.intake.words import words_of
from analytics.payments.reconciling import Reconciliation
from analytics.pipeline.orders import Order
from config.analysis.wiring import make_pipeline, open_database
from config.children import WRONG_SETTINGS
from config.cli import cli
from config.doctor import examine
from config.packs import rulebook_in_force
from config.settings import load
from engine.speech import Language

CHATS = """contact_id;sent_at;role;text;segment
chat-1;23.11.2026 10:00;оператор;Сәлем, по вашей ипотеке просрочка. Короче, когда оплатите?;soft
chat-1;23.11.2026 10:05;клиент;Банк забрал бонусы, поэтому пока никак;
chat-2;23.11.2026 11:00;клиент;Здравствуйте;
"""
CARD = """card: {name}
version: "{version}"
says: Ours.
pass: 50
judged: 50%
critical: fail
criteria:
  - {{id: hello, says: {{ru: Здоровается по-нашему., en: Greets our way.}}, weight: 100, wants: '{wants}'}}
"""
CONDUCT = """pack: conduct
version: "1"
jurisdiction: KZ
rules:
  - {rule: no_slang, article: "Code of conduct, 3", from: 2026-01-01, severity: low, says: No slang.,
     forbids: 'agent: короче'}
"""
NAMES = """version: "our 1"
wordings:
  our_hello: 'сәлем OR "добро пожаловать"'
  no_money: '$no_money OR "забрал бонусы"'
categories:
  mortgage:
    says: It is about a mortgage.
    holds: 'ипотека'
"""
ALERT = "alerts:\n  angry: {when: 'client: $no_money AND $mortgage', send_to: 'https://hooks.example/in'}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put packs of every kind to work, in this process and all that it starts."""
    packs = tmp_path / "packs"
    for name, text in (
        ("scorecards/ours.yaml", CARD.format(name="ours", version="1", wants="bank: $our_hello")),
        ("scorecards/soft.yaml", CARD.format(name="soft_collection", version="our 3", wants="bank: здравствуйте")),
        ("violations/conduct.yaml", CONDUCT),
        ("categories/ours.yaml", NAMES),
    ):
        (packs / name).parent.mkdir(parents=True, exist_ok=True)
        (packs / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("VOICEBOT_PATHS__DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VOICEBOT_ANALYTICS__PACKS", str(packs))
    return packs


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """Two chats."""
    path = tmp_path / "chats.csv"
    path.write_text(CHATS, encoding="utf-8")
    return path


def voicebot(*words: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def analysed(path: Path) -> None:
    result = voicebot("analyse", path, "--medium", "chat")
    assert result.exit_code == 0, result.output


def results(contact: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(voicebot("contacts", "show", contact, "--json").stdout)["results"]
    return found


def test_contacts_are_judged_and_found_by_own_packs(chats: Path) -> None:
    """Own ones beside those that ship, one that ships replaced, own words where a category that ships asks for them."""
    analysed(chats)
    made = results("chat-1")
    cards = {one["card"]: (one["version"], one["score"]) for one in made["scorecards"]["document"]}
    assert cards == {"ours": ("1", 100.0), "soft_collection": ("our 3", 0.0)}
    assert {one["category"] for one in made["categories"]["document"]} >= {"mortgage", "hardship"}
    rules = {one["rule"]: one["pack"] for one in made["violations"]["document"]}
    assert rules["no_slang"] == "conduct"
    assert "kz" in rules.values()
    shown = voicebot("contacts", "show", "chat-1").stdout
    assert "hello: met  Greets our way." in shown
    assert "no_slang: violated" in shown
    found = voicebot("search", "$mortgage AND client: $no_money")
    assert [line.split()[0] for line in found.stdout.splitlines() if line.startswith("chat")] == ["chat-1"]


def test_a_changed_card_is_due_again_and_nothing_else(chats: Path, folder: Path) -> None:
    analysed(chats)
    before = results("chat-1")
    assert "0 would be analysed, 2 are done already" in voicebot("analyse", "--history", "--dry-run").stdout
    card = folder / "scorecards" / "ours.yaml"
    card.write_text(CARD.format(name="ours", version="2", wants="bank: здравствуйте"), encoding="utf-8")
    assert "2 would be analysed, 0 are done already" in voicebot("analyse", "--history", "--dry-run").stdout
    assert "Contacts: 2 analysed" in voicebot("analyse", "--history").stdout
    after = results("chat-1")
    assert {one["card"]: one["score"] for one in after["scorecards"]["document"]}["ours"] == 0.0
    assert [name for name in after if after[name]["version"] != before[name]["version"]] == ["scorecards"]


def test_a_changed_wording_is_due_again_for_all_that_may_use_it(chats: Path, folder: Path) -> None:
    analysed(chats)
    before = results("chat-1")
    names = folder / "categories" / "ours.yaml"
    names.write_text(NAMES.replace('OR "забрал бонусы"', ""), encoding="utf-8")
    assert "Contacts: 2 analysed" in voicebot("analyse", "--history").stdout
    after = results("chat-1")
    changed = {name for name in after if after[name]["version"] != before[name]["version"]}
    assert changed == {"categories", "scorecards", "violations"}
    assert "hardship" not in {one["category"] for one in after["categories"]["document"]}


def test_a_wrong_file_stops_whatever_judges_by_it(chats: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing falls back on what ships; other commands go on, and the doctor tells."""
    analysed(chats)
    wrong = folder / "scorecards" / "ours.yaml"
    wrong.write_text(CARD.format(name="ours", version="1", wants="bank: $our_helo"), encoding="utf-8")
    message = f"{wrong}:8:101: there is no expression named `our_helo`; did you mean `our_hello`"
    for words in (
        ("analyse", chats, "--medium", "chat"),
        ("analyse", "--history"),
        ("search", "да"),
        ("report",),
        ("contacts", "show", "chat-1"),
        ("packs", "list"),
        ("packs", "check"),
    ):
        result = voicebot(*words)
        assert (result.exit_code, message in result.stderr) == (2, True), (words, result.output)
    assert message in next(one.mend for one in examine(load()).findings if one.key == "analytics.packs")
    monkeypatch.setenv("VOICEBOT_ANALYTICS__PACKS", str(folder / "nowhere"))
    assert "nowhere: is no folder" in voicebot("analyse", "--history").stderr


def test_alerts_may_use_own_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = tmp_path / "alerts.yaml"
    pack.write_text(ALERT, encoding="utf-8")
    monkeypatch.setenv("VOICEBOT_ALERTS__PACK", str(pack))
    monkeypatch.setenv("VOICEBOT_ALERTS__ALLOW", "https://hooks.example/")
    monkeypatch.setenv("VOICEBOT_ALERTS__SECRET", "-" * 24)
    assert "angry: client: $no_money AND $mortgage" in voicebot("alerts", "check").stdout
    monkeypatch.delenv("VOICEBOT_ANALYTICS__PACKS")
    assert "there is no expression named `mortgage`" in voicebot("alerts", "check").stderr


def test_own_packs_are_listed_shown_and_tried(chats: Path, folder: Path) -> None:
    listed = voicebot("packs", "list").stdout
    assert "scorecard, 1 criteria, version our 3, digest" in listed
    assert str(folder / "scorecards" / "soft.yaml") in listed
    assert "1 rules of law" in listed
    assert "mortgage: It is about a mortgage." in voicebot("packs", "show", "categories").stdout
    assert "ours: 100 of 100" in voicebot("packs", "try", "ours", chats).stdout
    assert "violated: no_slang" in voicebot("packs", "try", "conduct", chats).stdout


def test_a_file_is_tried_and_checked_as_if_it_were_in_the_folder(chats: Path, folder: Path, tmp_path: Path) -> None:
    """With the names that are there, and in place of what it replaces; nothing of the folder changes by it."""
    card, names = tmp_path / "new-card.yaml", tmp_path / "new-names.yaml"
    card.write_text(CARD.format(name="ours", version="2", wants="bank: $our_hello AND $news"), encoding="utf-8")
    names.write_text('version: "2"\ncategories:\n  news: {says: News., holds: "$mortgage"}\n', encoding="utf-8")
    checked = voicebot("packs", "check", card, names)
    assert checked.exit_code == 0, checked.output
    assert f"{names}: 1 categories, version 2" in checked.stdout
    assert str(folder) not in checked.stdout
    alone = voicebot("packs", "check", card)
    assert (alone.exit_code, "there is no expression named `news`" in alone.stderr) == (2, True)
    tried = voicebot("packs", "try", names, chats).stdout
    assert "news: yes" in tried
    assert "hardship" not in tried
    assert f"{folder / 'categories' / 'ours.yaml'}: 1 categories" in voicebot("packs", "check").stdout


def test_a_worker_that_runs_goes_on_with_what_it_has_read(folder: Path) -> None:
    """A file that is half written is taken up by nobody: one that starts refuses it."""
    pipeline = make_pipeline(load())
    hello = Utterance(Role.AGENT, words_of("Сәлем", 0.0), 0.0, 1.0, Language.RUSSIAN)
    order = Order("c-1", Medium.CHAT, datetime(2026, 11, 23, 6, tzinfo=UTC), "ru", known=(hello,), duration_s=1.0)
    card = folder / "scorecards" / "ours.yaml"
    card.write_bytes(card.read_bytes()[:60])
    _, made = pipeline.run(order)
    assert {one["card"]: one["score"] for one in made.results["scorecards"].document}["ours"] == 100.0
    command = [sys.executable, "-m", "config.analysis.process"]
    variables = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    pipe = subprocess.PIPE  # its standard input stays open, without which it ends
    with subprocess.Popen(command, env=variables, stdin=pipe, stderr=pipe, text=True) as worker:
        assert worker.stderr is not None
        assert f"{card}:" in worker.stderr.read()
        assert worker.wait(60) == WRONG_SETTINGS


def test_the_report_knows_own_cards_and_categories(chats: Path) -> None:
    analysed(chats)
    book, zone, now = rulebook_in_force(load()), ZoneInfo("Asia/Almaty"), datetime(2026, 12, 1, tzinfo=UTC)
    period = Period(Week(2026, 48), 2, now.date())
    with open_database(load()) as database, database.reading() as connection:
        found = gather(connection, period, Reconciliation(), zone, now, categories=book.categories)
        sample = {one.conversation.contact_id: one for one in found.sample}
        assert "category:mortgage" in sample["chat-1"].found
        assert "category:mortgage" in sample["chat-2"].missing
        made = make_report(found, period, rulebook=book)
    assert made.criteria["ours/hello"][Language.ENGLISH] == "Greets our way."
    assert [name for name in made.criteria if name.startswith("soft_collection/")] == ["soft_collection/hello"]
