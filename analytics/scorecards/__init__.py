"""Scorecards: how well a contact was held, item by item, bots and people alike. README.md tells more.

for scored in score_contact(heard, measures):
    scored.card, scored.score, scored.judged, scored.outcome, scored.criteria
"""

from analytics.scorecards.cards import Card, Criterion, OnCritical, read_card, shipped_cards
from analytics.scorecards.scoring import apply_card, score_contact, unsuited
from analytics.scorecards.values import Judged, Outcome, Scored, Standing

__all__ = [
    "Card",
    "Criterion",
    "Judged",
    "OnCritical",
    "Outcome",
    "Scored",
    "Standing",
    "apply_card",
    "read_card",
    "score_contact",
    "shipped_cards",
    "unsuited",
]
