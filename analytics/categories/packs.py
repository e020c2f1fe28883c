"""Packs of categories: YAML with named expressions, each of which may use those above it.

A pack may add to others. What it defines anew stands for the earlier definition wherever that is used, in the earlier
packs too; in its own definition the name still means the earlier one, so that words can be added to those that ship.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

from analytics.expressions import Expression
from analytics.packs import Entry, PackFile, digest_of, read_file

SHIPPED: Final = files("analytics.categories") / "data" / "categories.yaml"


@dataclass(frozen=True, slots=True)
class Category:
    """What a contact may be about.

    Args:
        name: unique in its pack.
        says: what it means, in one sentence.
        expression: that holds of its contacts.
        file: that it is written in.
    """

    name: str
    says: str
    expression: Expression
    file: str


@dataclass(frozen=True, slots=True)
class CategoryPack:
    """A pack, or one with all that add to it.

    Args:
        version: that its author gave it; of several theirs, joined by ``+``.
        digest: of its content.
        categories: in the order of the file; those that others add come last.
        named: all that $name may stand for: wordings and categories.
    """

    version: str
    digest: str
    categories: tuple[Category, ...]
    named: Mapping[str, Expression]


@cache
def shipped_categories() -> CategoryPack:
    """Return the categories that ship with the product."""
    return read_categories(SHIPPED)


def read_categories(source: Traversable | Path) -> CategoryPack:
    """Read a pack that stands alone.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    return categories_of([[read_file(source)]])


def categories_of(layers: Sequence[Sequence[PackFile]]) -> CategoryPack:
    """Return packs together.

    Args:
        layers: of packs; those of a layer stand beside each other, and add to those of the layers before it.

    Raises:
        PackError: one is wrong; the message names file, line, column and the mend.
    """
    book, versions = _Definitions(), []
    for number, layer in enumerate(layers):
        for file in layer:
            fields = file.root.fields(("version", "categories"), ("review", "wordings"))
            versions.append(fields["version"].string())
            for key, value in fields["wordings"].pairs() if "wordings" in fields else ():
                book.add(key, None, value, number)
            for key, value in fields["categories"].pairs():
                told = value.fields(("says", "holds"))
                book.add(key, told["says"].string(), told["holds"], number)
    digests = [file.digest for layer in layers for file in layer]
    digest = digests[0] if len(digests) == 1 else digest_of(*digests)
    named = {one.name: book.expression(one) for one in book.last()}
    categories = tuple(
        Category(one.name, one.says, named[one.name], one.key.file) for one in book.last() if one.says is not None
    )
    return CategoryPack(" + ".join(versions), digest, categories, MappingProxyType(named))


@dataclass(frozen=True, slots=True, eq=False)
class _Definition:
    """What a name stands for.

    Args:
        name: itself.
        says: None of a wording.
        key: where it is written.
        written: the expression, or those of the languages.
        layer: of its pack.
        place: among all definitions.
    """

    name: str
    says: str | None
    key: Entry
    written: Entry
    layer: int
    place: int


class _Definitions:
    """All definitions, in their order; each is read when it is first asked for."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[_Definition]] = {}
        self._count = 0
        self._read: dict[_Definition, Expression] = {}
        self._under_way: list[_Definition] = []

    def add(self, key: Entry, says: str | None, written: Entry, layer: int) -> None:
        """Take a definition.

        Raises:
            PackError: its layer has the name already, or the name is of another kind.
        """
        name = key.name()
        same = self._by_name.setdefault(name, [])
        if same and (same[-1].says is None) is not (says is None):
            key.fail(f"`{name}` is a {'wording' if same[-1].says is None else 'category'} already; take another name")
        if same and same[-1].layer == layer:
            key.fail(f"`{name}` is in {same[-1].key.place} already; delete one")
        same.append(_Definition(name, says, key, written, layer, self._count))
        self._count += 1

    def last(self) -> Iterator[_Definition]:
        """Yield those that hold."""
        return (same[-1] for same in self._by_name.values())

    def above(self, user: _Definition) -> dict[str, _Definition]:
        """Return what a definition may use: by name those that hold, of its own name the one that it stands for."""
        return {
            name: same[-1] if name != user.name else same[same.index(user) - 1]
            for name, same in self._by_name.items()
            if same[0].place < user.place
        }

    def expression(self, one: _Definition) -> Expression:
        """Return what a definition says.

        Raises:
            PackError: it is wrong, or uses itself by way of another.
        """
        if one in self._under_way:
            self._circle(one)
        if one not in self._read:
            self._under_way.append(one)
            self._read[one] = one.written.wording(_Above(self, one))
            self._under_way.pop()
        return self._read[one]

    def _circle(self, one: _Definition) -> NoReturn:
        """Blame what was defined anew: without it each uses but what stands above it."""
        circle = self._under_way[self._under_way.index(one) :]
        anew = max(circle, key=lambda found: found.layer)
        ways = " by way of ".join(f"`{found.name}`" for found in circle if found is not anew)
        anew.key.fail(f"`{anew.name}` uses itself by way of {ways}; write its words out instead")


class _Above(Mapping[str, Expression]):
    """What a definition may use."""

    def __init__(self, book: _Definitions, user: _Definition) -> None:
        self._book = book
        self._found = book.above(user)

    def __getitem__(self, name: str) -> Expression:
        return self._book.expression(self._found[name])

    def __contains__(self, name: object) -> bool:
        return name in self._found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
