"""Scenarios as they were read, kept while their files stay the same: pages ask for the same one again and again."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from config.studio.views import View
from dialogs.loader import Draft, read_draft
from engine.errors import ScenarioError

_KEPT: Final = 32


@dataclass(frozen=True, slots=True)
class Read:
    """A scenario as far as it can be read.

    Args:
        draft: shape and names are right; None where they are not.
        problem: what is wrong then, a line for each problem.
    """

    draft: Draft | None
    problem: str = ""


class Reading:
    """Reads scenarios; any thread. Blocks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: OrderedDict[str, Read] = OrderedDict()

    def read(self, view: View) -> Read:
        """Return a scenario, or what is wrong with it."""
        with self._lock:
            if view.key in self._read:
                self._read.move_to_end(view.key)
                return self._read[view.key]
        try:
            read = Read(read_draft(view.folder))
        except ScenarioError as error:
            read = Read(None, view.mild(str(error)))
        with self._lock:
            self._read[view.key] = read
            while len(self._read) > _KEPT:
                self._read.popitem(last=False)
        return read

    def required(self, view: View) -> Draft:
        """Return a scenario that can be read.

        Raises:
            ScenarioError: it cannot; a line for each problem.
        """
        read = self.read(view)
        if read.draft is None:
            raise ScenarioError(read.problem)
        return read.draft
