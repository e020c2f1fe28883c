"""`voicebot scenario list`, `versions` and `history`: what the library holds, and how it came to that."""

from typing import TYPE_CHECKING

import click

from config.settings import Settings

if TYPE_CHECKING:
    from dialogs.library.shelf import Shelf


@click.command("list")
@click.pass_obj
def list_all(settings: Settings) -> None:
    """List the library's scenarios and those that come with the product, and which version new calls run by.

    \b
    Examples:
      voicebot scenario list
    """
    from config.scenarios import open_library
    from dialogs.loader import shipped_scenarios

    shelves = open_library(settings).shelves()
    for name in sorted({*shelves, *shipped_scenarios()}):
        click.echo(f"{name:<32}{_state(shelves[name]) if name in shelves else 'as shipped'}")


def _state(shelf: "Shelf") -> str:
    parts = [f"{shelf.published} in service" if shelf.published else "nothing in service"]
    if shelf.experiment is not None:
        tried = shelf.experiment
        parts.append(f"experiment {tried.experiment_id}: v{tried.challenger} for {tried.share:.0%} of the accounts")
    if shelf.draft is not None:
        parts.append(f"a draft, begun by {shelf.draft.begun_by} from {shelf.draft.origin}")
    return ", ".join(parts)


@click.command()
@click.argument("name")
@click.pass_obj
def versions(settings: Settings, name: str) -> None:
    """List the versions of scenario NAME, the latest first: state, content hash, who wrote and who approved it.

    \b
    Examples:
      voicebot scenario versions soft_collection
    """
    from config.scenarios import open_library

    shelf = open_library(settings).shelf(name)
    for one in reversed(shelf.versions):
        state = "in service" if one.number == shelf.current else one.state
        authors = ", ".join(one.authors)
        approved = f"approved by {one.approved_by}" if one.approved_by else "not approved"
        click.echo(f"{one!s:<5}{state:<12}{one.content_hash[:12]}  by {authors}, {approved}: {one.comment or '–'}")
    if not shelf.versions:
        click.echo(f"The library has no version of {name}.")


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the steps as they stand in the journal, a line each.")
@click.pass_obj
def history(settings: Settings, name: str | None, as_json: bool) -> None:
    """Show every step ever taken with scenario NAME, or with all of them, oldest first. Times are UTC.

    The journal is sealed: a line that was changed or taken out later is found, and is an error here.

    \b
    Examples:
      voicebot scenario history soft_collection
      voicebot scenario history --json
    """
    from config.scenarios import open_library
    from dialogs.library.history import in_words

    for step in open_library(settings).history(name):
        if as_json:
            click.echo(step.model_dump_json())
        else:
            click.echo(f"{step.at:%Y-%m-%d %H:%M:%S}  {step.by}: {in_words(step)}")
