"""`voicebot kamailio`: the configuration of Kamailio in front of the media workers."""

from pathlib import Path

import click

from config.settings import Settings


@click.group()
def kamailio() -> None:
    """Kamailio between the trunk and several media workers, on one host or more."""


@kamailio.command()
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Write the files there."
)
@click.option("--force", is_flag=True, help="Replace files there that this command has not written.")
@click.option("--check", is_flag=True, help="Fail where no Kamailio is installed that could check the outcome.")
@click.option("--dry-run", is_flag=True, help="Check, and say what would be written.")
@click.pass_obj
def config(settings: Settings, output: Path | None, force: bool, check: bool, dry_run: bool) -> None:
    """Print Kamailio's configuration, or write it into a folder: kamailio.cfg, dispatcher.list and address.list.

    All of it comes from the settings [edge], and from [sip] what is not set there. Kamailio then admits the trunk's
    networks alone, gives each call to the worker with the fewest, goes on to the next when one is full, failing or
    silent, answers 503 with Retry-After when all are, takes workers out that fail their OPTIONS, and lets workers call
    out to the trunk alone. Audio goes straight between trunk and worker. Where Kamailio is installed (5.6 or newer), it
    checks the outcome before anything is written; each file is replaced in one step.

    \b
    Examples:
      voicebot kamailio config --dry-run --output /etc/kamailio
      voicebot kamailio config --output /etc/kamailio --force      (the first time: Debian's own is replaced)

    \b
    To run it, as Debian's package does or by hand:
      apt-get install kamailio kamailio-tls-modules
      systemctl enable --now kamailio
      kamailio -DD -E -f /etc/kamailio/kamailio.cfg

    \b
    While it runs:
      kamcmd dispatcher.list                                       who is in the rotation (A), and who is not (I, D)
      kamcmd dispatcher.set_state d 1 sip:192.0.2.11:5060          take a worker out; its calls go on
      kamcmd dispatcher.set_state ap 1 sip:192.0.2.11:5060         and back in
      kamcmd dispatcher.reload                                     after dispatcher.list was written anew
      kamcmd permissions.addressReload                             after address.list was written anew
      systemctl restart kamailio                                   after kamailio.cfg was; calls that are up go on

    A worker that is added or goes is in both lists: reload the addresses first. A reload forgets who was out of the
    rotation: for those that fail their OPTIONS until the next ones, for those taken out by hand until it is done again.
    """
    from config.edge import doubts, edge_settings
    from telephony.edge import files
    from telephony.edge.kamailio import configuration

    folder = (output or settings.edge.config_dir).absolute()
    made = configuration(edge_settings(settings), folder)
    for doubt in doubts(settings):
        click.echo(f"Warning: {doubt}", err=True)
    found = files.check(made)
    if found is None and check:
        raise click.ClickException("Kamailio is not installed, so nothing was checked: apt-get install kamailio")
    click.echo(f"kamailio -c: {found or 'not installed here, so nothing was checked'}", err=True)
    if output is None and not dry_run:
        for name, text in made.items():
            click.echo(f"# ---- {folder / name}\n{text}")
        return
    done = files.changes(made, folder, force=force) if dry_run else files.write(made, folder, force=force)
    for name, change in done.items():
        click.echo(f"{folder / name}: {change}" + (" (not written)" if dry_run else ""))
