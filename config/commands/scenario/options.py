"""What commands that change the library share: who takes the step."""

from getpass import getuser

import click

from dialogs.library.actors import Actor, Permission

by = click.option(
    "--by",
    default=getuser,
    show_default="your login",
    metavar="NAME",
    help="Who does this, for the history. Taken at your word here: the web pages ask for a login.",
)


def anyone(name: str) -> Actor:
    """Return somebody at this machine's command line; whoever may write to the library's folder may do everything."""
    return Actor(name, frozenset(Permission))
