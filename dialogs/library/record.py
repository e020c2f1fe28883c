"""The library's state as all of its parts share it: the journal, and what it amounts to."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

from dialogs.library.actors import Actor
from dialogs.library.entries import Entry
from dialogs.library.journal import Journal
from dialogs.library.paths import scenario_name
from dialogs.library.shelf import Draft, Shelf, Version, shelves
from engine.errors import LibraryError
from engine.ports import Clock


class Record:
    """Steps taken, and the shelves that come of them; any thread.

    Args:
        folder: of the library; nothing is made in it until the first step.
        clock: for when steps are taken.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self._journal, self._clock = Journal(folder), clock
        self._folding = threading.Lock()
        self._entries: tuple[Entry, ...] = ()
        self._shelves: Mapping[str, Shelf] = {}

    def entries(self) -> tuple[Entry, ...]:
        """Return all steps, oldest first.

        Raises:
            LibraryError: the journal cannot be read.
        """
        return self._journal.read()

    def shelves(self) -> Mapping[str, Shelf]:
        """Return the state of every scenario, by name.

        Raises:
            LibraryError: the journal cannot be read.
        """
        entries = self._journal.read()
        with self._folding:
            known = len(self._entries)
            if known <= len(entries) and (not known or entries[known - 1] is self._entries[-1]):
                self._shelves = shelves(entries[known:], self._shelves)
            else:
                self._shelves = shelves(entries)
            self._entries = entries
            return self._shelves

    def shelf(self, name: str) -> Shelf:
        """Return the state of one scenario; an empty one where the library has nothing of it.

        Raises:
            LibraryError: it is no name, or the journal cannot be read.
        """
        return self.shelves().get(scenario_name(name)) or Shelf(name)

    def version(self, name: str, number: int) -> Version:
        """Return a version.

        Raises:
            LibraryError: there is none.
        """
        shelf = self.shelf(name)
        version = shelf.version(number)
        if version is None:
            known = ", ".join(map(str, shelf.versions)) or "none"
            raise LibraryError(f"scenario {name} has no version {number} in the library; there are {known}")
        return version

    def draft(self, name: str) -> Draft:
        """Return the draft.

        Raises:
            LibraryError: there is none.
        """
        draft = self.shelf(name).draft
        if draft is None:
            raise LibraryError(f"scenario {name} has no draft; begin one")
        return draft

    @contextmanager
    def stepping(self) -> Iterator[None]:
        """Hold the library's lock, so that what is read within still holds when a step is noted.

        Raises:
            LibraryError: the folder cannot be written to.
        """
        with self._journal.locked():
            yield

    def note(self, step: type[Entry], name: str, actor: Actor, **facts: Any) -> None:
        """Note a step; it is taken then. The caller holds the lock.

        Args:
            step: its kind.
            name: of the scenario.
            actor: who takes it.
            facts: what else the kind holds.

        Raises:
            LibraryError: there is no room, or the disk failed; the step is not taken.
        """
        entry = step(at=self._clock.now().astimezone(UTC), by=actor.name, scenario=scenario_name(name), **facts)
        self._journal.read()
        self._journal.append(entry)
