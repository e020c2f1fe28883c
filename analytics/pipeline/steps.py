"""The steps over a contact: what each is called, what version its rules have, what it needs, what it makes.

A part of analytics is plugged in by adding its `Step` to the tuple that the pipeline is made with. What a step makes is
kept under its name, and made anew where its version, or anything that it is made from, has changed.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeAlias

from sqlalchemy import Connection

from analytics.documents import as_document
from analytics.measures import measure
from analytics.pipeline.contact import Contact, Document
from analytics.promises import find_promises

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


def usual_steps() -> tuple[Step, ...]:
    """Return the steps that need nothing but what ships with the product."""
    rules = ("analytics.spans", "analytics.response", "engine.folding")
    return (
        Step("measures", version_of("analytics.measures", *rules), _measures),
        Step("promises", version_of("analytics.promises", "engine.spoken", *rules), _promises),
    )


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
        elif one.name.endswith((".py", ".yaml")):
            found.append(one)
    return found


def _measures(contact: Contact) -> Document:
    return as_document(dict(measure(contact.conversation, audio=contact.audio or None)))


def _promises(contact: Contact) -> Document:
    return as_document(find_promises(contact.conversation, contact.debt))
