"""Files of trials: found in a scenario's folder, read, and their names checked against the scenario."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Final

from pydantic import BaseModel, ValidationError

from dialogs.documents import Document, Steps, read_document
from dialogs.includes import explained, raise_any
from dialogs.mends import suggest
from dialogs.scenario import Scenario
from dialogs.trials import accounts, spec
from dialogs.trials.spec import Expectation, MeansSpec, TrialSpec
from dialogs.understanding.intents import Intent

FOLDER: Final = "tests"
"""The folder of trials, in a scenario's folder."""

FAILED: Final = "failed"
"""What an action does in a trial, other than to answer."""

_KEYS: Final = frozenset(
    name
    for module in (spec, accounts)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, BaseModel)
    for name in model.model_fields
)

_BUILT_IN_SLOTS: Final = ("amount", "due", "callback")


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial and where it stands.

    Args:
        spec: it.
        document: its file.
        index: in the file.
    """

    spec: TrialSpec
    document: Document
    index: int

    def problem(self, steps: Steps, message: str) -> str:
        """Return ``file:line:column: message`` for a place in the trial."""
        return self.document.problem((self.index, *steps), message)


def read_trials(scenario: Scenario, folder: Traversable) -> tuple[Trial, ...]:
    """Read all trials of a scenario.

    Args:
        scenario: as loaded.
        folder: the scenario's.

    Raises:
        ScenarioError: a line for each problem, ``file:line:column: what is wrong; the mend``.
    """
    tests = folder / FOLDER
    files = list(_files(tests)) if tests.is_dir() else []
    return tuple(trial for file in files for trial in trials_in(scenario, read_document(file)))


def trials_in(scenario: Scenario, document: Document) -> tuple[Trial, ...]:
    """Return the trials of one file.

    Raises:
        ScenarioError: as `read_trials`.
    """
    if not isinstance(document.data, list):
        raise_any([document.problem((), "a file of tests is a list; begin each test with `- name:`")])
        raise AssertionError("raised above")
    trials: list[Trial] = []
    problems: list[str] = []
    names: dict[str, int] = {}
    for i, data in enumerate(document.data):
        try:
            trial = Trial(TrialSpec.model_validate(data), document, i)
        except ValidationError as error:
            problems += explained(document, error, _KEYS, (i,))
            continue
        first = names.setdefault(trial.spec.name, i)
        if first != i:
            line = document.marks[(first, "name")].line
            problems.append(trial.problem(("name",), f"`{trial.spec.name}` stands in line {line} too; rename one"))
        problems += [trial.problem(steps, message) for steps, message in _faults(scenario, trial.spec)]
        trials.append(trial)
    raise_any(problems)
    return tuple(trials)


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith(".yaml"):
            yield entry


def _faults(scenario: Scenario, trial: TrialSpec) -> Iterator[tuple[Steps, str]]:
    """Yield what names nothing: its place, and the mend."""
    known, slots = scenario.spec, (*_BUILT_IN_SLOTS, *scenario.spec.slots)
    if trial.language is not None:
        yield from _unknown("language", trial.language, known.languages, "language")
    for name in trial.actions:
        yield from _unknown("action", name, known.actions, "actions", name)
    for name in trial.account.facts:
        yield from _unknown("fact", name, known.facts, "account", "facts", name)
    for name in trial.answers:
        yield from _unknown("slot", name, known.slots, "answers", name)
    for name in trial.slots:
        yield from _unknown("slot", name, slots, "slots", name)
    yield from _unexpected(scenario, trial.opening, "opening")
    for i, step in enumerate(trial.steps):
        yield from _unexpected(scenario, step, "steps", i)
        if step.means is not None:
            yield from _meant(scenario, step.means, "steps", i, "means")


def _unexpected(scenario: Scenario, step: Expectation, *at: str | int) -> Iterator[tuple[Steps, str]]:
    known = scenario.spec
    if step.to is not None:
        yield from _unknown("state", step.to, known.states, *at, "to")
    for i, name in enumerate(step.bot):
        yield from _unknown("prompt", name, known.prompts, *at, "bot", i)
    if step.understood is not None:
        yield from _unknown("intent", step.understood, _intents(scenario), *at, "understood")
    for name in step.slots:
        yield from _unknown("slot", name, (*_BUILT_IN_SLOTS, *known.slots), *at, "slots", name)


def _meant(scenario: Scenario, means: MeansSpec, *at: str | int) -> Iterator[tuple[Steps, str]]:
    yield from _unknown("intent", means.intent, _intents(scenario), *at, "intent")
    for i, intent in enumerate(means.also):
        yield from _unknown("intent", intent, _intents(scenario), *at, "also", i)
    if means.rival is not None:
        yield from _unknown("intent", means.rival, _intents(scenario), *at, "rival")
    for name in means.slots:
        yield from _unknown("slot", name, scenario.spec.slots, *at, "slots", name)


def _intents(scenario: Scenario) -> tuple[str, ...]:
    return (*Intent, *scenario.spec.intents)


def _unknown(what: str, name: str, known: Collection[str], *at: str | int) -> Iterator[tuple[Steps, str]]:
    if name not in known:
        mend = suggest(name, known) if known else f"the scenario has no {what}s"
        yield at, f"unknown {what} `{name}`; {mend}"
