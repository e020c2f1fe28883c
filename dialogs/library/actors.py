"""Who takes a step in the library, and what they may do."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.errors import LibraryError, StepRefused

_NAME: Final = re.compile(r"[\w][\w.@+-]{0,99}")


class Permission(StrEnum):
    """What somebody may do to scenarios; whoever asks has been identified by the caller."""

    EDIT = "edit"
    """Change drafts, submit them, withdraw versions."""
    APPROVE = "approve"
    """Approve versions that others wrote."""
    PUBLISH = "publish"
    """Put approved versions into service, roll back, share calls between two versions."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person.

    Args:
        name: the login; two that differ in capitals alone are one person.
        permissions: what they may do.

    Raises:
        LibraryError: the name is none.
    """

    name: str
    permissions: frozenset[Permission]

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise LibraryError(f"{self.name!r} is no user name: letters, digits and . @ + - _, at most 100")

    def demand(self, permission: Permission) -> None:
        """Let them pass who have a permission.

        Raises:
            StepRefused: they have not.
        """
        if permission not in self.permissions:
            raise StepRefused(f"{self.name} may not do this: it takes the permission to {permission}")

    def is_one_of(self, names: "frozenset[str] | tuple[str, ...]") -> bool:
        """Whether they are among these people."""
        return self.name.casefold() in {name.casefold() for name in names}
