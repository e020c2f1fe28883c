"""`voicebot person`: all that is known of a person, given out or erased on request."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.settings import Settings

if TYPE_CHECKING:
    from config.person.finding import Known


@click.group()
def person() -> None:
    """Give out, or erase, all that is known of one person, over both databases and the recordings.

    ID is a client's hash, an account, or the id of a contact or call. What is kept under an account that several
    clients hold, and under no client, belongs to none of them, and is named and left out.

    \b
    Examples:
      voicebot person export A-17 a-17.zip --dry-run
      voicebot person erase 5f0c9e21a7b3d846
    """


_NUMBER = click.option(
    "--number",
    "numbers",
    metavar="NUMBER",
    multiple=True,
    help="A telephone number of this person alone: calls with it that no account was found for belong to them too.",
)


@person.command()
@click.argument("given", metavar="ID")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@_NUMBER
@click.option(
    "--own",
    metavar="NAME|NUMBER",
    multiple=True,
    help="A further name or number of this person's, such as a card's or a short form of the name: it stays readable.",
)
@click.option(
    "--text",
    type=click.Choice(["own", "redacted", "original"]),
    default="own",
    show_default=True,
    help="Words without what is other people's; without any names and numbers; or as they were.",
)
@click.option(
    "--recordings",
    type=click.Choice(["own", "redacted", "original", "none"]),
    default="own",
    show_default=True,
    help="The same of sound, in which it is muted; or none.",
)
@click.option("--dry-run", is_flag=True, help="List what the file would hold; write nothing.")
@click.pass_obj
@click.pass_context
def export(
    ctx: click.Context,
    settings: Settings,
    given: str,
    out: Path,
    numbers: tuple[str, ...],
    own: tuple[str, ...],
    text: str,
    recordings: str,
    dry_run: bool,
) -> None:
    """Write all that is known of a person to OUT, a ZIP file: person.json, person.html and the recordings.

    Contacts, transcripts, results, promises, payments, jobs, alerts, reviews, the engine's calls with turns and events.
    Everything is in clear, sealed recordings too: OUT is readable by you alone, and must not exist. A recording that
    cannot be given is told, and the rest is written; the exit code is 1 then.

    What a person asks for must not hold data of others (Russia: 152-FZ, article 14, part 2). So names and numbers that
    are not known to be this person's are marked in words and muted in sound, and so is all that was said by somebody
    else who was reached instead; agents and reviewers are not named. Known are the names and the number that the bank
    gave with its contacts, the accounts, --number and --own. `original` gives everything: look through it before it
    leaves the bank.

    \b
    Examples:
      voicebot person export A-17 a-17.zip --dry-run
      voicebot person export A-17 a-17.zip --own "Alex Sample" --own 4400430000000003
      voicebot person export A-17 a-17.zip --text original --recordings none
    """
    from config.person.export import export as write
    from config.person.finding import find
    from config.person.views import View

    if out.exists():
        raise click.UsageError(f"{out} exists already: name another file")
    known = find(settings, given, frozenset(numbers), frozenset(own))
    _tell(known)
    if dry_run:
        for contact_id in sorted(known.ids):
            heard = known.recordings.get(contact_id)
            click.echo(contact_id + ("" if heard is None else f"  {heard.path}"))
        click.echo("Nothing was written.")
        return
    done = write(settings, known, out, View(text), None if recordings == "none" else View(recordings))
    for fault in done.faults:
        click.echo(f"Error: {fault}", err=True)
    click.echo(f"{out}: contacts: {done.contacts}, calls: {done.calls}, recordings: {done.recordings}")
    if done.taken_out:
        marked = ", ".join(f"{kind}: {count}" for kind, count in sorted(done.taken_out.items()))
        click.echo(f"Taken out of the words of contacts: {marked}")
    ctx.exit(1 if done.faults else 0)


@person.command()
@click.argument("given", metavar="ID")
@_NUMBER
@click.option("--yes", is_flag=True, help="Erase; without it only what would be erased is told.")
@click.pass_obj
@click.pass_context
def erase(ctx: click.Context, settings: Settings, given: str, numbers: tuple[str, ...], yes: bool) -> None:
    """Erase on request what is known of a person: by the rules and with the proof of `voicebot retention`.

    Legal holds and the law's least time go before the request; calls that the dialling rules still count stay until
    these have forgotten them. What stays is told with its reason; the same command later erases it. Backups are not
    reached. The exit code is 1 where something could not be erased.

    \b
    Examples:
      voicebot person erase A-17
      voicebot person erase A-17 --yes
    """
    from analytics.retention import Verdict, plan
    from config.deletions import Reasons, carry_out
    from config.person.finding import find, items
    from config.privacy import holds, policy, today

    known = find(settings, given, frozenset(numbers))
    _tell(known)
    reasons = Reasons()
    planned = plan(
        items(settings, known), policy(settings), today(settings), holds=holds(settings), requested=known.ids
    )
    decisions = list(reasons.counting(planned))
    for line in reasons.lines():
        click.echo(line)
    if not yes:
        for one in decisions:
            if one.verdict is Verdict.DUE:
                click.echo(f"{one.item.item_id}: would be erased")
        click.echo("Nothing was erased; --yes erases.")
        return
    ctx.exit(0 if carry_out(settings, settings.paths.recordings_dir, decisions, "erased") else 1)


def _tell(known: "Known") -> None:
    one = known.person
    names = [*(f"client {each}" for each in sorted(one.clients)), *(f"account {each}" for each in sorted(one.accounts))]
    click.echo(
        f"{', '.join(names) or 'one contact'}: contacts: {len(known.contacts)}, calls: {len(known.calls)}, "
        f"recordings: {len(known.recordings)}, payments: {len(known.payments)}"
    )
    if one.shared:
        click.echo(
            f"Held by other clients too, so that what names no client is left out: {', '.join(sorted(one.shared))}"
        )
