"""`voicebot retention`: what is due for deletion and why, its deletion, and the proof of it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from config.settings import Settings

if TYPE_CHECKING:
    from analytics.retention import Decision


def _planning(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options by which `due` and `delete` choose."""
    for option in (
        click.option("--request", "requests", metavar="ID", multiple=True, help="A contact to erase on request."),
        click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Decide as on this day, not today."),
        click.option("--recordings", type=click.Path(path_type=Path, file_okay=False, exists=True),
                     help="Folder of recordings; else paths.recordings_dir."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
def retention() -> None:
    """Keep recordings and transcripts as long as law and bank ask, and no longer.

    Settings: analytics.jurisdiction and those of [privacy]. A legal hold goes
    before everything; then the law's least time, which no request shortens; then a request to erase; then the bank's
    own term. Nothing is deleted but by `delete --yes`, and nothing without a line in the ledger.

    \b
    A file of holds:
      - {hold: case-2026-17, from: 2026-11-01, contacts: [0b7e1c, 1f22a0]}
      - {hold: audit, from: 2026-11-01, to: 2027-01-31, contacts: all}
    """


@retention.command()
@_planning
@click.option("--list", "every", is_flag=True, help="Name every item with its reason.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an item.")
@click.pass_obj
def due(
    settings: Settings, recordings: Path | None, day: Any, requests: tuple[str, ...], every: bool, as_json: bool
) -> None:
    """Tell what is due for deletion, what is kept, held or undecided, and why. Deletes nothing.

    \b
    Examples:
      voicebot retention due
      voicebot retention due --on 2027-01-01 --list
      voicebot retention due --request 0b7e1c --json
    """
    from config.deletions import Reasons

    reasons = Reasons()
    for one in reasons.counting(_plan(settings, recordings, day, requests)):
        if as_json:
            click.echo(json.dumps(_document(one)))
        elif every:
            click.echo(f"{one.verdict.value:<10}{one.item.item_id}  {one.reason} ({', '.join(one.because)})")
    if as_json:
        return
    for line in reasons.lines():
        click.echo(line)
    click.echo(f"{reasons.whole:>8}  in all; `voicebot retention delete --yes` deletes what is due")


@retention.command()
@_planning
@click.option("--yes", is_flag=True, help="Delete; without it only what would be deleted is told.")
@click.pass_obj
@click.pass_context
def delete(
    ctx: click.Context, settings: Settings, recordings: Path | None, day: Any, requests: tuple[str, ...], yes: bool
) -> None:
    """Delete what is due, for good, each with its proof in the ledger.

    Recordings are files of the folder, in clear or sealed; a transcript goes with all that analytics made from it, its
    place in the search index, and the copy of its recording in analytics.recordings; `calls/ID` is what the engine's
    own database has of a call: turns, events, promise; a request reaches the payments of its debtor too. Copies
    elsewhere (backups, snapshots) are not reached. The exit code is 1 where something could not be deleted.

    \b
    Examples:
      voicebot retention delete
      voicebot retention delete --yes
    """
    from analytics.retention import Verdict
    from config.deletions import carry_out

    folder = recordings or settings.paths.recordings_dir
    decisions = _plan(settings, recordings, day, requests)
    if not yes:
        for one in decisions:
            if one.verdict is Verdict.DUE:
                click.echo(f"{one.item.item_id}: would be deleted, {one.reason}")
        click.echo("Nothing was deleted; --yes deletes.")
        return
    if day is not None:
        raise click.UsageError("--on is for looking ahead: delete only what is due today")
    ctx.exit(0 if carry_out(settings, folder, decisions, "deleted") else 1)


@retention.command()
@click.argument("item", required=False)
@click.pass_obj
@click.pass_context
def proof(ctx: click.Context, settings: Settings, item: str | None) -> None:
    """Check the ledger of deletions; with ITEM, as `due --list` names it, prove its deletion.

    Keep the hash that is printed somewhere else: it shows later that nothing was taken off the ledger's end.

    \b
    Examples:
      voicebot retention proof
      voicebot retention proof 2023-11-02/0b7e1c.wav
    """
    from analytics.retention import Ledger

    ledger = Ledger(settings.privacy.ledger_in(settings.paths.data_dir))
    report = ledger.verify()
    if item is None:
        click.echo(f"{ledger.path}: sound, {report.entries} lines, {report.deleted} deletions, ends in {report.head}")
        if report.open:
            click.echo(
                f"{len(report.open)} deletions were begun and not finished: run `voicebot retention delete --yes`"
            )
        return
    lines = ledger.proofs(item)
    for line in lines:
        click.echo(
            f"{line.at}  {line.event}  {line.record}, because: {', '.join(line.because)}  "
            f"line {line.number}  {line.hash}"
        )
    if not lines:
        click.echo(f"The ledger knows of no deletion of {item}.")
    ctx.exit(0 if any(line.event == "deleted" for line in lines) else 1)


@retention.command()
def law() -> None:
    """List what is known of the law on keeping records: rows, days, sources, and how sure they are.

    \b
    Example:
      voicebot retention law
    """
    from engine.law import provisions

    for one in provisions().values():
        if one.keeping is None:
            continue
        term = "term not found" if one.keeping.years is None else f"{one.keeping.years} years at least"
        kinds = ", ".join(record.value for record in one.keeping.records)
        since = f"from {one.first}" + (f" to {one.last}" if one.last else "")
        click.echo(f"{one.name}  {one.jurisdiction.value}, {kinds}: {term}; {since}; certainty {one.certainty.value}")
        click.echo(f"    {one.source}")
    click.echo("From secondary sources, no lawyer's opinion: engine/law/provisions.toml.")


def _plan(settings: Settings, folder: Path | None, day: Any, requests: tuple[str, ...]) -> "Iterator[Decision]":
    """Decide one item after the other; however many are kept, none is held."""
    from analytics.retention import plan
    from config.privacy import everything, holds, policy, today

    on, held = day.date() if day is not None else today(settings), holds(settings)
    named = {*requests, *(contact_id for one in held for contact_id in one.contacts)}
    items = everything(settings, folder or settings.paths.recordings_dir, on, named)
    return plan(items, policy(settings), on, holds=held, requested=set(requests))


def _document(one: "Decision") -> dict[str, object]:
    return {
        "item": one.item.item_id,
        "contact": one.item.contact_id,
        "made_on": one.item.made_on.isoformat(),
        "verdict": one.verdict.value,
        "reason": one.reason,
        "because": list(one.because),
        "due_on": one.due_on.isoformat() if one.due_on else None,
    }
