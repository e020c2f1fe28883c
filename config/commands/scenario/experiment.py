"""`voicebot scenario experiment`: two versions side by side."""

from typing import TYPE_CHECKING

import click

from config.commands.scenario.options import anyone, by
from config.settings import Settings
from engine.calls import Disposition

if TYPE_CHECKING:
    from dialogs.library.comparison import Interval


@click.group()
def experiment() -> None:
    """Share the accounts between two versions of a scenario, and compare what comes of it.

    Version A is the one in service, version B another one that is approved. An account hears the same version in every
    call while the experiment runs.
    """


@experiment.command()
@click.argument("name")
@click.argument("number", type=click.IntRange(min=1), metavar="VERSION")
@click.option(
    "--share",
    "percent",
    type=click.FloatRange(0, 100, min_open=True, max_open=True),
    required=True,
    help="Percent of the accounts that get VERSION.",
)
@click.option(
    "--outcome",
    type=click.Choice([one.value for one in Disposition if one.conversation]),
    default=Disposition.PROMISE_TO_PAY.value,
    show_default=True,
    help="What counts as success.",
)
@click.option(
    "--worth",
    type=click.FloatRange(0.1, 50),
    default=5.0,
    show_default=True,
    help="Least difference of the rates, in percentage points, that would matter to you.",
)
@by
@click.pass_obj
def start(settings: Settings, name: str, number: int, percent: float, outcome: str, worth: float, by: str) -> None:
    """Give a share of the accounts VERSION of scenario NAME instead of the one in service.

    \b
    Examples:
      voicebot scenario experiment start soft_collection 4 --share 20
      voicebot scenario experiment start soft_collection 4 --share 50 --outcome callback --worth 3
    """
    from config.scenarios import open_library

    library = open_library(settings)
    begun = library.experiments.start(
        name, number, anyone(by), share=percent / 100, outcome=Disposition(outcome), worth=worth / 100
    )
    click.echo(
        f"experiment {begun.experiment_id}: {name} v{begun.control} for {100 - percent:g} %, v{begun.challenger} for "
        f"{percent:g} % of the accounts"
    )


@experiment.command()
@click.argument("name")
@click.pass_obj
def status(settings: Settings, name: str) -> None:
    """Show what the latest experiment on scenario NAME has come to: rates, their difference, and what that means.

    Rates are of debtors who were reached and confirmed to be themselves, each counted once. Intervals are of 95 %.

    \b
    Examples:
      voicebot scenario experiment status soft_collection
    """
    from config.scenarios import open_library
    from dialogs.library.comparison import measure
    from dialogs.library.experiment import Arm
    from engine.store import CallArchive

    tried = open_library(settings).shelf(name).experiments
    if not tried:
        raise click.ClickException(f"there was no experiment on {name}")
    latest = tried[-1]
    with CallArchive(settings.database_url, recordings=settings.paths.recordings_dir) as archive:
        found = measure(latest, archive)
    state = "runs" if latest.finished_at is None else f"finished by {latest.finished_by}"
    click.echo(f"experiment {latest.experiment_id} on {name}, {state}; success is {latest.outcome}")
    for arm in Arm:
        count = found.counts[arm]
        click.echo(
            f"{arm}  v{latest.version(arm):<4}{count.calls:>7} calls {count.reached:>7} debtors reached "
            f"{count.successes:>7} successes  {_shown(found.rates[arm])}"
        )
    if found.difference is not None:
        click.echo(f"B less A: {_shown(found.difference)}")
    click.echo(found.words)


@experiment.command()
@click.argument("name")
@click.option("--winner", type=click.Choice(["A", "B"]), required=True, help="What all accounts get from now on.")
@click.option("--reason", default="", help="Why, for the history.")
@by
@click.pass_obj
def finish(settings: Settings, name: str, winner: str, reason: str, by: str) -> None:
    """End the experiment on scenario NAME; new calls of all accounts run by the winner.

    \b
    Examples:
      voicebot scenario experiment finish soft_collection --winner B --reason "more promises"
    """
    from config.scenarios import open_library
    from dialogs.library.experiment import Arm

    version = open_library(settings).experiments.finish(name, anyone(by), Arm(winner), reason)
    click.echo(f"{name} {version} is in service for all accounts")


def _shown(found: "Interval | None") -> str:
    if found is None:
        return "–"
    return f"{100 * found.value:.1f} % ({100 * found.low:.1f} to {100 * found.high:.1f})"
