"""What a scenario must pass before it becomes a version, and what is wrong with it as a list."""

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from dialogs.library.folders import scenario_folder
from dialogs.loader import SCENARIO_FILE, load_scenario
from dialogs.proofs.checking import check_scenario
from dialogs.scenario import Scenario
from engine.errors import LibraryError, ScenarioError

_PROBLEM: Final = re.compile(r"(?P<file>[^\n:]*):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a scenario, with its place.

    Args:
        file: path within the scenario's folder; empty where the problem is with no file in particular.
        line: from 1.
        column: from 1.
        message: what is wrong, and the mend.
    """

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.file}:{self.line}:{self.column}: {self.message}" if self.file else self.message


def load_checked(root: Path, name: str) -> Scenario:
    """Load a draft or a version that the loader takes and that may be called by this name.

    Raises:
        ScenarioError: as `load_scenario`, with paths as the library has them.
    """
    folder = scenario_folder(root)
    try:
        scenario = load_scenario(folder)
    except ScenarioError as error:
        raise ScenarioError(_within(root, str(error))) from error
    if scenario.name != name:
        problem = f"`name: {scenario.name}` is not the library's `{name}`; make them equal"
        raise ScenarioError(f"{SCENARIO_FILE}:1:1: {problem}")
    return scenario


def load_publishable(root: Path, name: str) -> Scenario:
    """Load what may become a version: it passes the words and the law of today too, besides all that the loader asks.

    Raises:
        ScenarioError: a line for each problem, with paths as the library has them.
    """
    scenario = load_checked(root, name)
    errors = check_scenario(scenario_folder(root), date.today()).errors
    if errors:
        raise ScenarioError("\n".join(_within(root, f"{error.place}: {error.told}") for error in errors))
    return scenario


def _within(root: Path, message: str) -> str:
    return message.replace(f"{scenario_folder(root)}/", "").replace(f"{root}/", "")


def problems(error: ScenarioError | LibraryError) -> tuple[Problem, ...]:
    """Return what an error tells, a problem for each line."""
    found = []
    for line in str(error).splitlines():
        match = _PROBLEM.fullmatch(line)
        if match is None:
            found.append(Problem("", 1, 1, line))
        else:
            found.append(Problem(match["file"], int(match["line"]), int(match["column"]), match["message"]))
    return tuple(found)
