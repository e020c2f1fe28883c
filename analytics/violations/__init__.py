"""Violations of law in a contact, by the rules of its day. README.md tells more.

for found in find_violations(heard, measures, ContactFacts(Jurisdiction.KAZAKHSTAN, zones=("Asia/Almaty",))):
    found.rule, found.article, found.status, found.evidence
"""

from analytics.violations.finding import find_violations
from analytics.violations.rules import Check, Rule, RulePack, read_rules, shipped_rules
from analytics.violations.values import ContactFacts, Finding, Severity, Status

__all__ = [
    "Check",
    "ContactFacts",
    "Finding",
    "Rule",
    "RulePack",
    "Severity",
    "Status",
    "find_violations",
    "read_rules",
    "shipped_rules",
]
