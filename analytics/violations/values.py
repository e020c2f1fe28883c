"""What is known of a contact beside its words, and what was found against the law."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from analytics.evidence import Evidence
from analytics.measures.history import PastContact
from engine.law import Creditor, Jurisdiction, Purpose


class Severity(StrEnum):
    """How bad a violation is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Status(StrEnum):
    """Of a rule in a contact."""

    VIOLATED = "violated"
    NOT_HEARD = "not heard"
    """Recognition was too weak to tell."""
    NOT_KNOWN = "not known"
    """A fact is missing: the client's time zone, the earlier contacts, the creditor's names."""
    CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """What is known of a contact beside its words.

    Args:
        jurisdiction: whose law holds.
        zones: IANA names where the client may be, by address and by number: the strictest counts. None is not known.
        purpose: of the contact.
        creditor: who calls for the money.
        creditor_names: as they are said, in every language; none is not known.
        inbound: the client began it; None is not known.
        history: earlier contacts of the same person over all numbers and media; None is not known.
    """

    jurisdiction: Jurisdiction
    zones: tuple[ZoneInfo, ...] = ()
    purpose: Purpose = Purpose.COLLECTION
    creditor: Creditor = Creditor.BANK
    creditor_names: tuple[str, ...] = ()
    inbound: bool | None = None
    history: tuple[PastContact, ...] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule in a contact.

    Args:
        contact_id: of the contact.
        rule: its name.
        says: what it asks, in one sentence.
        article: where the law says so.
        severity: of its violation.
        status: of it.
        reason: why, where the evidence does not say it by itself.
        evidence: words with who and when, and facts.
        day: of the contact where the client is, by which the rule was in force.
        pack: that the rule is of.
        version: that the pack's author gave it.
        digest: of the pack, of the wordings that it uses and of the rows of law.
    """

    contact_id: str
    rule: str
    says: str
    article: str
    severity: Severity
    status: Status
    reason: str
    evidence: Evidence
    day: date
    pack: str
    version: str
    digest: str
