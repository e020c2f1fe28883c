"""Checks and tests of a scenario's folder, for a process of its own: it loads nothing that they do not need.

``python -m config.inspecting check|test FOLDER`` prints what was found as JSON.
"""

import json
import sys
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from engine.errors import ScenarioError


class What(StrEnum):
    """What is inspected."""

    CHECK = "check"
    TEST = "test"


def _check(folder: Path) -> Mapping[str, Any]:
    from dialogs.proofs.checking import check_scenario

    return check_scenario(folder, date.today()).as_json()


def _test(folder: Path) -> Mapping[str, Any]:
    from dialogs.loader import load_scenario
    from dialogs.trials import report
    from dialogs.trials.reading import read_trials
    from dialogs.trials.running import run_trial
    from dialogs.trials.ways import coverage

    try:
        scenario = load_scenario(folder)
        results = [run_trial(scenario, trial) for trial in read_trials(scenario, folder)]
    except ScenarioError as error:
        return {"refused": str(error)}
    return report.as_json(scenario.name, results, coverage(scenario, results))


if __name__ == "__main__":
    sys.stdout.write(json.dumps({What.CHECK: _check, What.TEST: _test}[What(sys.argv[1])](Path(sys.argv[2]))))
