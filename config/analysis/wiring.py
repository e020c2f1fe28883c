"""The database and the pipeline of analytics, as the settings want them."""

from functools import partial
from zoneinfo import ZoneInfo

from analytics.pipeline.copies import RecordingCopies
from analytics.pipeline.running import Pipeline
from analytics.pipeline.usual import Judging, usual_steps
from analytics.store import AnalyticsDatabase
from asr.decoding import decode_untrusted
from config.alerting import alert_steps
from config.analysis.listening import SettingsListeners
from config.packs import rulebook_in_force
from config.privacy import keys_given
from config.settings import Settings
from engine.clock import SystemClock
from engine.errors import SealBroken, SettingsError


def open_database(settings: Settings) -> AnalyticsDatabase:
    """Open the database of analytics, bringing its schema up to date.

    Raises:
        SettingsError: `analytics.database` is no database URL, or a key of `privacy.keys` is wrong.
        StoreError: it cannot be opened.
    """
    return AnalyticsDatabase(settings.analytics_database_url, keys_given(settings))


def open_for_work(settings: Settings) -> AnalyticsDatabase:
    """Open the database of analytics to store contacts in it, as `open_database`.

    Raises:
        SettingsError: what it holds is sealed, and the key is not among `privacy.keys`: it would go on in clear.
    """
    database = open_database(settings)
    try:
        database.check_keys()
    except SealBroken as error:
        database.close()
        raise SettingsError(f"the database of analytics: {error}") from error
    return database


def make_copies(settings: Settings) -> RecordingCopies:
    """Return where recordings are copied for workers of other hosts, and fetched from.

    Raises:
        SettingsError: a key of `privacy.keys` is wrong.
    """
    return RecordingCopies(settings.analytics.recordings, keys_given(settings))


def make_pipeline(settings: Settings) -> Pipeline:
    """Return the pipeline; it loads recognisers when it first needs them.

    Raises:
        PackError: the pack of alerts, or one of the bank's own packs, is wrong.
        SettingsError: a key of `privacy.keys` is wrong.
    """
    zone = ZoneInfo(settings.analytics.time_zone)
    said = settings.analytics
    book = rulebook_in_force(settings)
    judging = Judging(said.jurisdiction, settings.privacy.creditor, zone, said.creditor_names, book)
    steps = (*usual_steps(judging), *alert_steps(settings, book.categories, SystemClock()))
    decode = partial(decode_untrusted, keys=keys_given(settings))
    return Pipeline(decode, SettingsListeners(settings), steps, zone, make_copies(settings))
