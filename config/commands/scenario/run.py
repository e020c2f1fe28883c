"""`voicebot scenario run --audio`: hear a scenario without a call."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from config.settings import Settings
    from dialogs.scenario import Scenario
    from dialogs.trials.reading import Trial


@click.command()
@click.argument("path")
@click.option("--audio", is_flag=True, required=True, help="Make it audible.")
@click.option("--test", "name", default="", metavar="NAME", help="The test to hear; by a part of its name.")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="WAV file.  [default: call.wav]")
@click.option("--prompts", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Hear all prompts.")
@click.option("-l", "--language", "languages", multiple=True, metavar="LANGUAGE", help="Only these prompts.")
@click.pass_obj
def run(
    settings: "Settings",
    path: str,
    audio: bool,
    name: str,
    out: Path | None,
    prompts: Path | None,
    languages: tuple[str, ...],
) -> None:
    """Hear the scenario PATH: one of its tests as a stereo call, or every prompt as a file.

    The bot speaks with the voice that calls have, on the left; the debtor with a higher one, on the right. A
    conversation that was typed and kept with :save is a test too. Where a test only says what is meant, the debtor says
    an example of it. Prompts are spoken with example values for their facts.

    \b
    Examples:
      voicebot scenario run soft_collection --audio --test "corrects the day" -o call.wav
      voicebot scenario run my/scenario --audio --prompts heard/ -l ru
    """
    from dialogs.loader import find_scenario, load_scenario
    from dialogs.mends import suggest
    from dialogs.trials.reading import read_trials

    scenario = load_scenario(path)
    for language in languages:
        if language not in scenario.languages:
            raise click.UsageError(f"--language {language}: {scenario.name} speaks {', '.join(scenario.languages)}")
    if prompts is not None:
        asyncio.run(_prompts(settings, scenario, languages or scenario.languages, prompts))
        return
    trials = read_trials(scenario, find_scenario(path).folder)
    named = [trial for trial in trials if name.casefold() in trial.spec.name.casefold()]
    if not named:
        known = [trial.spec.name for trial in trials]
        mend = suggest(name, known) if known else "write one into its folder tests, or keep a typed one with :save"
        raise click.UsageError(f"--test {name}: {scenario.name} has no such test; {mend}")
    exact = next((trial for trial in named if trial.spec.name == name), named[0])
    asyncio.run(_call(settings, scenario, exact, out or Path("call.wav")))


async def _call(settings: "Settings", scenario: "Scenario", trial: "Trial", out: Path) -> None:
    from config.audition import render_conversation
    from config.wiring import open_prompter
    from dialogs.trials.report import tell_failure
    from dialogs.trials.running import run_trial
    from engine.audio import SAMPLE_RATE_HZ, write_wav
    from engine.clock import SystemClock

    result = run_trial(scenario, trial)
    for failure in result.failures:
        click.echo(next(tell_failure(result, failure)), err=True)
    conversation = result.conversation
    spoken = {line.language for each in conversation.exchanges for move in each.moves for line in move.lines}
    prompter = open_prompter(settings, sorted(spoken), SystemClock())
    try:
        with _progress() as progress:
            task = progress.add_task(trial.spec.name, total=None)
            samples = await render_conversation(
                conversation, prompter, lambda done, total: progress.update(task, completed=done, total=total)
            )
    finally:
        prompter.close()
    await asyncio.to_thread(write_wav, out, samples)
    click.echo(f"{out}: {trial.spec.name}, {len(samples) / SAMPLE_RATE_HZ:.1f} s, bot left, debtor right")


async def _prompts(settings: "Settings", scenario: "Scenario", languages: tuple[str, ...], folder: Path) -> None:
    from config.audition import render_prompts
    from config.wiring import open_prompter
    from engine.clock import SystemClock
    from engine.speech import Language

    wanted = [Language(language) for language in languages]
    prompter = open_prompter(settings, wanted, SystemClock())
    try:
        with _progress() as progress:
            task = progress.add_task(scenario.name, total=None)
            count = await render_prompts(
                scenario,
                wanted,
                folder,
                prompter,
                lambda done, total: progress.update(task, completed=done, total=total),
            )
    finally:
        prompter.close()
    click.echo(f"{folder}: {count} texts of {scenario.name} in {', '.join(wanted)}")


def _progress() -> Progress:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
