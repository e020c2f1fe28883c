"""The database of analytics: any number of workers, each with short transactions."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import select

from analytics.alerts.schema import metadata as of_alerts
from analytics.search.index import lies_in_clear, rebuild
from analytics.search.schema import metadata as of_search
from analytics.store.migrations import SCRIPTS
from analytics.store.schema import contacts
from analytics.store.schema import metadata as of_contacts
from engine.errors import ConfigurationError
from engine.sealing import Keyring
from engine.sealing.columns import use_keys
from engine.store.connection import database_url, write_anew
from engine.store.resealing import reseal
from engine.store.shared import SharedDatabase


class AnalyticsDatabase(SharedDatabase):
    """Contacts, what was made of them, and the jobs that make it.

    Args:
        location: database URL with its password, or path of an SQLite file, which is made for its owner alone.
        keys: with which transcripts, results and orders are sealed; None keeps them in clear.

    Raises:
        ConfigurationError: what PostgreSQL needs is not installed.
        SettingsError: the location is no database URL.
        StoreError: it cannot be opened, or is newer than the program.
    """

    scripts = SCRIPTS
    name = "the database of analytics"
    setting = "analytics.database"

    def __init__(self, location: str | Path, keys: Keyring | None = None) -> None:
        url = database_url(location, setting=self.setting)
        if url.get_backend_name() == "postgresql" and find_spec("procrastinate") is None:
            raise ConfigurationError(
                f"{self.setting} names PostgreSQL, but procrastinate is missing: "
                "pip install 'collection-voicebot[postgresql]'"
            )
        super().__init__(location)
        use_keys(self._engine, keys)

    def check_keys(self) -> None:
        """Make sure that what was stored last can be read.

        Raises:
            SealBroken: its key is not given.
            StoreError: the database cannot be read.
        """
        with self.reading() as connection:
            connection.execute(select(contacts.c.order).order_by(contacts.c.started_at.desc()).limit(1)).all()

    def reseal(self) -> Iterator[int]:
        """Seal with the newest key what is in clear or under an older one; yield how many rows, page by page.

        A search index whose words lie in clear is made anew, veiled.

        Raises:
            StoreError: the database cannot be read or written.
            SealBroken: a value cannot be opened; the pages before it are done.
        """
        yield from reseal(self._engine, of_contacts, of_alerts, of_search)
        with self.writing() as connection:
            if lies_in_clear(connection):
                rebuild(connection)
        write_anew(self._engine)

    @property
    def conninfo(self) -> str | None:
        """How psycopg connects to it, with its password; None of SQLite."""
        url = self._engine.url
        if url.get_backend_name() != "postgresql":
            return None
        return url.set(drivername="postgresql").render_as_string(hide_password=False)
