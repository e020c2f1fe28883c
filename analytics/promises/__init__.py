"""Promises to pay: what the client undertook in a contact, in which words, and how sure that is."""

from analytics.promises.comparing import Compared, Difference, LivePromise, compare_live
from analytics.promises.extraction import find_promises
from analytics.promises.values import DebtFacts, Evidence, Promise, Proposer, Shown, Version

__all__ = [
    "Compared",
    "DebtFacts",
    "Difference",
    "Evidence",
    "LivePromise",
    "Promise",
    "Proposer",
    "Shown",
    "Version",
    "compare_live",
    "find_promises",
]
