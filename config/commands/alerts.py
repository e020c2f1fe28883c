"""`voicebot alerts`: check the pack, tell what waits, see how it stands."""

import time

import click

from config.settings import Settings


@click.group()
def alerts() -> None:
    """Tell by webhook what was found in newly analysed contacts.

    The pack that `alerts.pack` names holds expressions and who is told. A contact raises each alert once. What is told
    holds the contact's id, the alert and the seconds; words only where the alert says `quotes: true`, redacted.

    \b
    Examples:
      voicebot alerts check
      voicebot alerts send
      voicebot alerts status
    """


@alerts.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Read the pack, say what it looks for, and whether what it raises could be signed.

    \b
    Examples:
      voicebot alerts check
      VOICEBOT_ALERTS__PACK=new.yaml voicebot alerts check
    """
    from config.alerting import make_courier, read_pack
    from config.packs import categories_in_force

    pack = read_pack(settings, categories_in_force(settings))
    if pack is None:
        click.echo("No pack is set: alerts.pack names a YAML file.")
        return
    for alert in pack.alerts.values():
        click.echo(f"{alert.name}: {alert.when.text} -> {alert.url}{' with quotes' if alert.quotes else ''}")
    make_courier(settings)


@alerts.command()
@click.option("--once", is_flag=True, help="Send what is due now, then end.")
@click.pass_obj
def send(settings: Settings, once: bool) -> None:
    """Send what waits in the outbox, and go on with what comes until stopped.

    Each is signed as the Standard Webhooks specification says (webhook-id, webhook-timestamp, webhook-signature). What
    does not arrive is tried again, twice as late each time, for a day and a half; a receiver knows one that comes again
    by its webhook-id. `voicebot serve` does the same by itself; any number of both may run.

    \b
    Examples:
      voicebot alerts send             until stopped
      voicebot alerts send --once      what is due now
    """
    from config.alerting import LOOK_S, make_courier, send_next
    from config.analysis.wiring import open_database
    from engine.clock import SystemClock

    courier, clock = make_courier(settings), SystemClock()
    if not once:
        click.echo("Sending what waits and what comes, until stopped.", err=True)
    with open_database(settings) as database:
        while True:
            letter = send_next(database, courier, clock)
            if letter is None:
                if once:
                    return
                time.sleep(LOOK_S)


@alerts.command()
@click.pass_obj
def status(settings: Settings) -> None:
    """Say how many alerts wait, have arrived, or were given up.

    \b
    Examples:
      voicebot alerts status
    """
    from analytics.alerts import states
    from config.analysis.wiring import open_database

    with open_database(settings) as database, database.reading() as connection:
        for state, count in states(connection).items():
            click.echo(f"{state.replace('_', ' ')}: {count}")
