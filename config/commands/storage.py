"""`voicebot backup` and `voicebot restore`: what is kept on this machine in one file."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.settings import Settings

if TYPE_CHECKING:
    from engine.store.manifest import BackupProgress, BackupReport


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Write calls, recordings, contacts, scenario versions and users to FILE, a gzipped tar. Calls may go on meanwhile.

    FILE must not exist; it appears when it is complete and is readable by you alone. It holds personal data in clear:
    encrypt where you keep it. The key of second factors, web.key, is left out: keep it elsewhere. A PostgreSQL database
    is backed up by its own tools instead; the message says how.

    \b
    Examples:
      voicebot backup calls.tar.gz
      voicebot backup /backup/calls-$(date +%F).tar.gz
    """
    from engine.store import backup as archive

    with _progress("Backing up") as progress:
        report = archive.backup(
            settings.database_url,
            settings.paths.recordings_dir,
            file,
            contacts=settings.paths.data_dir / "analytics.db",
            pages=settings.paths.data_dir / "web.db",
            scenarios=settings.scenarios_dir,
            progress=progress,
        )
    click.echo(f"{file}: {_contents(report)}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--into", type=click.Path(path_type=Path), help="Folder to restore into: a new or an empty one.")
@click.option("--dry-run", is_flag=True, help="Unpack and verify everything beside the folder, then throw it away.")
def restore(file: Path, into: Path | None, dry_run: bool) -> None:
    """Verify FILE, which `voicebot backup` wrote, and unpack it into a new folder. Nothing is ever overwritten.

    The folder is then used by setting paths.data_dir to it. Calls that were live in the moment of the backup are closed
    as interrupted by the next start. Second factors need the web.key, or VOICEBOT_WEB__KEY, that was there.

    \b
    Examples:
      voicebot restore calls.tar.gz --dry-run
      voicebot restore calls.tar.gz --into /var/lib/voicebot-restored
      VOICEBOT_PATHS__DATA_DIR=/var/lib/voicebot-restored voicebot serve
    """
    from engine.store import restoring as archive

    if dry_run:
        with (
            tempfile.TemporaryDirectory(dir=(into or file).absolute().parent) as workplace,
            _progress("Verifying") as progress,
        ):
            report = archive.restore(file, Path(workplace, "verified"), progress=progress)
        click.echo(f"{file}: in order, {_contents(report)}; nothing was restored")
        return
    if into is None:
        raise click.UsageError("name the folder to restore into with --into, or verify the file with --dry-run")
    with _progress("Restoring") as progress:
        report = archive.restore(file, into, progress=progress)
    click.echo(f"{into}: {_contents(report)}")
    click.echo(f"To use it, set paths.data_dir to {into.absolute()}")


def _contents(report: "BackupReport") -> str:
    parts = [f"calls: {report.calls}", f"recordings: {report.recordings}"]
    parts += [f"files of scenario versions: {report.scenario_files}"] if report.scenario_files else []
    parts += ["what analytics found"] if report.contacts else []
    parts += ["users of the pages"] if report.pages else []
    return f"{', '.join(parts)}, as of {report.created_at:%Y-%m-%d %H:%M:%S %Z}, {report.data_bytes / 1e6:.1f} MB"


@contextmanager
def _progress(title: str) -> Iterator[Callable[["BackupProgress"], None]]:
    """Show a bar on stderr, where it is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda state: bar.update(task, completed=state.done_bytes, total=state.total_bytes)
