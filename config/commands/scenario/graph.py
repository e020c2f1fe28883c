"""`voicebot scenario graph`: a scenario as a picture."""

from pathlib import Path

import click

from engine.speech import Language


@click.command()
@click.argument("scenario")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File .svg, .png or .dot.")
@click.option(
    "-l",
    "--language",
    type=click.Choice([one.value for one in Language]),
    help="Of the words in the boxes.  [default: the scenario's first]",
)
@click.option("--anytime/--no-anytime", default=True, show_default=True, help="The table of what holds everywhere.")
@click.option("--here", metavar="STATE", help="A state to mark.")
def graph(scenario: str, output: Path | None, language: str | None, anytime: bool, here: str | None) -> None:
    """Draw SCENARIO, a shipped one's name or a path: its states, their words, and the answers that lead on.

    Blue boxes ask, green and grey ones end the call, yellow ones hand it to a person, violet ones ask another system.
    The table below holds what may be said in every question.

    \b
    Examples:
      voicebot scenario graph soft_collection -o soft.svg
      voicebot scenario graph my_scenario/ -o my.png -l kk --here debt
    """
    from dialogs.drawing import Format, Wish, dot_source, render
    from dialogs.loader import load_scenario
    from engine.errors import SettingsError

    loaded = load_scenario(scenario)
    output = output or Path(f"{loaded.name}.svg")
    try:
        form = Format(output.suffix.removeprefix("."))
    except ValueError:
        raise click.UsageError(f"{output}: a picture ends in .svg, .png or .dot") from None
    if here is not None and here not in loaded.spec.states:
        raise click.UsageError(f"--here {here}: there is no such state; known are {', '.join(loaded.spec.states)}")
    chosen = Language(language) if language else loaded.languages[0]
    if chosen not in loaded.languages:
        raise click.UsageError(f"{loaded.name} speaks {', '.join(loaded.languages)}, not {chosen}")
    picture = render(dot_source(loaded.spec, Wish(chosen, anytime=anytime, here=here)), form)
    try:
        output.write_bytes(picture)
    except OSError as error:
        raise SettingsError(f"{output}: cannot be written: {error.strerror}") from error
    click.echo(f"{output}: {len(loaded.spec.states)} states")
