"""What analytics keeps: contacts, transcripts, results and jobs, on SQLite and PostgreSQL alike."""

from analytics.store.database import AnalyticsDatabase

__all__ = ["AnalyticsDatabase"]
