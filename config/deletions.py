"""Deletion with its proof, as commands carry it out and tell of it."""

import getpass
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from analytics.retention import Decision, Ledger, delete
from config.privacy import remover
from config.settings import Settings


class Reasons:
    """Counts for which reasons something is due, kept, held or undecided."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def counting(self, decisions: Iterable[Decision]) -> Iterator[Decision]:
        """Yield decisions, and count them as they go by."""
        for one in decisions:
            self._counts[one.verdict.value, one.reason] += 1
            yield one

    @property
    def whole(self) -> int:
        """How many there were."""
        return self._counts.total()

    def lines(self) -> Iterator[str]:
        """Yield a line for each reason with how much it is."""
        for (verdict, reason), count in sorted(self._counts.items()):
            yield f"{count:>8}  {verdict}: {reason}"


def carry_out(settings: Settings, folder: Path, decisions: Iterable[Decision], done: str) -> bool:
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
