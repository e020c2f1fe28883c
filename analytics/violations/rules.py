"""Packs of rules as YAML files (``data/*.yaml``), read strictly; dates and figures come from `engine.law`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from analytics.categories import CategoryPack, shipped_categories
from analytics.conversation import Role
from analytics.expressions import Expression
from analytics.expressions.mends import nearest
from analytics.packs import Entry, PackFile, digest_of, read_file, shipped_in
from analytics.violations.values import Severity
from engine.law import Certainty, Creditor, Jurisdiction, Provision, Purpose, Status, provisions


class Check(StrEnum):
    """What no expression can tell."""

    HOURS = "hours"
    """The contact is within the provision's hours, where the client is."""
    FREQUENCY = "frequency"
    """It is within the provision's limits of contacts."""
    CREDITOR_NAMED = "creditor_named"
    """The creditor is named, in a call at its beginning."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for in contacts.

    Args:
        name: unique in its pack.
        says: what it asks, in one sentence.
        severity: of its violation.
        law: the row that it rests on: article, days between which it is in force, whom it binds, figures.
        expression: None of a check.
        forbids: violated where the expression holds, rather than where it does not.
        check: None of an expression.
        when: it applies only where this holds; None for always.
        by: it applies only where this side speaks; None for whoever speaks for the bank.
    """

    name: str
    says: str
    severity: Severity
    law: Provision
    expression: Expression | None
    forbids: bool
    check: Check | None
    when: Expression | None
    by: Role | None


@dataclass(frozen=True, slots=True)
class RulePack:
    """The rules of one country.

    Args:
        name: of it.
        version: that its author gave it.
        digest: of it, of the wordings that it may use and of the rows of law.
        jurisdiction: whose law it is.
        rules: in the order of the file.
    """

    name: str
    version: str
    digest: str
    jurisdiction: Jurisdiction
    rules: tuple[Rule, ...]


@cache
def shipped_rules() -> tuple[RulePack, ...]:
    """Return the packs that ship with the product, by name."""
    found = (read_rules(file) for file in shipped_in("analytics.violations"))
    return tuple(sorted(found, key=lambda pack: pack.name))


def read_rules(source: Traversable | Path, categories: CategoryPack | None = None) -> RulePack:
    """Read a pack.

    Args:
        source: the file.
        categories: whose names its expressions may use; those that ship by default.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    return rules_of(read_file(source), categories or shipped_categories())


def rules_of(pack: PackFile, known: CategoryPack) -> RulePack:
    """Return the rules that are written in a file.

    Args:
        pack: the file.
        known: whose names its expressions may use.

    Raises:
        PackError: it is wrong; the message names file, line, column and the mend.
    """
    fields = pack.root.fields(("pack", "version", "jurisdiction", "rules"), ("review",))
    jurisdiction = fields["jurisdiction"].choice(Jurisdiction)
    rules: dict[str, Rule] = {}
    for item in fields["rules"].items():
        rule = _rule(item, known.named, jurisdiction)
        if rule.name in rules:
            item.fail(f"`{rule.name}` stands twice; take another name")
        rules[rule.name] = rule
    law = repr(sorted(provisions().items()))
    digest = digest_of(pack.digest, known.digest, law)
    return RulePack(fields["pack"].name(), fields["version"].string(), digest, jurisdiction, tuple(rules.values()))


def _rule(item: Entry, named: Mapping[str, Expression], jurisdiction: Jurisdiction) -> Rule:
    fields = item.fields(
        ("rule", "says", "severity"),
        ("law", "article", "from", "until", "purposes", "wants", "forbids", "check", "when", "by"),
    )
    name = fields["rule"].name()
    asked = sorted({"wants", "forbids", "check"} & fields.keys())
    if len(asked) != 1:
        item.fail(f"`{name}` needs one of `wants:`, `forbids:` and `check:`")
    law = _law(item, fields, name, jurisdiction)
    check = fields["check"].choice(Check) if "check" in fields else None
    if (check is Check.HOURS and law.hours is None) or (check is Check.FREQUENCY and not law.limits):
        fields["check"].fail(f"{law.name} sets no {'hours' if check is Check.HOURS else 'limits'}; name another `law:`")
    return Rule(
        name,
        fields["says"].string(),
        fields["severity"].choice(Severity),
        law,
        None if check else fields[asked[0]].wording(named),
        "forbids" in fields,
        check,
        fields["when"].expression(named) if "when" in fields else None,
        fields["by"].banks_side() if "by" in fields else None,
    )


def _law(item: Entry, fields: Mapping[str, Entry], name: str, jurisdiction: Jurisdiction) -> Provision:
    """Return the row of law that a rule names, or one of its own that it describes: a bank's code of conduct."""
    own = {"article", "from", "until", "purposes"} & fields.keys()
    if "law" not in fields:
        if not {"article", "from"} <= own:
            item.fail(f"`{name}` needs `law:`, a row of engine/law, or its own `article:` and `from:`")
        first = fields["from"].day()
        last: date | None = fields["until"].day() if "until" in fields else None
        if last is not None and last < first:
            fields["until"].fail("it ends before it begins; `until:` is its last day")
        named = fields["purposes"].items() if "purposes" in fields else ()
        purposes = tuple(one.choice(Purpose) for one in named) or tuple(Purpose)
        article, says = fields["article"].string(), fields["says"].string()
        own_rule = (Status.IN_FORCE, Certainty.HIGH, article, says)
        return Provision(name, jurisdiction, purposes, tuple(Creditor), first, last, *own_rule)
    if own:
        fields[sorted(own)[0]].fail("the row of law has this already; leave it out, or leave `law:` out")
    law = provisions().get(fields["law"].name())
    if law is None:
        fields["law"].fail(f"there is no such row of law; {nearest(fields['law'].name(), provisions())}")
    if law.jurisdiction is not jurisdiction:
        fields["law"].fail(f"{law.name} is law of {law.jurisdiction}, and this pack is of {jurisdiction}")
    return law
