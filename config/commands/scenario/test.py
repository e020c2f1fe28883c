"""`voicebot scenario test`: runs the tests of scenarios, and tells which ways none of them takes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from dialogs.scenario import Scenario
    from dialogs.trials.reading import Trial
    from dialogs.trials.running import Result
    from dialogs.trials.ways import Coverage


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("-k", "name", default="", metavar="NAME", help="Only tests with this in their name.")
@click.option("--coverage", "covers", is_flag=True, help="Tell which ways of the scenario no test takes; so many fail.")
@click.option("--suggest", is_flag=True, help="Write tests for what is missing, to be looked at; nothing else is run.")
@click.option(
    "--write", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Where --suggest adds its tests."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each scenario.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a JUnit report.")
@click.pass_context
def test(
    ctx: click.Context,
    paths: tuple[str, ...],
    name: str,
    covers: bool,
    suggest: bool,
    write: Path | None,
    as_json: bool,
    junit: Path | None,
) -> None:
    """Run the tests of scenarios: the YAML files in the folder tests of each.

    PATH is a scenario's folder or file, the name of a shipped one, or a folder of such folders; without any, all
    shipped scenarios are tested. What fails is told as file:line:column, with the dialog up to there.

    --suggest looks for a dialog to each way that no test takes, and to each prompt that was not said in some language,
    and writes it as a test of what the scenario does now, marked `review: true`: read it before you trust it.

    Exits with 0 where all tests pass, 1 where one fails or, with --coverage, where a way is not taken, 2 where a
    path is none.

    \b
    Examples:
      voicebot scenario test my/scenario --coverage
      voicebot scenario test -k promise
      voicebot scenario test --junit report.xml
      voicebot scenario test my/scenario --suggest --write my/scenario/tests/suggested.yaml
    """
    import json

    from config.commands.scenario.places import scenarios_at
    from dialogs.loader import find_scenario, load_scenario
    from dialogs.trials import report
    from dialogs.trials.reading import read_trials
    from dialogs.trials.ways import coverage

    found: list[tuple[str, Sequence[Result]]] = []
    complete = True
    for path in scenarios_at(paths):
        scenario = load_scenario(path)
        trials = [
            trial
            for trial in read_trials(scenario, find_scenario(path).folder)
            if name.casefold() in trial.spec.name.casefold()
        ]
        results = _run(scenario, trials)
        found.append((scenario.name, results))
        if suggest:
            _suggest(coverage(scenario, results), [trial.spec.name for trial in trials], write)
            continue
        covered = coverage(scenario, results) if covers else None
        complete = complete and not (covered and covered.missing)
        if as_json:
            click.echo(json.dumps(report.as_json(scenario.name, results, covered), ensure_ascii=False))
            continue
        for result in results:
            for failure in result.failures:
                click.echo("\n".join(report.tell_failure(result, failure)))
        if covered is not None:
            click.echo("\n".join(report.tell_coverage(covered)))
        failed = sum(not result.passed for result in results)
        click.echo(f"{scenario.name}: {len(results) - failed} tests passed, {failed} failed")
    if suggest:
        return
    if junit is not None:
        junit.write_text(report.as_junit(found), encoding="utf-8")
    if not complete or not all(result.passed for _, results in found for result in results):
        ctx.exit(1)


def _suggest(covered: "Coverage", names: Sequence[str], write: Path | None) -> None:
    from dialogs.trials.suggesting import suggest_trials
    from dialogs.trials.writing import as_yaml

    console = Console(stderr=True)
    with console.status("") as status:
        text = as_yaml(suggest_trials(covered, names, status.update))
    if write is None or not text:
        click.echo(text or f"{covered.scenario.name}: nothing is missing that a dialog could be found for")
        return
    before = write.read_text("utf-8").rstrip() + "\n\n" if write.exists() else ""
    write.write_text(before + text, encoding="utf-8")
    count = text.count("- name:")
    click.echo(f"{covered.scenario.name}: {count} tests written to {write}, marked `review: true`; look at each")


def _run(scenario: "Scenario", trials: Sequence["Trial"]) -> "list[Result]":
    from dialogs.trials.running import run_trial

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        return [run_trial(scenario, trial) for trial in progress.track(trials, description=scenario.name)]
