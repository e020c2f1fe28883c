"""The steps over a contact: what each is called, what version its rules have, what it needs, what it makes.

A part of analytics is plugged in by adding its `Step` to the tuple that the pipeline is made with. What a step makes is
kept under its name, and made anew where its version, or anything that it is made from, has changed. Those that ship
are in `analytics.pipeline.usual`.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeAlias

from sqlalchemy import Connection

from analytics.pipeline.contact import Contact, Document

Keep: TypeAlias = Callable[[Connection, Contact], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One part of analytics in the pipeline.

    Args:
        name: unique; its results are kept under it.
        version: of its rules, lists, packs, models.
        make: makes its document; a `VoicebotError` or `ValueError` of it sets the contact aside.
        needs: steps before it whose documents it asks for.
        keep: writes what belongs into tables of its own, such as an index, in the transaction that stores the contact.
    """

    name: str
    version: str
    make: Callable[[Contact], Document]
    needs: tuple[str, ...] = ()
    keep: Keep | None = None


def check_order(steps: Sequence[Step]) -> None:
    """Check that each step has its own name and what it needs before it.

    Raises:
        ValueError: it has not.
    """
    before: set[str] = set()
    for step in steps:
        missing = [name for name in step.needs if name not in before]
        if missing or step.name in before:
            raise ValueError(f"step {step.name}: comes twice, or before {', '.join(missing)}")
        before.add(step.name)


@cache
def version_of(*packages: str) -> str:
    """Return a version that changes with any rule or list of some packages or modules."""
    content = hashlib.sha256()
    for name in packages:
        parent, _, own = name.rpartition(".")
        module = files(parent).joinpath(f"{own}.py")
        for part in [module] if module.is_file() else _sources(files(name)):
            content.update(part.read_bytes())
    return content.hexdigest()[:12]


def _sources(folder: Traversable) -> list[Traversable]:
    found: list[Traversable] = []
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            found += _sources(one)
        elif one.name.endswith((".py", ".yaml", ".toml")):
            found.append(one)
    return found
