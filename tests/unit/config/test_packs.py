"""`voicebot packs`: what ships, what is wrong with a file, what a pack says of chats."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.cli import cli

CHATS = """contact_id;sent_at;role;text;segment;direction
c-1;2026-11-23T22:30+05:00;оператор;Добрый день, Пример Банк. У вас просрочка. Когда сможете оплатить?;soft;outbound
c-1;2026-11-23T22:35+05:00;клиент;Денег нет, потерял работу;;
c-1;2026-11-23T22:36+05:00;оператор;Тогда сообщим вашему работодателю;;
"""


def _run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["packs", *map(str, arguments)])


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    """An export of one chat."""
    path = tmp_path / "chats.csv"
    path.write_text(CHATS, encoding="utf-8")
    return path


def test_what_ships_is_listed_and_shown() -> None:
    names = [line.split()[0] for line in _run("list").output.splitlines()]

    assert {"soft_collection", "telemarketing", "kz", "ru", "categories"} <= set(names)
    shown = {name: _run("show", name).output for name in names}
    assert "never bank: $threat" in shown["kz"]
    assert "from 2026-01-18" in shown["kz"]
    assert "identity: Asks who is on the line." in shown["soft_collection"]
    assert "hardship: " in shown["categories"]


def test_a_card_is_tried_on_a_chat(chats: Path) -> None:
    """With every verdict's words."""
    output = _run("try", "soft_collection", chats).output

    assert "soft_collection: 0 of 100" in output
    assert "6:00.0 agent: «работодателю»" in output


def test_rules_are_tried_at_the_hour_of_the_client(chats: Path) -> None:
    assert "violated: hours, high" in _run("try", "kz", chats, "--creditor", "Пример Банк").output
    assert "violated: hours" not in _run("try", "kz", chats, "--time-zone", "Europe/London").output


def test_results_are_json_for_other_programs(chats: Path) -> None:
    document = json.loads(_run("try", "categories", chats, "--json").output)

    assert document["contact_id"] == "c-1"
    assert {one["category"] for one in document["found"]} == {"hardship"}


def test_each_wrong_file_is_told_in_its_place(tmp_path: Path) -> None:
    """The good ones beside them too."""
    bad, good, other = tmp_path / "bad.yaml", tmp_path / "good.yaml", tmp_path / "other.yaml"
    bad.write_text('categories:\n  a:\n    says: A.\n    holds: "да нет"\nversion: "1"\n', encoding="utf-8")
    good.write_text('categories:\n  a:\n    says: A.\n    holds: "да OR нет"\nversion: "1"\n', encoding="utf-8")
    other.write_text("settings: 1\n", encoding="utf-8")
    result = _run("check", bad, good, other)

    assert result.exit_code == 2
    assert f"{bad}:4:16: nothing joins these two" in result.output
    assert f"{good}: 1 categories" in result.output
    assert f"{other}:1:1: this is no pack" in result.output
    assert "is no file, and no pack in force" in _run("show", "nothing").output
