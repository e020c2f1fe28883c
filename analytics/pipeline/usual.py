"""The steps that ship with the product, each a call of its part of analytics."""

from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from analytics.categories import categorise
from analytics.documents import as_document, from_document
from analytics.measures import measure
from analytics.packs import digest_of
from analytics.pipeline.contact import Contact, Document
from analytics.pipeline.steps import Step, version_of
from analytics.promises import Compared, compare_live, find_promises
from analytics.redaction import redact
from analytics.rulebook import Rulebook, shipped_rulebook
from analytics.scorecards import score_contact
from analytics.search import Indexed, put
from analytics.store import reviews
from analytics.violations import ContactFacts, find_violations
from engine.law import Creditor, Jurisdiction

_COMMON: Final = ("analytics.spans", "analytics.response", "analytics.conversation", "engine.folding")
_PACKS: Final = ("analytics.packs", "analytics.rulebook", "analytics.categories")
_ASKING: Final = (*_COMMON, "analytics.expressions", "analytics.asking", *_PACKS)


@dataclass(frozen=True, slots=True)
class Judging:
    """What contacts are judged by, what law is asked, and where clients are.

    Args:
        jurisdiction: whose law holds.
        creditor: who calls for the money.
        zone: of clients of whom nobody tells another.
        creditor_names: as they are said, in every language.
        rulebook: categories, scorecards and rules; those that ship by default.
    """

    jurisdiction: Jurisdiction
    creditor: Creditor
    zone: ZoneInfo
    creditor_names: tuple[str, ...] = ()
    rulebook: Rulebook = field(default_factory=shipped_rulebook)


def usual_steps(judging: Judging) -> tuple[Step, ...]:
    """Return all steps in their order."""
    book = judging.rulebook

    def categories(contact: Contact) -> Document:
        return as_document(categorise(contact.heard, contact.measured, book.categories))

    def scorecards(contact: Contact) -> Document:
        return as_document(score_contact(contact.heard, contact.measured, book.cards, contact.promises))

    def violations(contact: Contact) -> Document:
        return as_document(find_violations(contact.heard, contact.measured, _facts(contact, judging), book.rules))

    cards = digest_of(*(card.digest for card in book.cards))
    rules = digest_of(*(pack.digest for pack in book.rules))
    law = ", ".join((rules, judging.jurisdiction, judging.creditor, judging.zone.key, *judging.creditor_names))
    return (
        Step("measures", version_of(*_COMMON, "analytics.measures"), _measures),
        Step("promises", version_of(*_COMMON, "analytics.promises", "engine.spoken"), _promises),
        Step("live_promises", version_of("analytics.promises.comparing"), _live, ("promises",), _review),
        Step("categories", f"{version_of(*_ASKING)} {book.categories.digest}", categories, ("measures",)),
        Step(
            "scorecards",
            f"{version_of(*_ASKING, 'analytics.scorecards')} {cards}",
            scorecards,
            ("measures", "promises"),
        ),
        Step(
            "violations",
            f"{version_of(*_ASKING, 'analytics.violations', 'engine.law')} {law}",
            violations,
            ("measures",),
        ),
        Step("redaction", version_of(*_COMMON, "analytics.redaction", "engine.spoken"), _redaction),
        Step("search", version_of("analytics.search"), _searchable, ("measures", "redaction"), _index),
    )


def _measures(contact: Contact) -> Document:
    return as_document(dict(measure(contact.conversation, audio=contact.audio or None)))


def _promises(contact: Contact) -> Document:
    return as_document(find_promises(contact.conversation, contact.debt))


def _live(contact: Contact) -> Document:
    return as_document(compare_live(contact.conversation, contact.debt, contact.promises))


def _review(connection: Connection, contact: Contact) -> None:
    compared = from_document(tuple[Compared, ...], contact.documents["live_promises"])
    reviews.queue(connection, contact.conversation.contact_id, contact.conversation.started_at, compared)


def _facts(contact: Contact, judging: Judging) -> ContactFacts:
    direction = contact.conversation.attributes.get("direction")
    inbound = None if direction is None else direction == "inbound"
    return ContactFacts(
        judging.jurisdiction,
        (judging.zone,),
        creditor=judging.creditor,
        creditor_names=judging.creditor_names,
        inbound=inbound,
        history=contact.history,
    )


def _redaction(contact: Contact) -> Document:
    return as_document(redact(contact.conversation, contact.people).spans)


def _searchable(contact: Contact) -> Document:
    return {}  # all of it is in the index's own tables


def _index(connection: Connection, contact: Contact) -> None:
    put(connection, Indexed(contact.shown, contact.values))
