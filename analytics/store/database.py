"""The database of analytics: any number of workers, each with short transactions."""

from pathlib import Path

from analytics.store.migrations import SCRIPTS
from engine.sealing import Keyring
from engine.sealing.columns import use_keys
from engine.store.shared import SharedDatabase


class AnalyticsDatabase(SharedDatabase):
    """Contacts, what was made of them, and the jobs that make it.

    Args:
        location: database URL with its password, or path of an SQLite file, which is made for its owner alone.
        keys: with which transcripts, results and orders are sealed; None keeps them in clear.

    Raises:
        SettingsError: the location is no database URL.
        StoreError: it cannot be opened, or is newer than the program.
    """

    scripts = SCRIPTS
    name = "the database of analytics"
    setting = "analytics.database"

    def __init__(self, location: str | Path, keys: Keyring | None = None) -> None:
        super().__init__(location)
        use_keys(self._engine, keys)
