"""The dictionary of Russian forms, read once for all parts of analytics."""

from functools import cache

import pymorphy3


@cache
def dictionary() -> pymorphy3.MorphAnalyzer:
    """Return the dictionary, read at first use: a quarter of a second, 25 MB."""
    return pymorphy3.MorphAnalyzer()
