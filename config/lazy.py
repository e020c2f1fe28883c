"""Groups of commands whose modules are imported only when a command of theirs is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from gettext import gettext
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives.

    Args:
        module: imported when the command is run or asked for help.
        summary: its line in the help of its group.
        reads_settings: the settings are loaded for it; otherwise it loads them itself, from `config.cli.named_file`.
        attribute: its name in the module, where that is not the command's own.
    """

    module: str
    summary: str
    reads_settings: bool = True
    attribute: str = ""


class LazyGroup(click.Group):
    """A group that lists its commands without importing them.

    Args:
        entries: the commands by name, in the order in which a newcomer needs them.
    """

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **options: Any) -> None:
        super().__init__(*args, **options)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in their order."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or return None where the name is unknown."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        attribute = entry.attribute or cmd_name
        command = getattr(import_module(entry.module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.module}.{attribute} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section(gettext("Commands")):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])
