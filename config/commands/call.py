"""`voicebot call`: places one call from an accounts file, within the dialling rules."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from config.accounts import read_accounts
from config.cli import quieten
from config.settings import Settings
from engine.accounts import Account
from engine.errors import SettingsError
from engine.speech import Language


@click.command()
@click.argument("accounts", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", "account_id", help="Which one, by its account_id; may be left out if the file has only one.")
@click.option("--to", help="Call this number or sip: address on loopback instead of the account's phone.")
@click.option("--scenario", default="soft_collection", show_default=True, help="Name of one of ours, or a path.")
@click.option("--language", type=click.Choice([one.value for one in Language]), help="Instead of the debtor's own.")
@click.option(
    "--dry-run", is_flag=True, help="Say whom would be called, and whether the rules allow it now: exit code 0 or 1."
)
@click.pass_obj
def call(
    settings: Settings,
    accounts: Path,
    account_id: str | None,
    to: str | None,
    scenario: str,
    language: str | None,
    dry_run: bool,
) -> None:
    """Call one debtor of the ACCOUNTS file and show the call.

    Every dial is checked against the dialling rules of the settings: nothing but loopback until they name a trunk,
    allowed prefixes, calling hours and a rate. The last line of output is one JSON object.

    \b
      voicebot call accounts.yaml --account A-17 --dry-run
      voicebot call accounts.yaml --account A-17
      voicebot call accounts.yaml --to sip:me@127.0.0.1:5070
    """
    from config.calling import place, rehearse

    account = _choose(accounts, account_id)
    if language is not None:
        account = replace(account, debtor=replace(account.debtor, language=Language(language)))
    console = Console(highlight=False)
    if dry_run:
        allowed, why = rehearse(settings, account, to)
        click.echo(why)
        sys.exit(0 if allowed else 1)
    quieten()
    reached, line = asyncio.run(place(settings, account, to, scenario, console))
    click.echo(json.dumps(line))
    sys.exit(0 if reached else 1)


def _choose(path: Path, account_id: str | None) -> Account:
    book = read_accounts(path).by_id
    if account_id is None and len(book) == 1:
        return next(iter(book.values()))
    if account_id is None:
        raise SettingsError(f"{path}: holds {len(book)} accounts; name one with --account")
    if account_id not in book:
        raise SettingsError(f"{path}: has no account {account_id!r}")
    return book[account_id]
