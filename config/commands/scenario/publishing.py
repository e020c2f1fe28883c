"""`voicebot scenario publish` and `rollback`: what new calls run by."""

from pathlib import Path

import click

from config.commands.scenario.options import anyone, by
from config.settings import Settings


@click.command()
@click.argument("scenario")
@click.option("--version", "number", type=click.IntRange(min=1), help="Of the library, instead of a folder.")
@click.option("--approved-by", metavar="NAME", help="The second person, who had no hand in it.")
@click.option("--comment", default="", help="What was changed, and why.")
@by
@click.pass_obj
def publish(
    settings: Settings, scenario: str, number: int | None, approved_by: str | None, comment: str, by: str
) -> None:
    """Put a version of SCENARIO into service: a folder, whose files become a version, or a name with --version.

    It must pass every check, and somebody else must have approved it: on the web pages, where everybody logs in, or
    here with --approved-by. Names given here are taken at your word, and kept in the history; whoever must be sure of
    them lets nobody but the web pages write to the library's folder.

    \b
    Examples:
      voicebot scenario publish ./soft_collection --approved-by a.reviewer --comment "gentler greeting"
      voicebot scenario publish soft_collection --version 3
    """
    from config.scenarios import open_library
    from dialogs.library.shelf import VersionState
    from dialogs.loader import load_scenario

    library, actor = open_library(settings), anyone(by)
    second = anyone(approved_by) if approved_by else None
    if number is None:
        if not Path(scenario).is_dir():
            raise click.UsageError(f"{scenario} is no folder; name one, or a version with --version")
        if second is None:
            raise click.UsageError("name the second person who approved it with --approved-by")
        if second.is_one_of((actor.name,)):
            raise click.UsageError(f"--approved-by must be a second person, not {actor.name}")
        name = load_scenario(Path(scenario)).name
        version = library.submit_folder(name, actor, comment, Path(scenario))
    else:
        name, version = scenario, library.version(scenario, number)
    if version.state is VersionState.SUBMITTED and second is not None:
        version = library.approve(name, version.number, second)
    version = library.publish(name, version.number, actor, comment)
    click.echo(f"{name} {version} is in service, content {version.content_hash[:12]}; new calls run by it")


@click.command()
@click.argument("name")
@click.argument("number", type=click.IntRange(min=1), metavar="VERSION")
@click.option("--reason", required=True, help="Why, for the history.")
@by
@click.pass_obj
def rollback(settings: Settings, name: str, number: int, reason: str, by: str) -> None:
    """Put VERSION of scenario NAME into service again, which was in service before. It ends a running experiment.

    \b
    Examples:
      voicebot scenario rollback soft_collection 2 --reason "the new greeting is misheard"
    """
    from config.scenarios import open_library

    version = open_library(settings).roll_back(name, number, anyone(by), reason)
    click.echo(f"{name} {version} is in service again; new calls run by it")
