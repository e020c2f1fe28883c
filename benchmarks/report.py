"""What functions over all contacts take, by how many contacts there are: the weekly report, retention, history.

``python -m benchmarks.report FOLDER --contacts 35000 140000 280000`` fills a database on SQLite in a folder, or goes on
filling the one that is there, and at each size runs the commands that go through all contacts, each in a process of its
own, whose time and greatest memory are noted. Contacts are those of `benchmarks.planted`, put through all steps of the
pipeline; what goes beyond them are copies of their rows under ids, clients and payments of their own. It writes
``results/report.json``.
"""

import argparse
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from analytics.insights.observed import Week
from analytics.pipeline.orders import Order
from analytics.pipeline.running import Pipeline
from analytics.pipeline.usual import Judging, usual_steps
from analytics.store import AnalyticsDatabase, contacts, payments
from benchmarks.planted import ZONE, Planted, plant
from benchmarks.word_errors import save
from engine.law import Creditor, Jurisdiction

LAST: Final = Week(2026, 47)
BASE: Final = 1500
"""People whose contacts go through the pipeline; the others are copies."""
NOW: Final = datetime(2026, 11, 24, tzinfo=UTC)
_COPY: Final = (
    "INSERT INTO analytics_contacts SELECT contact_id || '-' || number, medium, started_at, utc_offset_s, duration_s, "
    "json_set(attributes, '$.client_hash', json_extract(attributes, '$.client_hash') || '-' || number), "
    "json_set(\"order\", '$.contact_id', contact_id || '-' || number), warnings, stored_at, person || '-' || number, "
    "reached{more} FROM analytics_contacts, numbers WHERE contact_id = :id",
    "INSERT INTO analytics_transcripts SELECT contact_id || '-' || number, version, digest, utterances, stored_at "
    "FROM analytics_transcripts, numbers WHERE contact_id = :id",
    "INSERT INTO analytics_results SELECT contact_id || '-' || number, step, version, digest, document, stored_at "
    "FROM analytics_results, numbers WHERE contact_id = :id",
    "INSERT INTO analytics_payments SELECT payment_id || '-' || number, client || '-' || number, contract, paid_at, "
    "utc_offset_s, timed, minor, currency, stored_at FROM analytics_payments, numbers WHERE payment_id = 'pay-' || :id",
)


def commands(folder: Path, sample: int) -> dict[str, list[str]]:
    """Return what is measured, by name."""
    week = ["--week", str(LAST), "--paid-until", str(LAST.before(-1).monday), "--sample", str(sample)]
    return {
        "report": ["report", *week, "--out", str(folder)],
        "retention due": ["retention", "due"],
        "analyse --history --dry-run": ["analyse", "--history", "--dry-run"],
        "reviews list": ["reviews", "list"],
        "payments list": ["payments", "list"],
        "contacts list": ["contacts", "list"],
    }


class _NoListeners:
    """Words of planted contacts are known."""

    def version(self, language: str) -> str:
        raise AssertionError(language)

    listener = version


def fill(database: AnalyticsDatabase, path: Path, wanted: int) -> None:
    """Let the database have so many contacts at least.

    Args:
        database: with the first ones, or none.
        path: of its file.
        wanted: how many.
    """
    planted = plant(3, BASE, LAST)
    with database.reading() as connection:
        there = contacts.latest(connection, 1)
    if not there:
        _analyse(planted, database)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        (count,) = connection.execute("SELECT count(*) FROM analytics_contacts").fetchone()
        copies = range(count // len(planted), -(-wanted // len(planted)))
        connection.execute("CREATE TEMP TABLE numbers (number INTEGER)")
        connection.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in copies])
        columns = [row[1] for row in connection.execute("PRAGMA table_info(analytics_contacts)")]
        more = "".join(f", {name}" for name in columns[columns.index("reached") + 1 :])
        for one in sorted(planted, key=lambda one: one.conversation.started_at):  # as they would have come
            for copy in _COPY:
                connection.execute(copy.format(more=more), {"id": one.conversation.contact_id})
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _analyse(planted: Sequence[Planted], database: AnalyticsDatabase) -> None:
    """Put contacts through all steps, as the worker does, and store them with their payments."""
    judging = Judging(Jurisdiction.KAZAKHSTAN, Creditor.BANK, ZoneInfo(ZONE.key))
    pipeline = Pipeline(_unread, _NoListeners(), usual_steps(judging))
    with database.writing() as connection:
        for one in planted:
            said = one.conversation
            order = Order(
                *(said.contact_id, said.medium, said.started_at, "ru", said.attributes),
                **{"known": said.utterances, "duration_s": said.duration_s},
            )
            contact, found = pipeline.run(order)
            contacts.save(connection, order, found, NOW)
            for step in pipeline.steps:
                if step.keep is not None:
                    step.keep(connection, contact)
        payments.add(connection, [payment for one in planted for payment in one.payments], NOW)


def _unread(path: Path) -> Any:
    raise AssertionError(f"{path}: planted contacts have no recordings")


def taken_by(arguments: Sequence[str], folder: Path) -> dict[str, float]:
    """Run the program, and return its seconds by the wall and of a core, and its greatest memory in MB."""
    log = (folder / "log.txt").open("ab")
    variables = os.environ | {"VOICEBOT_PATHS__DATA_DIR": str(folder)}
    program = [sys.executable, "-c", "from config.cli import main; main()", *arguments]
    began_s = time.perf_counter()
    with log:
        actions = [(os.POSIX_SPAWN_DUP2, log.fileno(), 1), (os.POSIX_SPAWN_DUP2, log.fileno(), 2)]
        child = os.posix_spawn(sys.executable, program, variables, file_actions=actions)
        _, status, used = os.wait4(child, 0)
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed: {folder / 'log.txt'} says why")
    return {
        "seconds": round(time.perf_counter() - began_s, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def slopes(sizes: Sequence[dict[str, Any]]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield what each further contact costs a command between the two largest sizes."""
    fewer, more = list(pairwise(sizes))[-1]
    count = more["contacts"] - fewer["contacts"]
    for name, now in more["commands"].items():
        before = fewer["commands"][name]
        yield (
            name,
            {
                "bytes_a_contact": round((now["peak_mb"] - before["peak_mb"]) * 2**20 / count, 1),
                "cpu_us_a_contact": round((now["cpu_s"] - before["cpu_s"]) * 1e6 / count, 1),
            },
        )


def main() -> None:
    """Fill, measure and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--contacts", type=int, nargs="+", default=[35_000, 140_000, 280_000], help="ascending")
    parser.add_argument("--sample", type=int, default=20_000, help="of the report")
    parser.add_argument("--only", nargs="+", help="such commands; written to results/report-280k.json and so on")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / "analytics.db"
    sizes = []
    for wanted in options.contacts:
        with AnalyticsDatabase(path) as database:
            fill(database, path, wanted)
        with closing(sqlite3.connect(path)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM analytics_contacts").fetchone()
        known = commands(options.folder, options.sample)
        names = options.only or list(known)
        took = {name: taken_by(known[name], options.folder) for name in names}
        sizes.append({"contacts": count, "database_mb": round(path.stat().st_size / 2**20), "commands": took})
        print(sizes[-1], flush=True)  # noqa: T201
    name = f"report-{round(sizes[-1]['contacts'] / 1000)}k" if options.only else "report"
    save(name, "benchmarks.report", {"sizes": sizes, "slopes": dict(slopes(sizes)) if len(sizes) > 1 else {}})


if __name__ == "__main__":
    main()
