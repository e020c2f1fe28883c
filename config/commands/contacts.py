"""`voicebot contacts`: what speech analytics has found."""

import json
from typing import TYPE_CHECKING, Any

import click

from config.settings import Settings

if TYPE_CHECKING:
    from analytics.measures.history import FollowUp
    from analytics.payments import Joined
    from analytics.pipeline.running import Stored
    from analytics.store import AnalyticsDatabase

_HASH = 8


@click.group()
def contacts() -> None:
    """Show what was found in contacts that `voicebot analyse` or `voicebot serve` has analysed.

    \b
    Examples:
      voicebot contacts list
      voicebot contacts show rec-3f9a             the beginning of an id is enough
      voicebot contacts show call-7 --json | jq .results.promises
      voicebot contacts aside                     what could not be analysed, and why
    """


@contacts.command("list")
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and a contact.")
@click.pass_obj
def list_contacts(settings: Settings, number: int, as_json: bool) -> None:
    """List the contacts that began last, newest first.

    \b
      voicebot contacts list
      voicebot contacts list -n 100 --json
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from analytics.store import contacts as stored
    from config.analysis.wiring import open_database

    with open_database(settings) as database, database.reading() as connection:
        lines = stored.latest(connection, number)
    if as_json:
        for line in lines:
            click.echo(
                json.dumps(
                    {
                        "contact_id": line.contact_id,
                        "medium": line.medium,
                        "started_at": line.started_at.isoformat(),
                        "duration_s": line.duration_s,
                        "attributes": dict(line.attributes),
                    },
                    ensure_ascii=False,
                )
            )
        return
    table = Table(box=None, pad_edge=False)
    for title in ("contact", "medium", "began"):
        table.add_column(title, no_wrap=True)
    table.add_column("length", justify="right", no_wrap=True)
    table.add_column("known of it", overflow="fold")
    for line in lines:
        known = " ".join(f"{name}={_short(name, value)}" for name, value in line.attributes.items())
        began = f"{line.started_at:%Y-%m-%d %H:%M}"
        table.add_row(escape(line.contact_id), line.medium, began, _clock(line.duration_s), escape(known))
    Console().print(table if lines else "[dim]no contact was analysed yet[/]")


@contacts.command()
@click.argument("contact")
@click.option("--original", is_flag=True, help="Show the words as they were said, personal data too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all that is stored.")
@click.pass_obj
def show(settings: Settings, contact: str, original: bool, as_json: bool) -> None:
    """Show all that was found in CONTACT: its words with their times, measures, promises and what became of them.

    Numbers and names are left out of words and quotes, unless the --original is asked for. The beginning of its id is
    enough, where no other begins so.

    \b
      voicebot contacts show rec-3f9a
      voicebot contacts show call-7 --json
      voicebot contacts show call-7 --original
    """
    from zoneinfo import ZoneInfo

    from analytics.pipeline.showing import shown as without_personal_data
    from analytics.store.standings import standings
    from config.analysis.showing import print_contact
    from config.analysis.wiring import open_database
    from config.packs import rulebook_in_force
    from engine.clock import SystemClock

    with open_database(settings) as database:
        found = _find(database, contact)
        followed = _follow_up(database, found)
        with database.reading() as connection:
            zone = ZoneInfo(settings.analytics.time_zone)
            became = standings(connection, found, SystemClock().now(), zone)
    found = found if original else without_personal_data(found)
    if as_json:
        click.echo(json.dumps(_as_json(found, followed, became), ensure_ascii=False, indent=2))
    else:
        print_contact(found, rulebook_in_force(settings).cards, followed, became)


@contacts.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and a contact.")
@click.pass_obj
def aside(settings: Settings, as_json: bool) -> None:
    """List what could not be analysed, latest first, with the reasons.

    To try again, give the files to `voicebot analyse` once more.

    \b
      voicebot contacts aside
    """
    from analytics.store import jobs
    from config.analysis.wiring import open_database

    with open_database(settings) as database, database.reading() as connection:
        found = jobs.aside(connection)
    for one in found:
        if as_json:
            row = {"contact_id": one.order.contact_id, "at": one.at.isoformat(), "reason": one.reason}
            click.echo(json.dumps(row, ensure_ascii=False))
        else:
            click.echo(f"{one.at:%Y-%m-%d %H:%M}  {one.order.contact_id}  {one.reason}")


def _find(database: "AnalyticsDatabase", begin: str) -> "Stored":
    from analytics.store import contacts as stored
    from config.analysis.naming import MOST, the_one

    with database.reading() as connection:
        nobody = f"no contact {begin} is stored; voicebot contacts list names some"
        found = stored.load(connection, the_one(begin, stored.beginning_with(connection, begin, MOST), nobody))
    assert found is not None, "read in one transaction"
    return found


def _follow_up(database: "AnalyticsDatabase", found: "Stored") -> "FollowUp | None":
    """Return what became of a contact by now, where it is known whose it is."""
    from analytics.measures.history import follow_ups
    from analytics.store import contacts as stored
    from engine.clock import SystemClock

    one = found.conversation
    person = stored.person_of(one.attributes)
    if person is None:
        return None
    with database.reading() as connection:
        all_of_person = stored.of_person(connection, person)
    followed = follow_ups(all_of_person, SystemClock().now())
    return next((each for each in followed if each.contact_id == one.contact_id), None)


def _as_json(found: "Stored", followed: "FollowUp | None", became: "tuple[Joined, ...]") -> dict[str, Any]:
    from analytics.documents import as_document

    one = found.conversation
    return {
        "contact_id": one.contact_id,
        "medium": one.medium,
        "started_at": one.started_at.isoformat(),
        "duration_s": one.duration_s,
        "attributes": dict(one.attributes),
        "warnings": list(found.warnings),
        "promises_became": as_document(became),
        "follow_up": None if followed is None else as_document(followed),
        "transcript": {"version": found.transcript.version, "utterances": found.transcript.document},
        "results": {step: {"version": made.version, "document": made.document} for step, made in found.results.items()},
    }


def _short(name: str, value: str) -> str:
    """Return an attribute as it fits a line: of a keyed hash, which tells nobody anything, its beginning."""
    return f"{value[:_HASH]}…" if name.endswith("_hash") and len(value) > _HASH else value


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
