"""Tests that the product writes for ways that none takes yet."""

from pathlib import Path

from dialogs.documents import parse_document
from dialogs.scenario import Scenario
from dialogs.trials.reading import read_trials, trials_in
from dialogs.trials.running import run_trial
from dialogs.trials.suggesting import suggest_trials
from dialogs.trials.ways import coverage
from dialogs.trials.writing import as_yaml


def test_suggested_tests_take_every_way_and_pass_as_they_are_written(scenario: Scenario) -> None:
    """Ways through actions, transfers, accounts and the limit on turns are found too, in words where words do."""
    told: list[str] = []
    text = as_yaml(suggest_trials(coverage(scenario, ()), ["at any time, the answer operator, to person"], told.append))
    trials = trials_in(scenario, parse_document("suggested.yaml", text.encode()))
    results = [run_trial(scenario, trial) for trial in trials]
    assert all(result.passed for result in results), text
    covered = coverage(scenario, results)
    assert covered.missing == ()
    assert covered.unspoken == {"en": ()}
    assert all(trial.spec.review for trial in trials)
    assert "actions: {payments: failed}" in text
    assert "days_past_due: 31" in text
    assert "says:" in text
    assert "28 to find" in told[0]


def test_what_is_tested_is_not_suggested_again(desk: Path, scenario: Scenario) -> None:
    text = as_yaml(suggest_trials(coverage(scenario, ()), (), lambda told: None))
    (desk / "tests" / "suggested.yaml").write_text(text, "utf-8")
    results = [run_trial(scenario, trial) for trial in read_trials(scenario, desk)]
    assert list(suggest_trials(coverage(scenario, results), (), lambda told: None)) == []
