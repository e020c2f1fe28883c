"""The database of the pages: writers wait for each other, so that what one has read still holds when it writes."""

from config.web.store.migrations import SCRIPTS
from engine.store.shared import SharedDatabase


class WebDatabase(SharedDatabase):
    """Users, sessions and what they did."""

    scripts = SCRIPTS
    name = "the database of the pages"
    writers_lock = 0x77656277
