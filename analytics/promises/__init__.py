"""Promises to pay: what the client undertook in a contact, in which words, and how sure that is."""

from analytics.promises.extraction import find_promises
from analytics.promises.values import DebtFacts, Evidence, Promise, Proposer, Shown, Version

__all__ = ["DebtFacts", "Evidence", "Promise", "Proposer", "Shown", "Version", "find_promises"]
