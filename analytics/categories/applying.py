"""Which categories a contact is of."""

from collections.abc import Mapping
from dataclasses import dataclass

from analytics.asking import NO_MEASURES, Contact
from analytics.categories.packs import CategoryPack, shipped_categories
from analytics.evidence import Evidence
from analytics.expressions import Heard, Verdict
from analytics.measures import Measured


@dataclass(frozen=True, slots=True)
class Categorised:
    """A category of a contact.

    Args:
        category: its name.
        verdict: yes, or not heard.
        evidence: the words that show it.
        version: of the pack.
        digest: of the pack.
    """

    category: str
    verdict: Verdict
    evidence: Evidence
    version: str
    digest: str


def categorise(
    heard: Heard, measures: Mapping[str, Measured] = NO_MEASURES, pack: CategoryPack | None = None
) -> tuple[Categorised, ...]:
    """Return the categories that a contact is of, and those of which it cannot be told, in the pack's order.

    Args:
        heard: the contact.
        measures: of it.
        pack: that which ships by default.
    """
    contact = Contact(heard, measures)
    given = pack or shipped_categories()
    found = []
    for category in given.categories:
        verdict, evidence = contact.ask(category.expression)
        if verdict is not Verdict.NO:
            found.append(Categorised(category.name, verdict, evidence, given.version, given.digest))
    return tuple(found)
