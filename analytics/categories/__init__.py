"""Named expressions: what contacts are about, and wordings that scorecards and violations share. README.md tells more.

for found in categorise(heard, measures):
    found.category, found.verdict, found.evidence.quotes
"""

from analytics.categories.applying import Categorised, categorise
from analytics.categories.packs import Category, CategoryPack, read_categories, shipped_categories

__all__ = ["Categorised", "Category", "CategoryPack", "categorise", "read_categories", "shipped_categories"]
