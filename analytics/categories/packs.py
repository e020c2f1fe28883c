"""Packs of categories: YAML with named expressions, each of which may use those above it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType

from analytics.expressions import Expression
from analytics.packs import Entry, read_file


@dataclass(frozen=True, slots=True)
class Category:
    """What a contact may be about.

    Args:
        name: unique in its pack.
        says: what it means, in one sentence.
        expression: that holds of its contacts.
    """

    name: str
    says: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class CategoryPack:
    """A pack.

    Args:
        version: that its author gave it.
        digest: of its content.
        categories: in the order of the file.
        named: all that $name may stand for: wordings and categories.
    """

    version: str
    digest: str
    categories: tuple[Category, ...]
    named: Mapping[str, Expression]


@cache
def shipped_categories() -> CategoryPack:
    """Return the categories that ship with the product."""
    return read_categories(files("analytics.categories") / "data" / "categories.yaml")


def read_categories(source: Traversable | Path) -> CategoryPack:
    """Read a pack.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    pack = read_file(source)
    fields = pack.root.fields(("version", "categories"), ("review", "wordings"))
    named: dict[str, Expression] = {}
    for key, value in fields["wordings"].pairs() if "wordings" in fields else ():
        named[key.name()] = value.wording(named)
    categories = []
    for key, value in fields["categories"].pairs():
        category = _category(key, value, named)
        named[category.name] = category.expression
        categories.append(category)
    return CategoryPack(fields["version"].string(), pack.digest, tuple(categories), MappingProxyType(named))


def _category(key: Entry, value: Entry, named: Mapping[str, Expression]) -> Category:
    if key.name() in named:
        key.fail(f"`{key.name()}` is a wording already; take another name")
    fields = value.fields(("says", "holds"))
    return Category(key.name(), fields["says"].string(), fields["holds"].wording(named))
