"""Where everything of a scenario stands: its files, and which of them each name and transition is from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from dialogs.documents import Document, Position, Steps

COMMON: Final = "common"
"""Folder beside the scenarios' own, with what several of them include."""

SECTIONS = ("facts", "slots", "entities", "segments", "intents", "actions", "states", "prompts", "pronunciations")
"""Sections whose entries have names, in a scenario and in what it includes."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The files of a scenario with its includes joined.

    Args:
        scenario: the scenario file itself.
        included: the files under ``include``, in order.
        named: the file of each entry, by section and name; of a pronunciation by language and word.
        anytime: file and index there of each transition under ``anytime``.
    """

    scenario: Document
    included: tuple[Document, ...]
    named: Mapping[Steps, Document]
    anytime: tuple[tuple[Document, int], ...]

    @property
    def documents(self) -> tuple[Document, ...]:
        """All files, the scenario's own first."""
        return (self.scenario, *self.included)

    def of(self, steps: Steps) -> tuple[Document, Steps]:
        """Return the file of a place in the joined scenario, and the place in that file."""
        if steps and steps[0] == "anytime" and len(steps) > 1 and isinstance(steps[1], int):
            document, index = self.anytime[steps[1]]
            return document, ("anytime", index, *steps[2:])
        for length in (3, 2):
            if steps[:length] in self.named:
                return self.named[steps[:length]], steps
        return self.scenario, steps

    def shared(self, steps: Steps) -> bool:
        """Whether it stands in a file that several scenarios include, each of which may leave some of it unused."""
        return PurePath(self.of(steps)[0].label).parent.name == COMMON

    def position(self, steps: Steps) -> Position:
        """Return file, line and column of a place in the joined scenario."""
        document, place = self.of(steps)
        return document.position(place)

    def problem(self, steps: Steps, message: str) -> str:
        """Return ``file:line:column: message`` for a place in the joined scenario."""
        document, place = self.of(steps)
        return document.problem(place, message)
