"""The tests of every shipped scenario pass, and take every way of it."""

import pytest

from dialogs.loader import find_scenario, load_scenario, shipped_scenarios
from dialogs.trials.reading import read_trials
from dialogs.trials.report import tell_coverage, tell_failure
from dialogs.trials.running import run_trial
from dialogs.trials.ways import coverage


@pytest.mark.parametrize("name", shipped_scenarios())
def test_the_tests_of_a_shipped_scenario_pass_and_take_every_way(name: str) -> None:
    scenario = load_scenario(name)
    results = [run_trial(scenario, trial) for trial in read_trials(scenario, find_scenario(name).folder)]
    failed = [line for result in results for failure in result.failures for line in tell_failure(result, failure)]
    assert not failed, "\n".join(failed)
    covered = coverage(scenario, results)
    assert not covered.missing, "\n".join(tell_coverage(covered))
    assert not any(covered.unspoken.values()), "\n".join(tell_coverage(covered))
