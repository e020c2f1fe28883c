"""What the law asks of contacts, row by row, dated; and the holidays of the countries it is of.

Whoever applies it says what a row means for him: `dialogs.proofs` for scenarios, `analytics.violations` for contacts.
"""

from engine.law.calendars import is_holiday
from engine.law.provisions import (
    Certainty,
    Channel,
    Counter,
    Creditor,
    Hours,
    Jurisdiction,
    Keeping,
    Limit,
    Period,
    Provision,
    Purpose,
    Record,
    Status,
    provision,
    provisions,
)

__all__ = [
    "Certainty",
    "Channel",
    "Counter",
    "Creditor",
    "Hours",
    "Jurisdiction",
    "Keeping",
    "Limit",
    "Period",
    "Provision",
    "Purpose",
    "Record",
    "Status",
    "is_holiday",
    "provision",
    "provisions",
]
