"""`voicebot reviews`: contacts in which the bot took another promise than is found, for somebody to decide."""

import json
from typing import TYPE_CHECKING, Any

import click

from config.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from analytics.store.reviews import Review

_VERDICTS = ("live", "found", "neither")


@click.group()
def reviews() -> None:
    """Decide where the bot took another promise than is found in the words.

    When a call of the bot's is analysed, what it took live is laid beside what was promised in the words of the
    recording. Where sum, day or the read-back differ, or only one of both has a promise at all, the contact waits here
    until somebody has listened to it and decided. An open one follows a new analysis, and goes where nothing differs
    any more; a decision stays.

    \b
    A round:
      voicebot reviews list                                      what waits, the oldest contact first
      voicebot reviews show 0b7e                                 both promises, the words and their seconds
      voicebot reviews decide 0b7e found --note "20 000, at 0:31 corrected"
    """


@reviews.command("list")
@click.option("--decided", is_flag=True, help="Those that are decided, the last first.")
@click.option("-n", "--number", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many.")
@click.option("--after", metavar="CONTACT", help="Go on behind the contact with which a page ends.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and a contact.")
@click.pass_obj
def list_reviews(settings: Settings, decided: bool, number: int, after: str | None, as_json: bool) -> None:
    """List the contacts that wait for a decision, oldest first.

    \b
    Examples:
      voicebot reviews list
      voicebot reviews list -n 100 --after 0b7e41d2
      voicebot reviews list --decided --json | jq -r .verdict | sort | uniq -c
    """
    from analytics.store import reviews as stored
    from config.analysis.reviewing import in_words
    from config.analysis.wiring import open_database

    with open_database(settings) as database, database.reading() as connection:
        page = stored.listed(connection, decided=decided, limit=number, after=after)
        found = [_shown(connection, one) for one in page]
        total = stored.count(connection, decided=decided)
    for one in found:
        if as_json:
            click.echo(json.dumps(_as_json(one), ensure_ascii=False))
            continue
        verdict = f"{one.verdict}: " if one.verdict else ""
        note = f" ({one.note})" if one.note else ""
        click.echo(f"{one.started_at:%Y-%m-%d %H:%M}  {one.contact_id}  {verdict}{in_words(one.compared)}{note}")
    if not total and not as_json:
        click.echo("Nothing was decided yet." if decided else "Nothing waits for a decision.")
    if len(found) == number and total > number:
        standing = "are decided" if decided else "wait"
        click.echo(f"{total} {standing} in all; the next page: --after {found[-1].contact_id}", err=True)


@reviews.command()
@click.argument("contact")
@click.option("--original", is_flag=True, help="Show the words as they were said, personal data too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show(settings: Settings, contact: str, original: bool, as_json: bool) -> None:
    """Show what was taken live in CONTACT beside what was found, and the words that show it.

    Numbers and names are left out of the words, unless the --original is asked for. The beginning of its id is enough.
    `voicebot contacts show` has all its words.

    \b
    Examples:
      voicebot reviews show 0b7e
      voicebot reviews show 0b7e --json | jq .compared
    """
    from rich.console import Console

    from config.analysis.reviewing import print_compared
    from config.analysis.wiring import open_database

    with open_database(settings) as database, database.reading() as connection:
        found = _find(connection, contact)
        found = found if original else _shown(connection, found)
    if as_json:
        click.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=2))
        return
    click.echo(f"{found.contact_id}, began {found.started_at:%Y-%m-%d %H:%M:%S %z}")
    print_compared(Console(), found.compared)
    if found.decided_at is None:
        click.echo(f"Open: voicebot reviews decide {found.contact_id} {'|'.join(_VERDICTS)} --note …")
    else:
        note = f": {found.note}" if found.note else ""
        click.echo(
            f"{found.verdict} is right, decided {found.decided_at:%Y-%m-%d %H:%M} UTC by {found.decided_by}{note}"
        )


@reviews.command()
@click.argument("contact")
@click.argument("verdict", type=click.Choice(_VERDICTS))
@click.option("--note", default="", help="Why, for whoever reads it later; no numbers or names of people.")
@click.option("--by", help="Who decided. [default: the account that runs the command]")
@click.option("--again", is_flag=True, help="In place of an earlier decision.")
@click.pass_obj
def decide(settings: Settings, contact: str, verdict: str, note: str, by: str | None, again: bool) -> None:
    """Decide what is right about CONTACT: what was taken live, what was found, or neither.

    Nothing else changes by it: neither what is found nor what the engine has of the call.

    \b
    Examples:
      voicebot reviews decide 0b7e live
      voicebot reviews decide 0b7e neither --note "a joke"
      voicebot reviews decide 0b7e found --again
    """
    import getpass

    from analytics.store import reviews as stored
    from config.analysis.wiring import open_database
    from engine.clock import SystemClock

    with open_database(settings) as database, database.writing() as connection:
        found = _find(connection, contact)
        right = stored.ReviewVerdict(verdict)
        now, who = SystemClock().now(), by or getpass.getuser()
        if not stored.decide(connection, found.contact_id, right, note, who, now, again=again):
            raise click.ClickException(
                f"{found.contact_id} was decided before: {found.verdict}; --again decides in its place"
            )
    click.echo(f"{found.contact_id}: {verdict} is right")


def _find(connection: "Connection", begin: str) -> "Review":
    from analytics.store import reviews as stored
    from config.analysis.naming import MOST, the_one

    nobody = f"no review of a contact {begin}; voicebot reviews list names those that wait"
    found = stored.find(connection, the_one(begin, stored.beginning_with(connection, begin, MOST), nobody))
    assert found is not None, "read in one transaction"
    return found


def _shown(connection: "Connection", one: "Review") -> "Review":
    """Return a review as others may see it; the contact may be gone by now, and what was quoted of it with it."""
    from dataclasses import replace

    from analytics.documents import as_document, from_document
    from analytics.pipeline.showing import shown_quotes
    from analytics.promises import Compared
    from analytics.store import contacts

    found = contacts.load(connection, one.contact_id)
    if found is None:
        return one
    return replace(one, compared=from_document(tuple[Compared, ...], shown_quotes(as_document(one.compared), found)))


def _as_json(one: "Review") -> dict[str, Any]:
    from analytics.documents import as_document

    document: dict[str, Any] = as_document(one)
    return document
