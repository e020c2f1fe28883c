"""Deletion with its proof, as commands carry it out and tell of it."""

import getpass
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from analytics.retention import Decision, Ledger, delete
from config.privacy import remover
from config.settings import Settings


def by_reason(decisions: Sequence[Decision]) -> Iterator[str]:
    """Yield a line for each reason that something is due, kept, held or undecided, with how much it is."""
    counts = Counter((one.verdict.value, one.reason) for one in decisions)
    for (verdict, reason), count in sorted(counts.items()):
        yield f"{count:>8}  {verdict}: {reason}"


def carry_out(settings: Settings, folder: Path, decisions: Sequence[Decision], done: str) -> bool:
    """Delete what is due, each with its lines in the ledger, and tell; return whether all of it went.

    Args:
        settings: that name the databases and the ledger.
        folder: of the recordings.
        decisions: of `analytics.retention.plan`.
        done: what becomes of an item, such as ``deleted``.

    Raises:
        SettingsError, StoreError: a database cannot be opened.
        OSError, LedgerBroken: the ledger cannot be written, or was changed.
    """
    ledger = Ledger(settings.privacy.ledger_in(settings.paths.data_dir))
    ledger.verify()
    gone = failed = 0
    with remover(settings, folder) as remove:
        for one in delete(decisions, remove, ledger, getpass.getuser()):
            if one.failed is None:
                gone += 1
            else:
                failed += 1
                click.echo(f"Error: {one.item.item_id}: {one.failed}", err=True)
    click.echo(f"{gone} {done}, {failed} failed; {ledger.path} ends in {ledger.verify().head}")
    return not failed
