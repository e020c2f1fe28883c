"""Make a database of synthetic contacts with planted effects, and the report of its last week.

python -m benchmarks.insights --contacts 3000 --out /tmp/report
"""

import os
import resource
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import click

from analytics.insights.observed import Week
from analytics.store import AnalyticsDatabase
from benchmarks.planted import ZONE, payments_csv, plant, store


@click.command()
@click.option("--contacts", default=3000, show_default=True, help="People who are called.")
@click.option("--seed", default=1, show_default=True)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="An empty folder.")
@click.option("--language", default="ru", show_default=True)
def main(contacts: int, seed: int, out: Path, language: str) -> None:
    """Write analytics.db, payments.csv and the report into a folder; print the time and memory that the report took."""
    last = Week.of(datetime.now(ZONE).date()).before(1)
    planted = plant(seed, contacts, last)
    out.mkdir(parents=True, exist_ok=True)
    (out / "payments.csv").write_text(payments_csv(planted), "utf-8")
    with AnalyticsDatabase(out / "analytics.db") as database:
        store(planted, database, datetime.now(ZONE))
    arguments = [
        "--week",
        str(last),
        "--payments",
        str(out / "payments.csv"),
        "--out",
        str(out),
        "--language",
        language,
    ]
    arguments += ["--paid-until", str(last.sunday + timedelta(days=1))]
    count = len(planted)
    begin_s = time.perf_counter()
    program = [sys.executable, "-c", "from config.cli import main; main()", "report", *arguments]
    subprocess.run(program, env=os.environ | {"VOICEBOT_PATHS__DATA_DIR": str(out)}, check=True)
    took = resource.getrusage(resource.RUSAGE_CHILDREN)
    click.echo(
        f"{count} contacts: {time.perf_counter() - begin_s:.1f} s, {took.ru_utime + took.ru_stime:.1f} s of a core, "
        f"{took.ru_maxrss / 1024:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
