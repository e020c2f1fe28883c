"""`voicebot payments`: money that came, by which promises are kept or broken."""

import json
from pathlib import Path

import click

from config.settings import Settings
from engine.accounts import Currency

_SHOWN = 20
"""Lines of one kind; more would hide the rest."""


@click.group()
def payments() -> None:
    """Keep the payments of the bank's clients, by which promises are kept, partly kept or broken.

    They come from files, or by HTTP from the bank's system (POST /api/payments, where web.payments_token is set). A
    payment counts once by its id, however often it is told. `voicebot contacts show` and `voicebot report` say
    what became of promises; they hold those as known up to the day of the latest payment.

    \b
    Examples:
      voicebot payments import november.csv
      voicebot payments list
      voicebot contacts show 0b7e
    """


@payments.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--currency",
    type=click.Choice([one.value for one in Currency]),
    default=Currency.TENGE.value,
    show_default=True,
    help="Of payments that name none.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be stored; store nothing.")
@click.pass_obj
@click.pass_context
def import_payments(
    ctx: click.Context, settings: Settings, files: tuple[Path, ...], currency: str, dry_run: bool
) -> None:
    """Store the payments of FILES, CSV or JSON.

    Columns: payment_id, paid_at (a time or a day), amount, client_hash, contract_hash or account, currency. A row that
    cannot be used is told with file, line, column and the mend, and left out; the exit code is 1 then. A payment that
    is stored already changes nothing; one whose id stands for another payment is told and left as it is.

    \b
    Examples:
      voicebot payments import november.csv --dry-run
      voicebot payments import november.csv december.json
    """
    from zoneinfo import ZoneInfo

    from analytics.intake.values import Reading
    from analytics.payments.reading import read_payments
    from analytics.store import payments as stored
    from config.analysis.wiring import open_database
    from engine.clock import SystemClock

    faults: list[str] = []
    new = known = 0
    with open_database(settings) as database:
        for path in files:
            book = read_payments(path, Reading(zone=ZoneInfo(settings.analytics.time_zone)), Currency(currency))
            faults += book.faults
            for notice in book.notices:
                click.echo(f"Note: {notice}", err=True)
            with database.reading() if dry_run else database.writing() as connection:
                added = stored.add(connection, book.payments, SystemClock().now(), rehearse=dry_run)
            new, known = new + added.new, known + added.known
            faults += [f"{path}: payment {one}: another one has its id; give it its own" for one in added.differing]
    for fault in faults[:_SHOWN]:
        click.echo(f"Not used: {fault}", err=True)
    if len(faults) > _SHOWN:
        click.echo(f"… and {len(faults) - _SHOWN} more; mend these first", err=True)
    would = "would be stored" if dry_run else "stored"
    click.echo(f"Payments: {new} {would}, {known} known before, {len(faults)} not used")
    ctx.exit(1 if faults else 0)


@payments.command("list")
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many.")
@click.option("--contact", help="Those that may be for the debt of this contact.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and a payment.")
@click.pass_obj
def list_payments(settings: Settings, number: int, contact: str | None, as_json: bool) -> None:
    """List payments, the latest first.

    \b
    Examples:
      voicebot payments list -n 5
      voicebot payments list --contact call-7 --json
    """
    from analytics.documents import as_document
    from analytics.payments import Debtor
    from analytics.store import contacts
    from analytics.store import payments as stored
    from config.analysis.wiring import open_database

    with open_database(settings) as database, database.reading() as connection:
        if contact is None:
            found = stored.latest(connection, number)
        else:
            one = contacts.load(connection, contact)
            if one is None:
                raise click.ClickException(f"no contact {contact} is stored; voicebot contacts list names some")
            debtor = Debtor.of(one.conversation.attributes)
            found = () if debtor is None else stored.of_debtors(connection, [debtor])[::-1][:number]
    for payment in found:
        if as_json:
            click.echo(json.dumps(as_document(payment), ensure_ascii=False))
        else:
            paid = f"{payment.paid_at:%Y-%m-%d %H:%M}" if payment.timed else f"{payment.paid_at:%Y-%m-%d}      "
            debtor = payment.debtor
            click.echo(f"{paid}  {payment.payment_id}  {payment.amount}  {debtor.contract or debtor.client}")
    if not found and not as_json:
        click.echo("No payment is known.")
