"""A part of the pages with a place in the navigation; what a trade or a later release adds."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI

from config.web.permissions import Permission

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class Section:
    """Pages below one path.

    Args:
        name: lower-case word; its pages are below ``/name``, its templates are ``name/….html``.
        title: as the navigation shows it.
        router: its routes, relative to ``/name``; the first page is ``""``.
        permission: what a person needs for any of its pages, and to see it in the navigation; None: to be signed in.
        order: place in the navigation, the least first.
        package: where ``templates/`` and, if there is one, ``static/`` lie: pass ``__package__``.
        lifespan: entered when the pages start and left when they stop, for what the section keeps open.
    """

    name: str
    title: str
    router: APIRouter
    permission: Permission | None
    order: int
    package: str
    lifespan: Lifespan | None = None

    def __post_init__(self) -> None:
        """Check the name.

        Raises:
            ValueError: it is no lower-case word.
        """
        if not (self.name.isascii() and self.name.isidentifier() and self.name.islower()):
            raise ValueError(f"a section's name is a lower-case word, not {self.name!r}")

    @property
    def path(self) -> str:
        """Where its first page is."""
        return f"/{self.name}"

    @property
    def folder(self) -> Path:
        """Where its package lies."""
        return Path(str(files(self.package)))
