"""The engine's calls that are over become jobs: none is lost, whichever process dies between hang-up and here.

A call's end is noted late where a disk was full, and days late where an engine was down after a crash: its next
start closes the call with a time that has long passed. So the mark is no time of ends. It is the *beginning* of the
oldest call that has no end yet: whatever began before it is over, and it is queued before the mark moves.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from analytics.pipeline.running import Pipeline
from analytics.store import AnalyticsDatabase, jobs, marks
from analytics.store.jobs import NewJob
from config.analysis.calls import closed_of, order_of_call
from config.analysis.wiring import make_copies
from config.privacy import keys_given
from config.settings import Settings
from engine.calls import CallRecord, Disposition
from engine.desk import TRANSFER
from engine.errors import AudioError, ModelMissing, SealBroken, StoreError
from engine.ports import Clock
from engine.store import CallArchive

_log = logging.getLogger(__name__)

RUN: Final = "engine"
"""The run that the engine's calls belong to."""

_MARK: Final = "engine's calls"
_EVERY_S: Final = 2.0
_LATE: Final = timedelta(hours=1)
"""By so much a beginning may be noted late: while the database takes no writes, no new call is taken either."""

_SALVAGED_AFTER: Final = timedelta(minutes=1)
"""After a crash the start of the engine adds the last audio to recordings: so long an interrupted call waits to
be queued, with the digest of all of it."""

_PAGE: Final = 100


class Follower:
    """Looks for calls that are over and queues those that are not queued yet.

    Args:
        settings: of the product.
        database: of analytics.
        pipeline: tells fingerprints.
        clock: for the jobs' times.
    """

    def __init__(self, settings: Settings, database: AnalyticsDatabase, pipeline: Pipeline, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._pipeline = pipeline
        self._clock = clock
        self._zone = ZoneInfo(settings.analytics.time_zone)
        self._keys = keys_given(settings)
        self._archive: CallArchive | None = None
        self._seen: frozenset[str] = frozenset()
        self._copies = make_copies(settings)
        self._whole_at: dict[str, datetime] = {}
        self._looked_s = -_EVERY_S

    def look(self) -> None:
        """Queue what is new, if it is time to look again; a store that cannot be read is looked at later."""
        if self._clock.monotonic_s() - self._looked_s < _EVERY_S:
            return
        try:
            self.catch_up()
        except (StoreError, SealBroken) as error:
            _log.warning("the engine's calls are looked for later: %s", error)
        self._looked_s = self._clock.monotonic_s()

    def catch_up(self) -> int:
        """Queue all calls that are over and not queued yet; return how many.

        Raises:
            StoreError: a database cannot be read or written.
            SealBroken: what was said in a call is sealed, and its key is not given.
        """
        if self._archive is None:
            recordings = self._settings.paths.recordings_dir
            self._archive = CallArchive(self._settings.database_url, recordings=recordings, keys=self._keys)
        with self._database.reading() as connection:
            mark = marks.read(connection, _MARK)
        ended = self._archive.ended(None if mark is None else mark - _LATE)
        new = [call_id for call_id in ended.call_ids if call_id not in self._seen]
        queued = sum(self._queue(new[begin : begin + _PAGE]) for begin in range(0, len(new), _PAGE))
        self._seen = frozenset(ended.call_ids) - self._whole_at.keys()
        if ended.all_before is not None and ended.all_before != mark and not self._whole_at:
            with self._database.writing() as connection:
                marks.move(connection, _MARK, ended.all_before)
        return queued

    def _queue(self, call_ids: Sequence[str]) -> int:
        assert self._archive is not None, "opened by `catch_up`"
        with self._database.reading() as connection:
            known = jobs.known(connection, call_ids)
        new, now = [], self._clock.now()
        for call_id in call_ids:
            record = None if call_id in known else self._archive.record(call_id)
            if record is not None and record.opened.scenario != TRANSFER and self._is_whole(record, now):
                new.append(self._job(record))
        if new:
            with self._database.writing() as connection:
                jobs.queue(connection, new, RUN, now)
        return len(new)

    def _job(self, record: CallRecord) -> NewJob:
        order = order_of_call(record, self._zone, self._keys)
        try:
            fingerprint = self._pipeline.digests(order).fingerprint
        except ModelMissing:
            fingerprint = ""  # its worker sets it aside, and says what is missing
        try:
            order = self._copies.keep(order)
        except AudioError as error:
            _log.warning("call %s: its recording is not copied: %s", order.contact_id, error)  # its worker says why
        return NewJob(order, fingerprint, max(1, round(closed_of(record).duration_s)))

    def _is_whole(self, record: CallRecord, now: datetime) -> bool:
        """Whether a call's recording is what it will stay."""
        call_id = record.opened.call_id
        if closed_of(record).disposition is not Disposition.INTERRUPTED:
            return True
        if now < self._whole_at.setdefault(call_id, now + _SALVAGED_AFTER):
            return False
        del self._whole_at[call_id]
        return True
