"""Packs of analytics by name or file, in words, and what they say of contacts in words."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from analytics.categories import Categorised, CategoryPack, categorise, shipped_categories
from analytics.conversation import Conversation
from analytics.expressions import Heard
from analytics.measures import measure
from analytics.rulebook import Pack, Rulebook, look, packs_in, read_rulebook, shipped_rulebook
from analytics.scorecards import Card, Scored, apply_card
from analytics.violations import ContactFacts, Finding, RulePack, find_violations
from config.settings import Settings
from engine.errors import PackError
from engine.speech import Language

Told = Scored | Finding | Categorised

_INBOUND: Final = {"inbound": True, "outbound": False}


def rulebook_in_force(settings: Settings) -> Rulebook:
    """Return what contacts are judged by: what ships, and the bank's own packs where settings name some.

    Raises:
        PackError: one of them is wrong; the message names file, line, column and the mend.
    """
    folder = settings.analytics.packs
    return shipped_rulebook() if folder is None else read_rulebook(folder)


def categories_in_force(settings: Settings) -> CategoryPack:
    """Return the categories alone, as `rulebook_in_force`; without packs of the bank's it reads nothing else."""
    return shipped_categories() if settings.analytics.packs is None else rulebook_in_force(settings).categories


def by_name(book: Rulebook) -> Mapping[str, Pack]:
    """Return the packs that are in force, by name."""
    cards: dict[str, Pack] = {card.name: card for card in book.cards}
    return cards | {rules.name: rules for rules in book.rules} | {"categories": book.categories}


def named(settings: Settings, name: str) -> Pack:
    """Return a pack by its name, or from its file.

    Raises:
        PackError: there is none, or the file is wrong.
    """
    if Path(name).is_file():
        found, faults = beside(settings, [Path(name)])
        if faults:
            raise faults[0]
        return found.own[Path(name)]
    known = by_name(rulebook_in_force(settings))
    if name not in known:
        raise PackError(f"{name!r} is no file, and no pack in force; those are {', '.join(known)}")
    return known[name]


def beside(settings: Settings, paths: Sequence[Path]) -> tuple[Rulebook, tuple[PackError, ...]]:
    """Return what would be in force with some files, wherever they are, and what is wrong.

    Raises:
        PackError: the folder that settings name has no packs.
    """
    folder = settings.analytics.packs
    given = {path.absolute() for path in paths}
    others = [path for path in (packs_in(folder) if folder is not None else ()) if path.absolute() not in given]
    return look([others, paths])


def summary(pack: Pack) -> str:
    """Return kind, size, version and digest in a line."""
    match pack:
        case Card():
            size = f"scorecard, {len(pack.criteria)} criteria"
        case RulePack():
            size = f"{len(pack.rules)} rules of law, {pack.jurisdiction}"
        case CategoryPack():
            size = f"{len(pack.categories)} categories"
    return f"{size}, version {pack.version}, digest {pack.digest}"


def described(pack: Pack) -> Iterator[str]:
    """Yield what a pack asks, in words."""
    match pack:
        case Card():
            yield f"{pack.says} For {pack.suits.text if pack.suits else 'all'}."
            yield f"Passes with {pack.least_score:g} of 100, if {pack.least_judged:.0%} of it can be judged."
            for item in pack.criteria:
                critical = " (critical)" if item.critical else ""
                yield f"  {item.weight:>4g}  {item.name}{critical}: {item.says[Language.ENGLISH]}"
                yield f"        {'never' if item.forbids else 'wants'} {item.expression.text}"
                if item.when is not None:
                    yield f"        when {item.when.text}"
                if item.by is not None:
                    yield f"        when a {item.by} speaks"
                if item.after:
                    yield f"        after {', '.join(item.after)}"
        case RulePack():
            for rule in pack.rules:
                law = rule.law
                yield f"  {rule.name} ({rule.severity}): {rule.says}"
                days = f"from {law.first} to {law.last}" if law.last else f"from {law.first}"
                yield f"        {law.article}, {days}, certainty {law.certainty}: {law.says}"
                asked = rule.expression.text if rule.expression else f"check {rule.check}"
                yield f"        {'never' if rule.forbids else 'wants'} {asked}"
        case CategoryPack():
            for category in pack.categories:
                yield f"  {category.name}: {category.says}"
                yield f"        {category.expression.text}"


def applied(pack: Pack, conversation: Conversation, zone: ZoneInfo, creditors: tuple[str, ...]) -> tuple[Told, ...]:
    """Return what a pack says of a contact.

    Args:
        pack: of any kind.
        conversation: taken for a bank's collection, without earlier contacts.
        zone: where the client is.
        creditors: the bank's names.
    """
    heard, measures = Heard(conversation), measure(conversation)
    match pack:
        case Card():
            return (apply_card(heard, measures, pack),)
        case CategoryPack():
            return categorise(heard, measures, pack)
        case RulePack():
            inbound = _INBOUND.get(conversation.attributes.get("direction", ""))
            facts = ContactFacts(pack.jurisdiction, (zone,), creditor_names=creditors, inbound=inbound, history=())
            return find_violations(heard, measures, facts, [pack])


def told(one: Told) -> Iterator[str]:
    """Yield what was found, in words."""
    match one:
        case Scored():
            score = "–" if one.score is None else f"{one.score:.0f}"
            yield f"{one.card}: {score} of 100, {one.judged:.0%} of it could be judged: {one.outcome}"
            for item in one.criteria:
                reason = f" ({item.reason})" if item.reason else ""
                yield f"  {item.standing:<10}{item.weight:>4g}  {item.criterion}{' !' if item.critical else ''}{reason}"
                yield from (f"{'':18}{line}" for line in item.evidence.lines())
        case Finding():
            reason = f" ({one.reason})" if one.reason else ""
            yield f"{one.status}: {one.rule}, {one.severity}, {one.article}{reason}"
            yield from (f"  {line}" for line in one.evidence.lines())
        case Categorised():
            yield f"{one.category}: {one.verdict}"
            yield from (f"  {line}" for line in one.evidence.lines())
