"""How long contacts are kept: what is due for deletion, what a legal hold keeps, and the proof of what was deleted."""

from analytics.retention.deleting import Deletion, delete
from analytics.retention.holds import Hold, read_holds
from analytics.retention.ledger import Ledger, LedgerEntry, LedgerReport
from analytics.retention.planning import Decision, Kept, Policy, Verdict, plan

__all__ = [
    "Decision",
    "Deletion",
    "Hold",
    "Kept",
    "Ledger",
    "LedgerEntry",
    "LedgerReport",
    "Policy",
    "Verdict",
    "delete",
    "plan",
    "read_holds",
]
