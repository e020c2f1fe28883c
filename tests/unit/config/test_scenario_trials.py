"""`voicebot scenario test` and `chat`, as they are typed."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from config import cli

DESK = (Path(__file__).parents[1] / "dialogs" / "trials" / "desk.yaml").read_text("utf-8")
ONE = "- {name: rates it, steps: [{says: four, to: noted}], ends: surveyed}\n"

pytestmark = pytest.mark.usefixtures("restored_logging")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    (folder / "tests").mkdir(parents=True)
    (folder / "scenario.yaml").write_text(DESK, "utf-8")
    (folder / "tests" / "one.yaml").write_text(ONE, "utf-8")
    return folder


def run(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(cli.cli, ["scenario", *map(str, arguments)], input=typed)


def test_tests_pass_or_fail_with_the_exit_code(desk: Path) -> None:
    assert run("test", desk).exit_code == 0
    covered = run("test", desk.parent, "--coverage")
    assert covered.exit_code == 1
    assert "desk: 5 of 21 ways covered (23.8 %)" in covered.output
    (desk / "tests" / "one.yaml").write_text(ONE.replace("noted", "bye"), "utf-8")
    failed = run("test", desk)
    assert failed.exit_code == 1
    assert "one.yaml:1:41: rates it: expected the state `bye`, but the dialog is in `noted`" in failed.output
    assert run("test", desk, "-k", "another").exit_code == 0
    assert run("test", desk / "nowhere").exit_code == 2


def test_results_are_told_to_programs_too(desk: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    told = run("test", desk, "--coverage", "--json", "--junit", report)
    found = json.loads(told.stdout)
    assert [test["passed"] for test in found["tests"]] == [True]
    assert found["coverage"]["covered"] == 5
    assert len(found["coverage"]["missing"]) == 16
    assert ElementTree.parse(report).getroot().find("./testsuite/testcase").get("name") == "rates it"  # type: ignore[union-attr]


def test_suggested_tests_complete_the_coverage(desk: Path) -> None:
    suggested = desk / "tests" / "suggested.yaml"
    assert "marked `review: true`" in run("test", desk, "--suggest", "--write", suggested).output
    assert run("test", desk, "--coverage").exit_code == 0


def test_a_conversation_is_typed_explained_and_saved(desk: Path) -> None:
    kept = desk / "tests" / "kept.yaml"
    talk = f"a robot?\n:undo\n:slots\nfive\n:why\n:save {kept}\nmore\n:nonsense\n:quit\n"
    told = run("chat", desk, "--set", "days_past_due=40", "--date", "2026-12-31", typed=talk)
    assert told.exit_code == 0, told.output
    assert "are_you_robot 0." in told.output
    assert "where `rating >= 4` and `days_past_due > 30`, to `bye`" in told.output
    assert "ends: not_identified" in told.output
    assert "the call is over: not_identified; :undo" in told.output
    assert "commands: :state" in told.output
    assert run("test", desk).exit_code == 0
    assert "days_past_due: 40" in kept.read_text("utf-8")


def test_a_conversation_about_what_is_not_there_is_refused_with_the_mend(desk: Path) -> None:
    for options, message in [
        (("--set", "det=5"), "--set det: the account has no such fact; did you mean `debt`?"),
        (("--set", "debt=much"), "--set debt: expected a sum such as 5000 or 5000.50"),
        (("--set", "debt"), "--set debt: write NAME=VALUE"),
        (("--date", "soon"), "--date: a moment is written like 2026-11-20T12:00"),
        (("--language", "kk"), "--language kk: desk speaks en"),
        (("--fail", "payment"), "--fail payment: no such action; did you mean `payments`?"),
        (("--account", "accounts.yaml"), "--account: write FILE:ID"),
    ]:
        refused = run("chat", desk, *options, typed="")
        assert (refused.exit_code, message in refused.output) == (2, True), refused.output
