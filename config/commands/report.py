"""`voicebot report`: what a week of contacts tells, as HTML and PDF."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from config.settings import Settings
from engine.accounts import Currency
from engine.speech import Language

if TYPE_CHECKING:
    from rich.progress import TaskID
    from sqlalchemy import Connection

    from analytics.insights.observed import Week
    from analytics.insights.report import Stage, Told
    from analytics.payments.reconciling import Reconciliation

_EARLIER_WEEKS = 6
"""Before those that are compared: promises that end in them were made then."""
_SHOWN = 20
"""Lines of one kind; more would hide the rest."""


@click.command()
@click.option("--week", "wanted", metavar="WEEK", help="Such as 2026-W47. [default: the last one that is over]")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("."),
    help="Folder of the files. [default: here]",
)
@click.option(
    "--payments",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV or JSON with payments, instead of those that `voicebot payments` keeps. May be given several times.",
)
@click.option(
    "--paid-until",
    metavar="DAY",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Last day of which all payments are known, such as 2026-11-22. [default: that of the latest payment]",
)
@click.option(
    "--currency",
    type=click.Choice([one.value for one in Currency]),
    default=Currency.TENGE.value,
    show_default=True,
    help="Of payments that name none.",
)
@click.option("--grace-days", type=click.IntRange(0, 31), default=1, show_default=True, help="Time for the transfer.")
@click.option("--weeks", type=click.IntRange(2, 53), default=8, show_default=True, help="How many are compared.")
@click.option(
    "--least-people", type=click.IntRange(5), default=10, show_default=True, help="Nothing is told of fewer people."
)
@click.option(
    "--sample",
    type=click.IntRange(1000),
    default=20_000,
    show_default=True,
    help="Contacts that words, findings and measures are looked at of, where there are more.",
)
@click.option(
    "--language",
    type=click.Choice([one.value for one in Language]),
    help="Of the report. [default: that of analytics in the settings]",
)
@click.pass_obj
@click.pass_context
def report(
    ctx: click.Context,
    settings: Settings,
    wanted: str | None,
    folder: Path,
    files: tuple[Path, ...],
    paid_until: datetime | None,
    currency: str,
    grace_days: int,
    weeks: int,
    least_people: int,
    sample: int,
    language: str | None,
) -> None:
    """Write the report of a week: contacts, promises and payments, what goes with kept ones, why clients do not pay.

    Two files for people, report-WEEK.html (one file, nothing from the network) and report-WEEK.pdf; and
    reasons-WEEK.json, by which the next report in the same folder calls the same reasons by the same names.

    It is made from what `voicebot analyse` and `voicebot serve` have analysed. Promises are joined with payments by
    keyed hashes of client or contract, or by account, which contacts and payments must both have; with no payment known
    they stay open. A payment that cannot be used is told with its line, and left out; the exit code is 1 then.

    Contacts, promises and payments are counted over all. Of more contacts than --sample, practice, reasons and measures
    are those of people drawn by chance, with all of their contacts; the report says so.

    \b
    Examples:
      voicebot report --out reports/
      voicebot report --payments payments.csv --out reports/
      voicebot report --week 2026-W47 --payments october.csv --payments november.csv --paid-until 2026-11-22
      voicebot report --week 2026-W47 --language kk --out reports/kk
    """
    from analytics.insights.files import known_reasons, write_report
    from analytics.insights.gathering import gather, last_whole_week
    from analytics.insights.report import Period, make_report
    from analytics.insights.wording import Wording
    from analytics.payments.reconciling import Reconciliation
    from analytics.store import payments as stored
    from config.analysis.wiring import open_database
    from config.cli import quieten
    from config.packs import rulebook_in_force
    from engine.clock import SystemClock

    quieten()
    zone, now = ZoneInfo(settings.analytics.time_zone), SystemClock().now()
    week = _week(wanted) if wanted else last_whole_week(now, zone)
    book = Reconciliation()
    faults = _read(files, zone, Currency(currency), book)
    known, rulebook = known_reasons(folder, week), rulebook_in_force(settings)
    with open_database(settings) as database, database.reading() as connection:
        _refuse_empty(connection, week, zone)
        last_paid = book.last_paid
        if not files:
            begin = datetime.combine(week.before(weeks + _EARLIER_WEEKS).monday, time(), zone)
            book.pay(stored.since(connection, begin))
            last_paid = stored.known_until(connection, now, zone)
        if paid_until is not None and (files or last_paid is not None):
            last_paid = paid_until.date()
        period = Period(week, weeks, now.astimezone(zone).date(), last_paid, grace_days, least_people)
        with _progress() as told:
            gathered = gather(
                connection, period, book, zone, now, categories=rulebook.categories, most=sample, told=told
            )
            made = make_report(gathered, period, rulebook=rulebook, known=known, told=told)
    for path in write_report(made, Wording(_language(settings, language)), folder):
        click.echo(path)
    ctx.exit(1 if faults else 0)


def _language(settings: Settings, wanted: str | None) -> Language:
    from analytics.conversation import AUTO

    spoken = settings.analytics.language
    return Language(wanted) if wanted else Language.RUSSIAN if spoken == AUTO else spoken


def _week(text: str) -> "Week":
    from analytics.insights.observed import Week

    try:
        return Week.parse(text)
    except ValueError as error:
        raise click.BadParameter(f"{error}", param_hint="--week") from error


def _refuse_empty(connection: "Connection", week: "Week", zone: ZoneInfo) -> None:
    """Say which weeks have contacts where this one has none."""
    from analytics.insights.observed import Week
    from analytics.store import contacts, periods

    begin, end = (datetime.combine(one.monday, time(), zone) for one in (week, week.before(-1)))
    if periods.count(connection, begin, end):
        return
    last = contacts.latest(connection, 1)
    if not last:
        raise click.ClickException("no contact was analysed yet; voicebot analyse does it")
    latest = Week.of(last[0].started_at.astimezone(zone).date())
    raise click.ClickException(f"no contact of {week} was analysed; the latest are of {latest}: --week {latest}")


def _read(files: tuple[Path, ...], zone: ZoneInfo, currency: Currency, book: "Reconciliation") -> bool:
    """Take the payments of all files, and return whether some could not be used; tells of these."""
    from analytics.intake.values import Reading
    from analytics.payments.reading import read_payments

    known: dict[str, int] = {}
    faults: list[str] = []
    for path in files:
        found = read_payments(path, Reading(zone=zone), currency)
        faults += found.faults
        for notice in found.notices:
            click.echo(f"Note: {notice}", err=True)
        book.pay(one for one in found.payments if one.payment_id not in known)
        for one in found.payments:
            if known.setdefault(one.payment_id, hash(one)) != hash(one):
                faults.append(f"{path}: a payment has the id of another one in an earlier file; keep one")
    for fault in faults[:_SHOWN]:
        click.echo(f"Not used: {fault}", err=True)
    if len(faults) > _SHOWN:
        click.echo(f"… and {len(faults) - _SHOWN} more; mend these first", err=True)
    return bool(faults)


_AT: Final = {
    "contacts": "Counting contacts",
    "payments": "Joining payments",
    "sample": "Looking at the sample",
    "practices": "Looking for practices",
    "reasons": "Looking for reasons",
}


@contextmanager
def _progress() -> "Iterator[Told]":
    """Show what the report is at, how far that is, and the time that is left of it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def told(stage: "Stage", done: int, whole: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_AT[stage])
            bar.update(tasks[stage], completed=done, total=whole)

        yield told
