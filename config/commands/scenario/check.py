"""`voicebot scenario check`: what is wrong with scenarios, before any call."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dialogs.proofs.report import Report


@click.command(short_help="Find what is wrong with scenarios, and prove what must never happen.")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--date",
    "on",
    type=click.DateTime(["%Y-%m-%d"]),
    default=lambda: datetime.now(),
    show_default="today",
    help="Apply the law of this day.",
)
@click.option("--strict", is_flag=True, help="Take warnings for errors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each scenario.")
@click.pass_context
def check(ctx: click.Context, paths: tuple[str, ...], on: datetime, strict: bool, as_json: bool) -> None:
    """Check scenarios: names, graph, wording, law, and that no word about a debt comes before the right party.

    PATH is a scenario's folder or file, the name of a shipped scenario, or a folder of such folders. Each problem is
    told as file:line:column with the mend; where calls can come to it, the shortest such call stands below.

    Exits with 0 where all pass, 1 where one does not, 2 where a path is none.

    \b
    Examples:
      voicebot scenario check soft_collection
      voicebot scenario check dialogs/scenarios --strict
      voicebot scenario check my/scenario --date 2027-01-01 --json
    """
    import json

    from config.commands.scenario.places import scenarios_at
    from dialogs.proofs.checking import check_scenario
    from dialogs.proofs.report import tell

    reports = [check_scenario(scenario, on.date()) for scenario in scenarios_at(paths)]
    for report in reports:
        if as_json:
            click.echo(json.dumps(report.as_json(), ensure_ascii=False))
            continue
        for problem in report.problems:
            click.echo("\n".join(tell(problem)))
        for duty in report.duties:
            click.echo(f"{report.scenario}: not for a scenario to show: {duty}")
        click.echo(f"{report.scenario}: {_summary(report)}")
    if not all(report.passes(strict=strict) for report in reports):
        ctx.exit(1)


def _summary(report: "Report") -> str:
    told = f"{len(report.errors)} errors, {len(report.warnings)} warnings"
    return f"{told} ({report.situations} situations looked at, law of {report.on})"
