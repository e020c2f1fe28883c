"""`voicebot serve`: the engine, until it is stopped."""

import asyncio
from pathlib import Path

import click

from config.settings import Settings


@click.command()
@click.option(
    "--accounts",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Accounts file: callers are recognised by their number in it. Without it, or inbound.directory_url in the "
    "settings, no inbound call is taken.",
)
@click.option(
    "--scenario",
    default="soft_collection",
    show_default=True,
    help="For numbers that no [[inbound.lines]] of the settings names: a name, or a path.",
)
@click.pass_obj
def serve(settings: Settings, accounts: Path | None, scenario: str) -> None:
    """Run the engine until stopped: take inbound calls, keep the record, repair what a crash has left.

    SIGTERM (or Ctrl-C) drains: no new call is taken, live calls end by themselves within engine.drain_s. A second one
    stops at once. SIGHUP replaces the media workers by new ones, for instance after the SIP library was renewed, one
    after another while live calls go on; it takes sip.spare or more than one of sip.workers.

    \b
      voicebot serve --accounts accounts.yaml
      VOICEBOT_SIP__BIND_ADDRESS=10.0.0.5 voicebot serve
    """
    from config.calling import serve_until_stopped

    asyncio.run(serve_until_stopped(settings, accounts, scenario))
