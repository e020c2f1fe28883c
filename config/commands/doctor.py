"""`voicebot doctor`: what is installed, what is missing, and the mend."""

import json
import sys
from typing import TYPE_CHECKING

import click

from config import cli
from engine.errors import SettingsError

if TYPE_CHECKING:
    from config.findings import Report

_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "missing": "[red]✗[/]"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with flat keys instead of the table.")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Tell what is installed and found on this machine, and the mend for each thing that is missing.

    Exits with 0 when all that a call needs is there, else with 1. A '!' costs a part, such as a language; a '✗' stops
    calls. With --json every finding is a key of its own (sip.version, sip.channels, …); a key that is not in order
    has KEY.status and KEY.mend beside it.

    \b
    Examples:
      voicebot doctor
      voicebot doctor --json | python3 -m json.tool
    """
    from config import doctor as examination
    from config import settings as files
    from config.findings import Finding, Report, Status

    try:
        settings = files.load(cli.named_file(ctx))
        first = examination.settings_file(settings)
    except SettingsError as error:
        settings = files.Settings.model_construct()
        first = Finding("settings.file", None, Status.MISSING, str(error))
    report = Report((first, *examination.examine(settings).findings))
    if as_json:
        click.echo(json.dumps(report.flat(), ensure_ascii=False, indent=2))
    else:
        _show(report)
    ctx.exit(0 if report.ok else 1)


def _show(report: "Report") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=1)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report.findings:
        value = "–" if finding.value is None else escape(str(finding.value))
        mend = f"\n→ {escape(finding.mend)}" if finding.mend else ""
        table.add_row(_MARKS[finding.status], finding.key, value + mend)
    console = Console(file=sys.stdout, highlight=False)
    console.print(table)
    console.print(
        "\nReady for calls." if report.ok else "\n[red]Not ready:[/] mend what is marked ✗ and run this again."
    )
