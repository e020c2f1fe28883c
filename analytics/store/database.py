"""The database of analytics: any number of workers, each with short transactions."""

from analytics.store.migrations import SCRIPTS
from engine.store.shared import SharedDatabase


class AnalyticsDatabase(SharedDatabase):
    """Contacts, what was made of them, and the jobs that make it."""

    scripts = SCRIPTS
    name = "the database of analytics"
    setting = "analytics.database"
