"""`voicebot packs`: what contacts are judged by: scorecards, rules of law and categories."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from config.parameters import Zone
from config.settings import Settings


@click.group()
def packs() -> None:
    """Show, check and try scorecards, rules of law and categories: what contacts are judged by.

    A PACK is the name of one that is in force, or a file. In force is what ships with the product, and what the folder
    `analytics.packs` adds to it or puts in its place. How they are written: analytics/scorecards, analytics/violations
    and analytics/categories, each with a README.md.
    """


@packs.command("list")
@click.pass_obj
def list_all(settings: Settings) -> None:
    """List the packs that are in force, with the files of the bank's own.

    \b
    Examples:
      voicebot packs list
    """
    from config.packs import by_name, rulebook_in_force, summary

    book = rulebook_in_force(settings)
    for name, pack in by_name(book).items():
        click.echo(f"{name:<18}{summary(pack)}{''.join(f', {file}' for file in book.files_of(pack))}")


@packs.command()
@click.argument("pack")
@click.pass_obj
def show(settings: Settings, pack: str) -> None:
    """Show what PACK asks: criteria with weights, rules with their articles and days, or categories.

    \b
    Examples:
      voicebot packs show soft_collection
      voicebot packs show kz
    """
    from config.packs import described, named, summary

    chosen = named(settings, pack)
    click.echo(summary(chosen))
    for line in described(chosen):
        click.echo(line)


@packs.command()
@click.argument("files", metavar="[FILE...]", nargs=-1, type=click.Path(path_type=Path))
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Tell what is wrong with each FILE, with line, column and mend. Exits with 2 where anything is.

    Each is read as if it were in the folder `analytics.packs`: with what ships and what is there. Without a FILE the
    folder itself is checked.

    \b
    Examples:
      voicebot packs check
      voicebot packs check our-soft-collection.yaml our-wordings.yaml
      VOICEBOT_ANALYTICS__PACKS=new/ voicebot packs check
    """
    from config.packs import beside, summary

    settings: Settings = ctx.obj
    found, faults = beside(settings, files)
    for file, pack in found.own.items():
        if not files or file in files:
            click.echo(f"{file}: {summary(pack)}")
    for fault in faults:
        click.echo(str(fault), err=True)
    if not found.own and not faults:
        click.echo("No folder is set: analytics.packs names one. What ships alone is in force.")
    ctx.exit(2 if faults else 0)


@packs.command("try")
@click.argument("pack")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--time-zone", "zone", type=Zone(), default="Asia/Almaty", show_default=True, help="The client's.")
@click.option("--creditor", "creditors", multiple=True, metavar="NAME", help="As it is said; several are possible.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
@click.pass_obj
def try_out(
    settings: Settings, pack: str, file: Path, zone: ZoneInfo, creditors: tuple[str, ...], as_json: bool
) -> None:
    """Apply PACK to the contacts of FILE: chats, SMS or e-mail as CSV or JSON (analytics/intake/README.md).

    A contact is taken for one of a bank's collection, without earlier contacts with the client.

    \b
    Examples:
      voicebot packs try soft_collection chats.csv
      voicebot packs try kz chats.json --time-zone Asia/Almaty --creditor "Sample Bank"
    """
    from analytics.documents import as_document
    from analytics.intake.messages import read_contacts
    from analytics.intake.values import Reading
    from config.packs import applied, named, told

    chosen = named(settings, pack)
    contacts = read_contacts(file, Reading(zone))
    for notice in (*contacts.notices, *(fault.problem for fault in contacts.faults)):
        click.echo(notice, err=True)
    for conversation in contacts.conversations:
        found = applied(chosen, conversation, zone, creditors)
        if as_json:
            document = {"contact_id": conversation.contact_id, "found": [as_document(one) for one in found]}
            click.echo(json.dumps(document, ensure_ascii=False))
            continue
        click.echo(f"{conversation.contact_id}: {len(conversation.utterances)} messages")
        for line in [line for one in found for line in told(one)] or ["nothing was found"]:
            click.echo(f"  {line}")
