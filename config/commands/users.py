"""`voicebot users`: who may sign in to the pages."""

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from config.settings import Settings
from config.web.permissions import Role
from engine.errors import ConfigurationError

if TYPE_CHECKING:
    from config.web.site import Site
    from config.web.store import Actor, User

PASSWORD_VARIABLE = "VOICEBOT_NEW_PASSWORD"

_ROLE = click.Choice([role.value for role in Role])


@click.group()
def users() -> None:
    """Say who may sign in to the pages in the browser, and what they may do there.

    Roles: designers change scenarios, approvers read changes over and publish them, operators listen to calls, admins
    manage users. One person may have several. A password is asked for, or taken from VOICEBOT_NEW_PASSWORD.

    \b
    Examples:
      voicebot users add alex --role designer
      voicebot users roles alex designer operator
      voicebot users list
    """


@users.command()
@click.argument("name")
@click.option("--role", "roles", type=_ROLE, multiple=True, required=True, help="May be given several times.")
@click.pass_obj
def add(settings: Settings, name: str, roles: tuple[str, ...]) -> None:
    """Make a user NAME, and ask for a password.

    \b
      voicebot users add alex --role designer --role operator
    """
    from config.web.store.users import user_name

    name = user_name(name)
    with _opened(settings) as site:
        if site.users.account(name) is not None:
            raise ConfigurationError(f"there is a user {name} already: voicebot users roles, or password")
        hashed = site.passwords.hash(_new_password(name))
        user = site.users.add(name, hashed, map(Role, roles), site.clock.now(), _at_the_shell())
    click.echo(f"{user.name}: {_words(user)}")


@users.command("list")
@click.pass_obj
def list_users(settings: Settings) -> None:
    """List all users with their roles.

    \b
      voicebot users list
    """
    with _opened(settings) as site:
        everybody = site.users.all()
    for user in everybody:
        click.echo(f"{user.name}: {_words(user)}")
    if not everybody:
        click.echo("There are no users. Make the first: voicebot users add NAME --role admin")


@users.command()
@click.argument("name")
@click.argument("roles", type=_ROLE, nargs=-1, required=True)
@click.pass_obj
def roles(settings: Settings, name: str, roles: tuple[str, ...]) -> None:
    """Give NAME these ROLES, and take all others away.

    \b
      voicebot users roles alex designer approver
    """
    with _opened(settings) as site:
        user = _found(site, name)
        site.users.set_roles(user, map(Role, roles), site.clock.now(), _at_the_shell())
        click.echo(f"{user.name}: {_words(_found(site, name))}")


@users.command()
@click.argument("name")
@click.pass_obj
def password(settings: Settings, name: str) -> None:
    """Set a new password for NAME. Whoever is signed in with the old one is signed out.

    \b
      voicebot users password alex
    """
    with _opened(settings) as site:
        user = _found(site, name)
        hashed = site.passwords.hash(_new_password(user.name))
        site.users.set_password(user, hashed, site.clock.now(), _at_the_shell())
    click.echo(f"{user.name}: the password is changed, and all sessions are ended")


@users.command()
@click.argument("name")
@click.option("--undo", is_flag=True, help="Let the user in again.")
@click.pass_obj
def disable(settings: Settings, name: str, undo: bool) -> None:
    """Shut NAME out at once; what they did stays in the audit log under their name.

    \b
      voicebot users disable alex
    """
    with _opened(settings) as site:
        user = _found(site, name)
        site.users.set_disabled(user, not undo, site.clock.now(), _at_the_shell())
    click.echo(f"{user.name}: {'may sign in again' if undo else 'disabled, and all sessions are ended'}")


@users.command("totp-reset")
@click.argument("name")
@click.pass_obj
def totp_reset(settings: Settings, name: str) -> None:
    """Take the second factor from NAME, who lost it; they set up a new one after signing in.

    \b
      voicebot users totp-reset alex
    """
    with _opened(settings) as site:
        user = _found(site, name)
        site.users.reset_totp(user, site.clock.now(), _at_the_shell())
    click.echo(f"{user.name}: signs in with the password alone, until a second factor is set up anew")


@contextmanager
def _opened(settings: Settings) -> Iterator["Site"]:
    from config.web.app import make_site
    from engine.clock import SystemClock

    site = make_site(settings, (), SystemClock())
    with site.database:
        yield site


def _found(site: "Site", name: str) -> "User":
    account = site.users.account(name)
    if account is None:
        raise ConfigurationError(f"there is no user {name}; voicebot users list tells who there is")
    return account.user


def _new_password(name: str) -> str:
    """Return a password that is taken; at the prompt there are as many tries as needed."""
    from config.web.passwords import WeakPassword, check_password

    given = os.environ.get(PASSWORD_VARIABLE)
    while True:
        chosen = given or click.prompt("New password", hide_input=True, confirmation_prompt="Once more")
        try:
            check_password(chosen, name)
        except WeakPassword as error:
            if given:
                raise ConfigurationError(f"{PASSWORD_VARIABLE}: this password is not taken: {error}") from None
            click.echo(f"This password is not taken: {error}.", err=True)
        else:
            return str(chosen)


def _at_the_shell() -> "Actor":
    from config.web.store import Actor

    return Actor(f"{getpass.getuser()} (command line)")


def _words(user: "User") -> str:
    notes = [" ".join(sorted(user.roles)) or "no role"]
    notes += ["disabled"] * user.disabled + ["second factor"] * user.second_factor
    return ", ".join(notes)
