"""The scenarios that can be talked to: shipped ones, and what the library has in service, on trial or as a draft."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Final

from config.scenarios import open_library
from config.settings import Settings
from dialogs.library.checking import load_checked
from dialogs.library.library import Library
from dialogs.loader import load_scenario, shipped_scenarios
from dialogs.scenario import Scenario
from engine.errors import LibraryError

DRAFT: Final = "draft"
_KEPT: Final = 8
"""Loaded scenarios that are kept: a few megabytes each, and a second or two to load."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A scenario that can be chosen.

    Args:
        key: its name, alone for what is shipped, else with ``@draft`` or ``@`` and a version's number.
        title: for people.
    """

    key: str
    title: str


class Offers:
    """Lists scenarios and loads them; a version once, a draft anew whenever it was changed.

    Args:
        settings: tell where the library is.
    """

    def __init__(self, settings: Settings) -> None:
        self._library: Library = open_library(settings)
        self._loaded: OrderedDict[str, Scenario] = OrderedDict()
        self._lock = Lock()

    def all(self) -> tuple[Offer, ...]:
        """Return what can be chosen.

        Raises:
            LibraryError: the library cannot be read.
        """
        return tuple(sorted(self._all(), key=lambda offer: offer.key))

    def _all(self) -> Iterator[Offer]:
        for name in shipped_scenarios():
            yield Offer(name, f"{name}, as shipped")
        for name, shelf in self._library.shelves().items():
            if shelf.draft is not None:
                yield Offer(f"{name}@{DRAFT}", f"{name}, the draft")
            for version in shelf.versions:
                state = "in service" if version.number == shelf.current else str(version.state)
                yield Offer(f"{name}@{version.number}", f"{name} v{version.number}, {state}")

    def load(self, key: str) -> Scenario:
        """Return a scenario. Blocks for as long as it takes to load.

        Raises:
            LibraryError: there is none such.
            ScenarioError: it is wrong; the message names file and line.
        """
        if key not in {offer.key for offer in self.all()}:
            raise LibraryError("there is no such scenario any more; choose another")
        name, _, which = key.partition("@")
        with self._lock:
            if which == DRAFT:
                draft = self._library.shelf(name).draft
                if draft is None:
                    raise LibraryError(f"{name} has no draft any more; choose another")
                root = self._library.drafts.root(draft)
                return self._kept(f"{key} {draft.draft_id} {draft.edition}", lambda: load_checked(root, name))
            if which:
                version = self._library.version(name, int(which))
                return self._kept(key, lambda: self._library.load(name, version))
            return self._kept(key, lambda: load_scenario(name))

    def _kept(self, key: str, load: Callable[[], Scenario]) -> Scenario:
        if key not in self._loaded:
            self._loaded[key] = load()
        self._loaded.move_to_end(key)
        while len(self._loaded) > _KEPT:
            self._loaded.popitem(last=False)
        return self._loaded[key]
