"""Full-text search over contacts by expressions, on SQLite and PostgreSQL alike; README.md tells how.

put(connection, Indexed(conversation, measures))
page = search(connection, Query(parse("client: оплатить NEAR/5 завтра")), limit=20)
"""

from analytics.search.documents import Indexed
from analytics.search.index import check, put, rebuild, remove
from analytics.search.searching import Count, Found, Page, Query, count, search

__all__ = [
    "Count",
    "Found",
    "Indexed",
    "Page",
    "Query",
    "check",
    "count",
    "put",
    "rebuild",
    "remove",
    "search",
]
