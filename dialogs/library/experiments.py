"""Starting and finishing experiments; what they showed is in `dialogs.library.comparison`."""

import math
from collections.abc import Callable
from secrets import token_hex

from dialogs.library.actors import Actor, Permission
from dialogs.library.entries import ExperimentFinished, ExperimentStarted
from dialogs.library.experiment import Arm, Experiment
from dialogs.library.paths import remark
from dialogs.library.record import Record
from dialogs.library.shelf import Shelf, Version, VersionState
from dialogs.scenario import Scenario
from engine.calls import Disposition
from engine.errors import LibraryError, StepRefused


class Experiments:
    """Shares of the accounts between two versions; any thread, any number of processes.

    Args:
        record: of the library.
        load: loads a version, or raises what is wrong with it.
    """

    def __init__(self, record: Record, load: Callable[[str, Version], Scenario]) -> None:
        self._record, self._load = record, load

    def start(
        self,
        name: str,
        challenger: int,
        actor: Actor,
        *,
        share: float,
        outcome: Disposition = Disposition.PROMISE_TO_PAY,
        worth: float = 0.05,
    ) -> Experiment:
        """Give a share of the accounts another version than the one in service.

        Args:
            name: of the scenario.
            challenger: number of a version that is approved, or was in service before.
            actor: who starts it.
            share: of the accounts that get the challenger, between 0 and 1.
            outcome: the disposition that counts as success.
            worth: the least difference between the rates that would matter, such as 0.05 for five points.

        Raises:
            StepRefused: no permission; nothing is in service; the challenger is not that far; an experiment runs.
            ScenarioError: this program's checks refuse the challenger.
            LibraryError: there is no such version, its files are damaged, or a figure is out of range.
        """
        actor.demand(Permission.PUBLISH)
        if not (0 < share < 1 and math.isfinite(worth) and 0.001 <= worth <= 0.5):
            raise LibraryError("a share lies between 0 and 1, and a difference worth knowing between 0.001 and 0.5")
        version = self._record.version(name, challenger)
        self._load(name, version)
        with self._record.stepping():
            shelf, version = self._record.shelf(name), self._record.version(name, challenger)
            _check(shelf, version)
            self._record.note(
                ExperimentStarted,
                name,
                actor,
                experiment=f"e{token_hex(4)}",
                control=shelf.current,
                challenger=challenger,
                share=share,
                outcome=outcome,
                worth=worth,
            )
        return self._record.shelf(name).experiments[-1]

    def finish(self, name: str, actor: Actor, winner: Arm, reason: str = "") -> Version:
        """Give all accounts one of the two versions.

        Raises:
            StepRefused: no permission, or no experiment runs.
            LibraryError: the step cannot be written.
        """
        actor.demand(Permission.PUBLISH)
        with self._record.stepping():
            experiment = self._record.shelf(name).experiment
            if experiment is None:
                raise StepRefused(f"no experiment runs on {name}")
            facts = {"experiment": experiment.experiment_id, "version": experiment.version(winner)}
            self._record.note(ExperimentFinished, name, actor, **facts, reason=remark(reason))
        return self._record.version(name, experiment.version(winner))


def _check(shelf: Shelf, challenger: Version) -> None:
    name = shelf.name
    if shelf.current is None:
        raise StepRefused(f"nothing of {name} is in service; publish a version first")
    if shelf.experiment is not None:
        raise StepRefused(f"experiment {shelf.experiment.experiment_id} runs on {name}; finish it first")
    if challenger.number == shelf.current:
        raise StepRefused(f"{challenger} of {name} is in service already; try another version against it")
    if challenger.state not in (VersionState.APPROVED, VersionState.PUBLISHED):
        raise StepRefused(f"{challenger} of {name} is {challenger.state}; it takes a second person's approval first")
