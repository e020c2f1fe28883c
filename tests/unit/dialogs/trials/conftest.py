"""A scenario in a folder of its own, with tests beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
from dialogs.trials.reading import read_trials
from dialogs.trials.running import Result, run_trial

DESK = (Path(__file__).parent / "desk.yaml").read_text("utf-8")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return the folder of the scenario."""
    folder = tmp_path / "desk"
    (folder / "tests").mkdir(parents=True)
    (folder / "scenario.yaml").write_text(DESK, "utf-8")
    return folder


@pytest.fixture
def scenario(desk: Path) -> Scenario:
    return load_scenario(desk)


@pytest.fixture
def tried(desk: Path, scenario: Scenario) -> Callable[[str], list[Result]]:
    """Run tests as they stand in a file."""

    def run(text: str) -> list[Result]:
        (desk / "tests" / "one.yaml").write_text(text, "utf-8")
        return [run_trial(scenario, trial) for trial in read_trials(scenario, desk)]

    return run
