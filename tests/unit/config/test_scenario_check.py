"""`voicebot scenario check`: what it prints, and the exit codes that scripts go by."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.cli import cli

GOOD = (Path(__file__).parents[1] / "dialogs" / "proofs" / "good.yaml").read_text("utf-8")


@pytest.fixture
def scenarios(tmp_path: Path) -> Path:
    """A folder of two scenarios: a good one, and one that tells whoever says no about the debt."""
    for name, text in (("good", GOOD), ("bad", GOOD.replace("{on: no, to: stranger}", "{on: no, to: debt}", 1))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "scenario.yaml").write_text(text, "utf-8")
    return tmp_path


def _check(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["scenario", "check", *arguments])


def test_a_good_one_passes_and_a_bad_one_fails(scenarios: Path) -> None:
    """0 and 1; the bad one's fault is shown with a call."""
    good, bad = (_check(str(scenarios / name)) for name in ("good", "bad"))

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert f"{scenarios}/good: 0 errors, 0 warnings" in good.output
    assert f"{scenarios}/bad/scenario.yaml:34:5: error: `debt_facts` is debt wording" in bad.output
    assert "    > «нет» (no)  → debt, " in bad.output


def test_a_folder_of_scenarios_is_checked_whole(scenarios: Path) -> None:
    """Both are told of, and one that fails is enough."""
    whole = _check(str(scenarios))

    assert whole.exit_code == 1
    assert "/good: 0 errors" in whole.output
    assert "/bad: " in whole.output


def test_json_holds_places_and_paths(scenarios: Path) -> None:
    """An object a scenario, a line each."""
    bad, good = (
        json.loads(line) for line in _check(str(scenarios), "--json", "--date", "2026-11-20").output.splitlines()
    )

    assert good["problems"] == []
    problem = bad["problems"][0]
    assert (problem["rule"], problem["line"], problem["column"]) == ("debt_wording", 34, 5)
    assert [exchange["event"] for exchange in problem["path"]] == ["begin", "no"]
    assert bad["date"] == "2026-11-20"


def test_strict_takes_warnings_for_errors(tmp_path: Path) -> None:
    """A declaration that nothing uses is only a warning."""
    path = tmp_path / "scenario.yaml"
    path.write_text(GOOD.replace("states:\n", "facts: {colour: text}\nstates:\n", 1), "utf-8")

    assert (_check(str(path)).exit_code, _check(str(path), "--strict").exit_code) == (0, 1)


def test_a_path_without_a_scenario_is_wrong_usage(tmp_path: Path) -> None:
    """2, and what could have been named."""
    result = _check(str(tmp_path / "nowhere"))

    assert result.exit_code == 2
    assert "name a folder with a scenario.yaml, or one of" in result.output


def test_the_schema_for_editors_is_written(tmp_path: Path) -> None:
    """It is JSON, of the scenario's file or of an included one, and knows the keys."""
    file = tmp_path / "schema.json"
    written = CliRunner().invoke(cli, ["scenario", "schema", "-o", str(file)])
    printed = CliRunner().invoke(cli, ["scenario", "schema", "--included"])

    assert (written.exit_code, printed.exit_code) == (0, 0), written.output + printed.output
    assert "start" in json.loads(file.read_text("utf-8"))["properties"]
    assert "start" not in json.loads(printed.output)["properties"]
