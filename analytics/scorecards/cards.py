"""Scorecards as YAML files (``data/*.yaml``), read strictly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources.abc import Traversable
from math import isclose
from pathlib import Path
from typing import Final

from analytics.categories import CategoryPack, shipped_categories
from analytics.conversation import Role
from analytics.expressions import Expression
from analytics.expressions.mends import nearest
from analytics.packs import Entry, PackFile, digest_of, read_file, shipped_in
from engine.speech import Language

WHOLE: Final = 100.0
"""What all weights of a card come to."""

_SUITS: Final = "for"


class OnCritical(StrEnum):
    """What a critical criterion that is not met does to its card."""

    ZERO = "zero"
    """The score is 0, and the card fails."""
    FAIL = "fail"
    """The card fails whatever its score."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """An item of a card.

    Args:
        name: unique in it.
        says: what is asked, in one sentence of each language.
        weight: of 100.
        expression: what is wanted or forbidden.
        forbids: met where the expression does not hold, rather than where it does.
        after: names of criteria whose places it must not come before.
        critical: the card fails without it.
        when: it applies only where this holds; None for always.
        by: it applies only where this side speaks; None for whoever speaks for the bank.
    """

    name: str
    says: Mapping[Language, str]
    weight: float
    expression: Expression
    forbids: bool
    after: tuple[str, ...]
    critical: bool
    when: Expression | None
    by: Role | None


@dataclass(frozen=True, slots=True)
class Card:
    """A scorecard.

    Args:
        name: of it.
        version: that its author gave it.
        digest: of it and of the wordings that it may use.
        says: what it is for, in one sentence.
        suits: which contacts it is for; None for all.
        least_score: 0..100, to pass.
        least_judged: share of the weight, in 0..1, without which nothing is decided.
        on_critical: what a critical criterion that is not met does.
        criteria: in the order in which they are shown; their weights come to 100.
    """

    name: str
    version: str
    digest: str
    says: str
    suits: Expression | None
    least_score: float
    least_judged: float
    on_critical: OnCritical
    criteria: tuple[Criterion, ...]


@cache
def shipped_cards() -> tuple[Card, ...]:
    """Return the cards that ship with the product, by name."""
    found = (read_card(file) for file in shipped_in("analytics.scorecards"))
    return tuple(sorted(found, key=lambda card: card.name))


def read_card(source: Traversable | Path, categories: CategoryPack | None = None) -> Card:
    """Read a card.

    Args:
        source: the file.
        categories: whose names its expressions may use; those that ship by default.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    return card_of(read_file(source), categories or shipped_categories())


def card_of(pack: PackFile, known: CategoryPack) -> Card:
    """Return the card that is written in a file.

    Args:
        pack: the file.
        known: whose names its expressions may use.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    fields = pack.root.fields(("card", "version", "says", "pass", "judged", "critical", "criteria"), (_SUITS, "review"))
    criteria: list[Criterion] = []
    for item in fields["criteria"].items():
        criteria.append(_criterion(item, known.named, criteria))
    total = sum(one.weight for one in criteria)
    if not isclose(total, WHOLE, abs_tol=1e-6):
        way = "take away" if total > WHOLE else "add"
        fields["criteria"].fail(f"the weights come to {total:g}, not {WHOLE:g}; {way} {abs(WHOLE - total):g}")
    return Card(
        fields["card"].name(),
        fields["version"].string(),
        digest_of(pack.digest, known.digest),
        fields["says"].string(),
        fields[_SUITS].expression(known.named) if _SUITS in fields else None,
        fields["pass"].number(0, WHOLE),
        fields["judged"].number(0, 1),
        fields["critical"].choice(OnCritical),
        tuple(criteria),
    )


def _criterion(item: Entry, named: Mapping[str, Expression], before: Sequence[Criterion]) -> Criterion:
    fields = item.fields(("id", "says", "weight"), ("wants", "forbids", "after", "critical", "when", "by"))
    name = fields["id"].name()
    if name in {one.name for one in before}:
        fields["id"].fail(f"`{name}` stands twice; take another name")
    if len({"wants", "forbids"} & fields.keys()) != 1:
        item.fail(f"`{name}` needs one of `wants:` and `forbids:`")
    forbids = "forbids" in fields
    if forbids and "after" in fields:
        fields["after"].fail("what is forbidden has no place in the order; take `wants:`, or NOT AFTER in `forbids:`")
    weight = fields["weight"].number(0, WHOLE)
    critical = "critical" in fields and fields["critical"].flag()
    if not weight and not critical:
        fields["weight"].fail("a weight of 0 is for critical criteria alone; give it a weight, or `critical: true`")
    return Criterion(
        name,
        fields["says"].texts(),
        weight,
        fields["forbids" if forbids else "wants"].wording(named),
        forbids,
        tuple(_earlier(one, before) for one in fields["after"].items()) if "after" in fields else (),
        critical,
        fields["when"].expression(named) if "when" in fields else None,
        fields["by"].banks_side() if "by" in fields else None,
    )


def _earlier(entry: Entry, before: Sequence[Criterion]) -> str:
    """Return the name of a criterion above that has a place in the talk."""
    name = entry.name()
    wanted = [one.name for one in before if not one.forbids]
    if name not in wanted:
        entry.fail(f"no criterion with `wants:` above is named `{name}`; {nearest(name, wanted)}")
    return name
