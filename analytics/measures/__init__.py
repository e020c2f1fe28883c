"""Measures of contacts: times, words, tone, voice, effort; and of all contacts of a person."""

from analytics.measures.contact import measure, tone_over_time
from analytics.measures.registry import REGISTRY, Measure, Scope, Unit
from analytics.measures.values import Evidence, Measured, Part, Side

__all__ = ["REGISTRY", "Evidence", "Measure", "Measured", "Part", "Scope", "Side", "Unit", "measure", "tone_over_time"]
