"""One run of `voicebot analyse`: queued, worked off by a crew, and told."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from secrets import token_hex

from sqlalchemy import make_url

from analytics.pipeline.orders import Order
from analytics.pipeline.running import Pipeline
from analytics.store import AnalyticsDatabase, contacts, jobs
from analytics.store.jobs import NewJob, Progress, Queueing, SetAside
from config.analysis.crew import Crew
from config.analysis.wiring import make_copies, make_pipeline, open_for_work
from config.children import environment
from config.settings import Settings
from engine.clock import SystemClock

_PAGE = 500


@dataclass(frozen=True, slots=True)
class RunReport:
    """What came of a run.

    Args:
        progress: at its end.
        aside: what could not be analysed.
        warnings: of contacts that were, each with the files that it is about.
        contacts: that were.
        seconds: of them.
        promises: that were found in them.
        took_s: the run.
    """

    progress: Progress
    aside: tuple[SetAside, ...]
    warnings: Mapping[str, Sequence[str]]
    contacts: int
    seconds: float
    promises: int
    took_s: float

    def summary(self, *, done: int, already: int, refused: int) -> str:
        """Return it in a line.

        Args:
            done: contacts that were analysed.
            already: that needed nothing.
            refused: files and rows that could not be used.
        """
        parts = [f"{done} analysed"]
        parts += [f"{already} done before"] if already else []
        parts += [f"{len(self.aside)} set aside"] if self.aside else []
        parts += [f"{refused} not used"] if refused else []
        text = f"Contacts: {', '.join(parts)}"
        if done:
            length, took = (str(timedelta(seconds=round(seconds))) for seconds in (self.seconds, self.took_s))
            text += f"; {length} of contacts in {took}; promises: {self.promises}"
        return text


class Run:
    """A run.

    Args:
        settings: of the product.
        database: of analytics.
        pipeline: tells what a contact's analysis is made from.
    """

    def __init__(self, settings: Settings, database: AnalyticsDatabase, pipeline: Pipeline) -> None:
        self._settings = settings
        self._database = database
        self._pipeline = pipeline
        self._copies = make_copies(settings)
        self._clock = SystemClock()
        self._began_s = time.monotonic()
        self.name = f"{self._clock.now():%Y%m%dT%H%M%S}-{token_hex(3)}"

    def queue(self, orders: Iterable[tuple[Order, int]], *, again: bool) -> Queueing:
        """Queue contacts with the weight of each.

        Raises:
            ModelMissing: there is no recogniser for one of them.
            AudioError: a recording changed since it was looked at.
            StoreError: the database, or the place of shared recordings, cannot be written.
        """
        queued = done = 0
        rest = iter(orders)
        while page := list(islice(rest, _PAGE)):
            wanted = [
                NewJob(self._copies.keep(order), self._pipeline.digests(order).fingerprint, weight)
                for order, weight in page
            ]
            with self._database.writing() as connection:
                found = jobs.queue(connection, wanted, self.name, self._clock.now(), anew=again)
            queued, done = queued + found.queued, done + found.done
        return Queueing(queued, done)

    def work(self, workers: int, told: Callable[[Progress], None]) -> None:
        """Work the run off.

        Raises:
            ConfigurationError: the workers cannot work with these settings.
            VoicebotError: they die one after the other.
            StoreError: the database cannot be read.
        """
        level = logging.getLevelName(logging.getLogger().level).lower()
        variables = dict(environment(self._settings)) | {"VOICEBOT_LOG__LEVEL": level}
        Crew(self._database, self.name, workers, variables).work(told)

    def report(self) -> RunReport:
        """Return what came of it.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._database.reading() as connection:
            total = contacts.totals(connection, self.name)
            return RunReport(
                jobs.progress(connection, self.name),
                jobs.aside(connection, self.name),
                *(total.warnings, total.contacts, total.seconds, total.promises),
                time.monotonic() - self._began_s,
            )


@contextmanager
def opened(settings: Settings) -> Iterator[Run]:
    """Open a new run.

    Raises:
        StoreError: the database cannot be opened.
    """
    with open_for_work(settings) as database:
        yield Run(settings, database, make_pipeline(settings))


@dataclass(frozen=True, slots=True)
class Before:
    """All contacts that were analysed before, to be analysed anew where something has changed.

    Args:
        count: of them.
        orders: with the weight of each, read as they are wanted.
    """

    count: int
    orders: Iterator[tuple[Order, int]]


@contextmanager
def analysed_before(settings: Settings) -> Iterator[Before]:
    """Give all contacts that were analysed before; none of them is held here.

    Raises:
        StoreError: the database cannot be read.
    """
    with open_for_work(settings) as database, database.reading() as connection:
        yield Before(contacts.count(connection), ((order, 1) for order in contacts.orders(connection)))


class _Rehearsed(Exception):
    """Nothing of it is to be kept."""


def rehearsed(settings: Settings, orders: Iterable[tuple[Order, int]], *, again: bool) -> Queueing:
    """Return what would be queued; nothing is changed, and no database made.

    Raises:
        ModelMissing: there is no recogniser for one of them.
        StoreError: the database cannot be read.
    """
    url = make_url(settings.analytics_database_url)
    pipeline = make_pipeline(settings)
    news = (NewJob(order, pipeline.digests(order).fingerprint) for order, _ in orders)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        return Queueing(queued=sum(1 for _ in news))
    queued = done = 0
    with open_for_work(settings) as database:
        while page := list(islice(news, _PAGE)):
            found = Queueing()
            with suppress(_Rehearsed), database.writing() as connection:
                found = jobs.queue(connection, page, "rehearsal", SystemClock().now(), anew=again)
                raise _Rehearsed
            queued, done = queued + found.queued, done + found.done
    return Queueing(queued, done)
