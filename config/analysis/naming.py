"""Contacts named by the beginning of their id, so that nobody has to type a whole one."""

from collections.abc import Sequence
from typing import Final

import click

_SHOWN: Final = 5

MOST: Final = _SHOWN + 1
"""Ids that are worth looking for: one more than are shown."""


def the_one(begin: str, ids: Sequence[str], nobody: str) -> str:
    """Return the id that is meant.

    Args:
        begin: that was given; a whole id means that one.
        ids: that begin so, `MOST` of them at most, in order.
        nobody: what to say where there is none.

    Raises:
        click.ClickException: none begins so, or several do.
    """
    if begin in ids:
        return begin
    if not ids:
        raise click.ClickException(nobody)
    if len(ids) > 1:
        more = ", …" if len(ids) > _SHOWN else ""
        raise click.ClickException(f"several contacts begin so: {', '.join(ids[:_SHOWN])}{more}")
    return ids[0]
