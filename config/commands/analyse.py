"""`voicebot analyse`: contacts from files, through all of speech analytics."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from analytics.conversation import AUTO
from config.settings import Settings
from engine.speech import Language

if TYPE_CHECKING:
    from analytics.pipeline.orders import Order
    from analytics.store.jobs import Progress
    from config.analysis.gathering import Gathered, Wanted

_SHOWN = 20
"""Lines of one kind; more would hide the rest."""


@click.command()
@click.argument("paths", metavar="FILE|DIRECTORY|URL...", nargs=-1)
@click.option(
    "--roles",
    metavar="ROLES",
    help="Who is on which channel of recordings, where metadata does not say. Sides: left, right, mono; roles: bank "
    "(a person), bot, client. [default: left=bank,right=client,mono=client]",
)
@click.option(
    "--metadata",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV or JSON with facts about the recordings, by the column `file`: contact_id, started_at, channels, "
    "language, agent, campaign, segment, client_hash, direction, outcome, debt, due_now, currency, payday.",
)
@click.option(
    "--medium",
    type=click.Choice(["chat", "sms", "email"]),
    help="The files are CSV or JSON with written contacts: contact_id, sent_at, role, text. It holds where a row does "
    "not say its own.",
)
@click.option(
    "--language",
    type=click.Choice([*(one.value for one in Language), AUTO]),
    help="Spoken in recordings of which nothing else says it; auto is Russian or Kazakh, found out utterance by "
    "utterance. [default: the settings']",
)
@click.option("--time-zone", metavar="ZONE", help="Of times that have none, such as Asia/Almaty.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes that work at a time. [default: the settings']")
@click.option("--again", is_flag=True, help="Do all steps again, also where nothing has changed since.")
@click.option("--history", is_flag=True, help="Do all contacts that were analysed before, as new packs or models want.")
@click.option("--work", is_flag=True, help="Only work: do whatever is queued, also by other hosts, until stopped.")
@click.option("--dry-run", is_flag=True, help="Read the files and say what would be done; change nothing.")
@click.pass_obj
@click.pass_context
def analyse(
    ctx: click.Context,
    settings: Settings,
    paths: tuple[str, ...],
    roles: str | None,
    metadata: Path | None,
    medium: str | None,
    language: str | None,
    time_zone: str | None,
    workers: int | None,
    again: bool,
    history: bool,
    work: bool,
    dry_run: bool,
) -> None:
    """Analyse recordings of calls, or written contacts: words with times, measures, promises.

    Recordings are WAV, MP3, OGG, FLAC, M4A, WebM, WMA, AMR or GSM, best with each side on a channel of its own. Of a
    mono recording nobody can tell who speaks: all words count as the client's, and talk ratio, overtalk, interruptions
    and latency are not measured. Of a directory all recordings in it and below are taken.

    What was analysed before is done again only where the file, what is known of it, the model or a rule has changed;
    then only the steps that it touches. Ctrl-C or a crash loses nothing: the same command goes on. A file that cannot
    be used is set aside with the reason, and the others are done all the same; the exit code is 1 then.

    With a PostgreSQL that several hosts share, each may add workers by --work; they take up what any host queues.

    `voicebot contacts show` shows what was found. `voicebot serve` analyses its own calls by itself.

    \b
    Examples:
      voicebot analyse recordings/ --metadata calls.csv
      voicebot analyse a.mp3 b.wav --roles left=client,right=bank --language kk
      voicebot analyse chats.csv --medium chat --time-zone Asia/Almaty
      voicebot analyse s3://calls/2026/11/ --metadata calls.csv
      voicebot analyse recordings/ --dry-run
      voicebot analyse --history                    after a new model or pack
      voicebot analyse --work --workers 4           on another host of the same PostgreSQL
    """
    from analytics.store.jobs import JobState
    from config.analysis import running
    from config.analysis.gathering import Gathered, gather
    from config.cli import quieten

    if bool(paths) + history + work != 1:
        raise click.UsageError("name files or directories, or give --history or --work alone")
    if work:
        from config.analysis.beside import work_until_stopped

        work_until_stopped(settings, workers or settings.analytics.workers)
        return
    if medium and (roles or metadata):
        raise click.UsageError("--roles and --metadata are of recordings; leave out --medium, or them")
    quieten()
    wanted = _wanted(settings, roles, metadata, medium, language, time_zone)
    with ExitStack() as opened:
        if history:
            gathered, before = Gathered(), opened.enter_context(running.analysed_before(settings))
            orders, count = before.orders, before.count
        else:
            with _looking() as told:
                gathered = gather(paths, wanted, told)
            orders, count = iter(gathered.orders.values()), len(gathered.orders)
        _tell(gathered)
        orders = _counted(orders, count)
        if dry_run:
            _rehearse(settings, orders, again)
            ctx.exit(1 if gathered.refused else 0)
        run = opened.enter_context(running.opened(settings))
        queueing = run.queue(orders, again=again)
        with _progress(queueing.queued) as watch:
            run.work(workers or settings.analytics.workers, watch)
        report = run.report()
    for one in report.aside[:_SHOWN]:
        click.echo(f"Set aside: {one.reason}", err=True)
    _more(len(report.aside) - _SHOWN, "voicebot contacts aside lists them")
    for warning, files in report.warnings.items():
        others = f" and {len(files) - 1} other" + "s" * (len(files) > 2) if len(files) > 1 else ""
        click.echo(f"Warning: {files[0]}{others}: {warning}", err=True)
    done = report.progress.jobs.get(JobState.DONE, 0)
    click.echo(report.summary(done=done, already=queueing.done, refused=len(gathered.refused)))
    ctx.exit(1 if report.aside or gathered.refused else 0)


def _wanted(
    settings: Settings,
    roles: str | None,
    metadata: Path | None,
    medium: str | None,
    language: str | None,
    time_zone: str | None,
) -> "Wanted":
    from analytics.conversation import Medium
    from analytics.intake.metadata import USUAL_ROLES, parse_channel_roles
    from analytics.intake.values import Reading
    from config.analysis.gathering import Wanted
    from config.privacy import keys_given
    from engine.errors import IntakeError

    try:
        zone = ZoneInfo(time_zone or settings.analytics.time_zone)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter(f"there is no time zone {time_zone}; write it as Asia/Almaty") from None
    reading = Reading(zone=zone, medium=Medium(medium) if medium else Medium.CHAT)
    try:
        channels = parse_channel_roles(roles, reading) if roles else USUAL_ROLES
    except IntakeError as error:
        raise click.BadParameter(f"--roles: {error}") from error
    spoken, written = language or settings.analytics.language, Medium(medium) if medium else None
    return Wanted(reading, channels, spoken, written, metadata, keys_given(settings))


def _tell(gathered: "Gathered") -> None:
    for one in gathered.refused[:_SHOWN]:
        click.echo(f"Not used: {one}", err=True)
    _more(len(gathered.refused) - _SHOWN, "mend these first")
    for one in gathered.notices[:_SHOWN]:
        click.echo(f"Note: {one}", err=True)
    _more(len(gathered.notices) - _SHOWN, "")


def _more(number: int, where: str) -> None:
    if number > 0:
        click.echo(f"… and {number} more" + f"; {where}" * bool(where), err=True)


def _rehearse(settings: Settings, orders: "Iterable[tuple[Order, int]]", again: bool) -> None:
    from config.analysis import running

    count, size_bytes = 0, 0

    def counted() -> "Iterator[tuple[Order, int]]":
        nonlocal count, size_bytes
        for order, weight in orders:
            count += 1
            size_bytes += weight if order.recording else 0
            yield order, weight

    queueing = running.rehearsed(settings, counted(), again=again)
    click.echo(
        f"{count} contacts ({size_bytes / 1e6:.1f} MB of recordings): {queueing.queued} would be analysed, "
        f"{queueing.done} are done already; nothing was changed"
    )


def _counted(orders: "Iterator[tuple[Order, int]]", count: int) -> "Iterator[tuple[Order, int]]":
    """Yield orders, and show how many were taken, with the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("Queueing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield from bar.track(orders, total=count)


@contextmanager
def _looking() -> Iterator[Callable[[Path, int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("Looking at the files"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)
        yield lambda path, done, whole: bar.update(task, completed=done, total=whole)


@contextmanager
def _progress(jobs: int) -> "Iterator[Callable[[Progress], None]]":
    """Show how far the run is, by the size of what is done, with the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from analytics.store.jobs import JobState

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True, disable=not (jobs and console.is_terminal)) as bar:
        task = bar.add_task("Analysing", total=None)

        def watch(progress: "Progress") -> None:
            whole, waiting = sum(progress.weights.values()), progress.weights.get(JobState.OPEN, 0)
            ended = sum(progress.jobs.values()) - progress.open
            bar.update(task, description=f"Analysing {ended}/{jobs}", completed=whole - waiting, total=whole)

        yield watch
