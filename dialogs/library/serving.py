"""What a running engine serves: the versions in service, loaded, and renewed when others come into service.

Choosing is a look into a dictionary, for the event loop. Reading and loading is `refresh`, for a thread beside it:
whatever goes wrong there, what was served before stays. Calls that run keep the scenario that they were opened with.
"""

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from dialogs.library.experiment import Arm, Experiment, version_label
from dialogs.library.library import Library
from dialogs.library.shelf import Shelf, Version
from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
from engine.errors import LibraryError, ScenarioError

_log = logging.getLogger(__name__)

_AGAIN_S: Final = 30.0
"""After so long a version is tried again that could not be loaded, in case that the disk was to blame."""

_TURN_S: Final = 0.001


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a call runs by.

    Args:
        scenario: loaded.
        label: how its record names the version; empty for a scenario that is none of the library's.
    """

    scenario: Scenario
    label: str


@dataclass(frozen=True, slots=True)
class Served:
    """One scenario as it is served at a time.

    Args:
        usual: what calls run by.
        experiment: what is tried, where something is.
        challenger: what the accounts of arm B get.
    """

    usual: Chosen
    experiment: Experiment | None = None
    challenger: Chosen | None = None

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All that calls may run by."""
        return (self.usual.scenario, *((self.challenger.scenario,) if self.challenger else ()))

    def choose(self, account_id: str | None) -> Chosen:
        """Return what an account is called with; the same in every call while an experiment runs."""
        if self.experiment is None or self.challenger is None or self.experiment.arm(account_id) is Arm.A:
            return self.usual
        return self.challenger


class Serving:
    """The scenarios that an engine was asked to serve.

    Args:
        library: where they are looked for first.
        names: of scenarios in the library, shipped ones, or paths.

    Raises:
        LibraryError: the library cannot be read.
        ScenarioError: one of them is not to be had, or is wrong.
    """

    def __init__(self, library: Library, names: Iterable[str]) -> None:
        self._library = library
        self._loaded: dict[str, Scenario] = {}
        self._failed: dict[str, tuple[object, float]] = {}
        self._served: dict[str, Served] = {}
        for name in dict.fromkeys(names):
            shelf = _shelf(library, name)
            self._served[name] = served = self._read(shelf) if shelf else Served(Chosen(load_scenario(name), ""))
            _log.info("scenario %s: calls run by %s", name, _told(served))
        self.languages = tuple(dict.fromkeys(language for one in self.scenarios for language in one.languages))
        """Of all of them at the start: what recognisers and voices are loaded for."""

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """All that calls may run by now."""
        return tuple(scenario for one in self._served.values() for scenario in one.scenarios)

    def of(self, name: str) -> Served:
        """Return a scenario as it is served now; its name is one of those asked for."""
        return self._served[name]

    def refresh(self) -> Mapping[str, Served]:
        """Look for what has come into service, and return what is served anew. Blocks; one thread at a time.

        Nothing is raised that the disk, the library or a scenario has to do with: it is logged once, and what was
        served stays.
        """
        renewed = {}
        for name, served in self._served.items():
            try:
                shelf = _shelf(self._library, name)
            except LibraryError as error:
                self._note("", str(error), error)
                continue
            self._failed.pop("", None)
            if shelf is None:
                if served.usual.label:
                    self._note(name, None, LibraryError("nothing of it is in the library any more"))
                continue
            if (found := self._renewed(name, shelf, served)) is not None:
                renewed[name] = found
        self._served = {**self._served, **renewed}
        self._forget()
        return renewed

    def _renewed(self, name: str, shelf: Shelf, served: Served) -> Served | None:
        labels = (_labels(shelf), shelf.experiment)
        if labels == (_labels_of(served), served.experiment):
            self._failed.pop(name, None)
            return None
        before = self._failed.get(name)
        if before is not None and before[0] == labels and time.monotonic() - before[1] < _AGAIN_S:
            return None
        try:
            with _short_turns():
                found = self._read(shelf)
            self._check_languages(found)
        except (LibraryError, ScenarioError, OSError) as error:
            self._note(name, labels, error)
            return None
        self._failed.pop(name, None)
        _log.info("scenario %s: new calls run by %s", name, _told(found))
        return found

    def _read(self, shelf: Shelf) -> Served:
        """Load what a shelf has in service."""
        assert shelf.published is not None, "only shelves with something in service are read"
        usual = self._load(shelf.name, shelf.published)
        experiment = shelf.experiment
        if experiment is None:
            return Served(Chosen(usual, version_label(shelf.name, shelf.published.number)))
        challenger = self._load(shelf.name, self._library.version(shelf.name, experiment.challenger))
        arms = Chosen(usual, experiment.label(Arm.A)), Chosen(challenger, experiment.label(Arm.B))
        return Served(arms[0], experiment, arms[1])

    def _load(self, name: str, version: Version) -> Scenario:
        loaded = self._loaded.get(version.content_hash)
        if loaded is None:
            loaded = self._loaded[version.content_hash] = self._library.load(name, version)
        return loaded

    def _check_languages(self, served: Served) -> None:
        for scenario in served.scenarios:
            new = [language for language in scenario.languages if language not in self.languages]
            if new:
                raise LibraryError(f"it speaks {', '.join(new)}, which the engine has not loaded; start it anew")

    def _forget(self) -> None:
        """Let go of scenarios that new calls do not run by; calls that run have them still."""
        used = {id(scenario) for served in self._served.values() for scenario in served.scenarios}
        self._loaded = {key: scenario for key, scenario in self._loaded.items() if id(scenario) in used}

    def _note(self, name: str, cause: object, error: Exception) -> None:
        """Log a fault when it is new."""
        before = self._failed.get(name)
        if before is None or before[0] != cause:
            what = f"scenario {name}" if name else "the scenario library"
            _log.error("%s: what was served stays in service: %s", what, error)
        self._failed[name] = cause, time.monotonic()


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let other threads have the interpreter sooner while this one computes: the event loop has audio to move.

    By default each of its wake-ups waits 5 ms for its turn, and often twice; `benchmarks/publication.py` measures it.
    """
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)


def _shelf(library: Library, name: str) -> Shelf | None:
    """Return the shelf of a scenario that the library has in service; None too where the name is a path."""
    shelf = library.shelves().get(name)
    return shelf if shelf is not None and shelf.published else None


def _labels(shelf: Shelf) -> tuple[str, ...]:
    if shelf.experiment is not None:
        return shelf.experiment.label(Arm.A), shelf.experiment.label(Arm.B)
    return (version_label(shelf.name, shelf.published.number),) if shelf.published else ()


def _labels_of(served: Served) -> tuple[str, ...]:
    return (served.usual.label, *((served.challenger.label,) if served.challenger else ()))


def _told(served: Served) -> str:
    """Return what calls run by, for the log."""
    return " and ".join(filter(None, _labels_of(served))) or "what is shipped, or at a path"
