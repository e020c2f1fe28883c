"""`voicebot packs`: what contacts are judged by: scorecards, rules of law and categories."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from config.parameters import Zone
from engine.errors import PackError


@click.group()
def packs() -> None:
    """Show, check and try scorecards, rules of law and categories: what contacts are judged by.

    A PACK is the name of one that ships with the product, or a file. How they are written: analytics/scorecards,
    analytics/violations and analytics/categories, each with a README.md.
    """


@packs.command("list")
def list_all() -> None:
    """List the packs that ship with the product.

    \b
    Examples:
      voicebot packs list
    """
    from config.packs import shipped, summary

    for name, pack in shipped().items():
        click.echo(f"{name:<18}{summary(pack)}")


@packs.command()
@click.argument("pack")
def show(pack: str) -> None:
    """Show what PACK asks: criteria with weights, rules with their articles and days, or categories.

    \b
    Examples:
      voicebot packs show soft_collection
      voicebot packs show kz
    """
    from config.packs import described, named, summary

    chosen = named(pack)
    click.echo(summary(chosen))
    for line in described(chosen):
        click.echo(line)


@packs.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...]) -> None:
    """Tell what is wrong with each FILE, with line, column and mend. Exits with 2 where anything is.

    \b
    Examples:
      voicebot packs check our-soft-collection.yaml
    """
    from config.packs import read_pack, summary

    failed = False
    for file in files:
        try:
            click.echo(f"{file}: {summary(read_pack(file))}")
        except PackError as error:
            failed = True
            click.echo(str(error), err=True)
    if failed:
        ctx.exit(2)


@packs.command("try")
@click.argument("pack")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--time-zone", "zone", type=Zone(), default="Asia/Almaty", show_default=True, help="The client's.")
@click.option("--creditor", "creditors", multiple=True, metavar="NAME", help="As it is said; several are possible.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
def try_out(pack: str, file: Path, zone: ZoneInfo, creditors: tuple[str, ...], as_json: bool) -> None:
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

    chosen = named(pack)
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
