"""Packs of analytics by name or file, in words, and what they say of contacts in words."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from analytics.categories import Categorised, CategoryPack, categorise, read_categories, shipped_categories
from analytics.conversation import Conversation
from analytics.expressions import Heard
from analytics.measures import measure
from analytics.packs import read_file
from analytics.scorecards import Card, Scored, apply_card, read_card, shipped_cards
from analytics.violations import ContactFacts, Finding, RulePack, find_violations, read_rules, shipped_rules
from engine.errors import PackError
from engine.speech import Language

Pack = Card | RulePack | CategoryPack
Told = Scored | Finding | Categorised

_CATEGORIES: Final = "categories"
_READERS: Final[Mapping[str, Callable[[Path], Pack]]] = {
    "card": read_card,
    "pack": read_rules,
    _CATEGORIES: read_categories,
}
_INBOUND: Final = {"inbound": True, "outbound": False}


def shipped() -> dict[str, Pack]:
    """Return the packs that ship with the product, by name."""
    cards: dict[str, Pack] = {card.name: card for card in shipped_cards()}
    return cards | {rules.name: rules for rules in shipped_rules()} | {_CATEGORIES: shipped_categories()}


def named(name: str) -> Pack:
    """Return a pack by its name, or from its file.

    Raises:
        PackError: there is none, or the file is wrong.
    """
    known = shipped()
    if name in known:
        return known[name]
    if not Path(name).exists():
        raise PackError(f"{name!r} is no file, and no pack that ships; those are {', '.join(known)}")
    return read_pack(Path(name))


def read_pack(path: Path) -> Pack:
    """Read a pack of whatever kind.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    root = read_file(path).root
    for key, _ in root.pairs():
        if key.string() in _READERS:
            return _READERS[key.string()](path)
    root.fail(
        "this is no pack; a scorecard has `card:`, rules of law `pack:`, categories `categories:`; "
        "alerts are checked by `voicebot alerts check`"
    )


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
