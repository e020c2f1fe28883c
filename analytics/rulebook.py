"""What contacts are judged by: what ships with the product, and a bank's own packs, which add to it and replace it.

Each file is one pack, and says by its first keys what it is: ``card:``, ``pack:`` (rules of law) or ``categories:``.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn, TypeAlias, TypeVar

from analytics.categories import CategoryPack, shipped_categories
from analytics.categories.packs import SHIPPED, categories_of
from analytics.packs import PackFile, read_file, shipped_in
from analytics.scorecards import Card, shipped_cards
from analytics.scorecards.cards import card_of
from analytics.violations import RulePack, shipped_rules
from analytics.violations.rules import rules_of
from engine.errors import PackError

Pack: TypeAlias = Card | RulePack | CategoryPack
_Named = TypeVar("_Named", Card, RulePack)


class Kind(StrEnum):
    """Of a pack, as the key that only it has."""

    CARD = "card"
    RULES = "pack"
    CATEGORIES = "categories"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What contacts are judged by.

    Args:
        categories: with all that $name may stand for.
        cards: by name.
        rules: of law, by name.
        own: what each of a bank's own files holds; of categories its own alone.
    """

    categories: CategoryPack
    cards: tuple[Card, ...]
    rules: tuple[RulePack, ...]
    own: Mapping[Path, Pack] = field(default_factory=lambda: MappingProxyType({}))

    def files_of(self, pack: Pack) -> tuple[Path, ...]:
        """Return a bank's own files that a pack in force is written in."""
        if pack is self.categories:
            return tuple(path for path, one in self.own.items() if isinstance(one, CategoryPack))
        return tuple(path for path, one in self.own.items() if one is pack)


@cache
def shipped_rulebook() -> Rulebook:
    """Return what ships with the product."""
    return Rulebook(shipped_categories(), shipped_cards(), shipped_rules())


def read_rulebook(folder: Path) -> Rulebook:
    """Return what ships with what a folder adds to it.

    Raises:
        PackError: the folder has no packs, or some are wrong; the message names of each file, line, column and mend.
    """
    found, faults = look([packs_in(folder)])
    if faults:
        raise PackError("\n".join(map(str, faults)))
    return found


def packs_in(folder: Path) -> tuple[Path, ...]:
    """Return the packs in a folder and below, by their paths; what begins with a dot is not looked at.

    Raises:
        PackError: there are none, a folder cannot be read, or a name ends otherwise, as in ``.yml``.
    """
    paths = sorted(path for path in _files(folder) if path.suffix.lower() in (".yaml", ".yml"))
    if other := [path for path in paths if path.suffix != ".yaml"]:
        raise PackError(f"{other[0]}: is not read by that name; call it {other[0].stem}.yaml")
    if not paths:
        raise PackError(f"{folder}: holds no pack; put YAML files (*.yaml) there, or name no folder")
    return tuple(paths)


def _files(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> NoReturn:  # what cannot be read must not be missing in silence
        raise PackError(f"{error.filename}: is no folder that can be read ({error.strerror}); mend it, or name another")

    seen = set()
    for place, folders, names in os.walk(folder, onerror=refuse, followlinks=True):
        if (real := os.path.realpath(place)) in seen:
            raise PackError(f"{place}: is {real}, which was read by another way; delete the link")
        seen.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def look(layers: Sequence[Sequence[Path]]) -> tuple[Rulebook, tuple[PackError, ...]]:
    """Return what ships with all that is in order of some files, and what is wrong with the others.

    Where categories are wrong the rest is not looked at, since it may use their names.

    Args:
        layers: of files; each adds to what is before it, and replaces what has the same name. Within a layer no name
            may stand twice.
    """
    files, faults = _read(layers)
    of_kind = {kind: [one for one in files if one.kind is kind] for kind in Kind}
    categories, taken, wrong = _categories(of_kind[Kind.CATEGORIES])
    own: dict[Path, Pack] = {one.path: _alone(categories, one.pack) for one in taken}
    if wrong:
        return Rulebook(categories, shipped_cards(), shipped_rules(), MappingProxyType(own)), (*faults, *wrong)
    cards, rules = shipped_cards(), shipped_rules()
    if own:  # the names that what ships asks for may stand for other words
        try:
            cards = tuple(card_of(read_file(file), categories) for file in shipped_in("analytics.scorecards"))
            rules = tuple(rules_of(read_file(file), categories) for file in shipped_in("analytics.violations"))
        except PackError as error:
            faults.append(_unfitting(list(own), error))
    own_cards, wrong_cards = _made(of_kind[Kind.CARD], lambda pack: card_of(pack, categories))
    own_rules, wrong_rules = _made(of_kind[Kind.RULES], lambda pack: rules_of(pack, categories))
    found = Rulebook(
        categories,
        _in_force(cards, own_cards.values()),
        _in_force(rules, own_rules.values()),
        MappingProxyType({**own, **own_cards, **own_rules}),
    )
    return found, (*faults, *wrong_cards, *wrong_rules)


@dataclass(frozen=True, slots=True)
class _File:
    """A file that was read.

    Args:
        path: of it.
        layer: that it is in.
        kind: of its pack.
        pack: as it is written.
    """

    path: Path
    layer: int
    kind: Kind
    pack: PackFile


def _read(layers: Sequence[Sequence[Path]]) -> tuple[list[_File], list[PackError]]:
    files, faults = [], []
    for number, layer in enumerate(layers):
        for path in layer:
            try:
                pack = read_file(path)
                files.append(_File(path, number, _kind_of(pack), pack))
            except PackError as error:
                faults.append(error)
    return files, faults


def _kind_of(pack: PackFile) -> Kind:
    for key, _ in pack.root.pairs():
        if key.string() in set(Kind):
            return Kind(key.string())
    pack.root.fail(
        "this is no pack; a scorecard has `card:`, rules of law `pack:`, categories `categories:`; "
        "alerts are named by alerts.pack, and checked by `voicebot alerts check`"
    )


def _categories(files: Sequence[_File]) -> tuple[CategoryPack, Sequence[_File], list[PackError]]:
    """Return what ships with what is in order of some files, these, and what is wrong with the others."""
    if not files:
        return shipped_categories(), (), []
    try:
        return _together(files), files, []
    except PackError:
        pack = shipped_categories()
    taken: list[_File] = []
    faults = []
    for one in files:
        try:
            pack = _together([*taken, one])
            taken.append(one)
        except PackError as error:
            faults.append(_unfitting([one.path], error) if str(error).startswith(str(SHIPPED)) else error)
    return pack, taken, faults


def _together(files: Sequence[_File]) -> CategoryPack:
    layers = groupby(files, key=lambda one: one.layer)
    return categories_of([[read_file(SHIPPED)], *([one.pack for one in layer] for _, layer in layers)])


def _alone(categories: CategoryPack, file: PackFile) -> CategoryPack:
    """Return what a file adds to categories."""
    own = tuple(one for one in categories.categories if one.file == file.root.file)
    version = file.root.fields(("version", "categories"), ("review", "wordings"))["version"].string()
    return replace(categories, version=version, categories=own)


def _unfitting(paths: Sequence[Path], error: PackError) -> PackError:
    names = ", ".join(map(str, paths))
    return PackError(
        f"{names}: what stands there for a wording that ships does not fit where that is used; write words to find, "
        f"without a speaker or a condition: {error}"
    )


def _made(files: Sequence[_File], make: Callable[[PackFile], _Named]) -> tuple[dict[Path, _Named], list[PackError]]:
    """Return packs by their files, and what is wrong with the others."""
    made: dict[Path, _Named] = {}
    faults = []
    first: dict[tuple[int, str], Path] = {}
    for one in files:
        try:
            found = make(one.pack)
            earlier = first.setdefault((one.layer, found.name), one.path)
            if earlier is not one.path:
                one.pack.root.fail(f"`{found.name}` is in {earlier} already; delete one, or name it otherwise")
            made[one.path] = found
        except PackError as error:
            faults.append(error)
    return made, faults


def _in_force(shipped: Iterable[_Named], own: Iterable[_Named]) -> tuple[_Named, ...]:
    """Return packs by name, the last of each name."""
    by_name: dict[str, _Named] = {one.name: one for one in shipped} | {one.name: one for one in own}
    return tuple(by_name[name] for name in sorted(by_name))
