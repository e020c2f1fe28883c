"""`voicebot search`: find contacts by what was said in them."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from analytics.conversation import Medium
from config.moments import read_moment
from config.settings import Settings
from engine.speech import Language

if TYPE_CHECKING:
    from analytics.search import Count, Found, Page, Query


@click.command()
@click.argument("expression", metavar="EXPR", required=False)
@click.option("--since", metavar="TIME", help="Begun then or later: 2026-11-23, 2026-11-23T09:30, or 7d, 12h ago.")
@click.option("--until", metavar="TIME", help="Begun before that; written in the same way.")
@click.option("--medium", "media", multiple=True, type=click.Choice([one.value for one in Medium]), help="Held so.")
@click.option(
    "--language", "languages", multiple=True, type=click.Choice([one.value for one in Language]), help="Spoken in it."
)
@click.option("-n", "--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many.")
@click.option("--after", metavar="PAGE", help="Go on behind a page, as it names the next one.")
@click.option("--count", "counted", is_flag=True, help="Count all that there are instead of showing the newest.")
@click.option("--explain", "explained", is_flag=True, help="Say what decided: words, measures, what was not heard.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and a contact.")
@click.option("--rebuild", is_flag=True, help="Make the index anew by this program's dictionaries, then search.")
@click.pass_obj
def search(
    settings: Settings,
    expression: str | None,
    since: str | None,
    until: str | None,
    media: tuple[str, ...],
    languages: tuple[str, ...],
    limit: int,
    after: str | None,
    counted: bool,
    explained: bool,
    as_json: bool,
    rebuild: bool,
) -> None:
    """Find contacts of which EXPR holds, newest first: calls, chats, SMS and e-mail that were analysed.

    Small letters are words to find in any form, quotes make a phrase, CAPITALS are operators. The whole language is in
    analytics/expressions/README.md.

    \b
    Examples:
      voicebot search 'client: "денег нет"'
      voicebot search 'client: (оплатить NEAR/5 завтра)' --since 7d
      voicebot search 'NOT agent: здравствуйте IN FIRST 20s AND @segment = soft' --count
      voicebot search 'client: $no_money AND @segment = soft*'        names: voicebot packs show categories
      voicebot search 'agent: (суд OR тюрьма)' --medium call --json | jq .contact_id
    """
    from analytics.expressions import parse
    from analytics.measures import REGISTRY
    from analytics.search import Query
    from analytics.search import count as count_all
    from analytics.search import rebuild as rebuild_all
    from analytics.search import search as find
    from config.analysis.wiring import open_database
    from config.packs import categories_in_force

    if expression is None and not rebuild:
        raise click.UsageError("write what to look for, such as: voicebot search 'client: \"денег нет\"'")
    zone = ZoneInfo(settings.analytics.time_zone)
    begin, end = (None if text is None else read_moment(text, zone) for text in (since, until))
    asked = None if expression is None else parse(expression, REGISTRY, categories_in_force(settings).named)
    with open_database(settings) as database:
        if rebuild:
            with _progress("Building the index") as told, database.writing() as connection:
                done = rebuild_all(connection, told)
            click.echo(f"The index was made anew: {done} contacts.", err=True)
        if asked is None:
            return
        query = Query(asked, begin, end, frozenset(map(Medium, media)), frozenset(map(Language, languages)))
        with database.reading() as connection:
            if counted:
                with _progress("Looking") as told:
                    total = count_all(connection, query, lambda so_far: told(so_far.looked_at, None))
                _show_count(total, as_json)
                return
            page = find(connection, query, limit=limit, after=after)
    if as_json:
        for one in page.found:
            click.echo(json.dumps(_document(one, explained), ensure_ascii=False))
    else:
        _show(page, zone, explained)
    _show_rest(page, query, as_json)


def _show_count(total: "Count", as_json: bool) -> None:
    if as_json:
        found = {"found": total.found, "not_heard": total.not_heard, "looked_at": total.looked_at}
        click.echo(json.dumps(found))
        return
    click.echo(f"{total.found} contacts")
    if total.not_heard:
        click.echo(f"{total.not_heard} more in which recognition was too weak to tell")


def _document(one: "Found", explained: bool) -> dict[str, Any]:
    from analytics.expressions import explain
    from analytics.search.quotes import passages

    conversation = one.conversation
    document = {
        "contact_id": conversation.contact_id,
        "medium": conversation.medium,
        "started_at": conversation.started_at.isoformat(),
        "duration_s": conversation.duration_s,
        "passages": [
            {
                "role": passage.role,
                "start_s": passage.start_s,
                "text": passage.text,
                "marked": passage.marked,
                "sure": passage.sure,
            }
            for passage in passages(conversation, one.match)
        ],
    }
    return document | ({"why": explain(one.match)} if explained else {})


def _show(page: "Page", zone: ZoneInfo, explained: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    from analytics.expressions import explain
    from analytics.expressions.explaining import clock
    from analytics.search.quotes import passages

    console = Console(highlight=False, soft_wrap=True)
    for one in page.found:
        conversation = one.conversation
        begun = f"{conversation.started_at.astimezone(zone):%Y-%m-%d %H:%M}"
        console.print(Text.assemble((conversation.contact_id, "bold"), (f"  {begun}  {conversation.medium}", "dim")))
        for passage in passages(conversation, one.match):
            line = Text(f"  {clock(passage.start_s):>8}  ")
            line.append(f"{passage.role or '':<7} ", style="cyan")
            for number, piece in enumerate(passage.pieces):
                line.append(" " if number else "")
                # Brackets, since a mark that is a colour alone is lost in a pipe.
                line.append(f"[{piece.text}]" if piece.marked else piece.text, style="bold" if piece.marked else "")
            line.append("" if passage.sure else "  (not sure)", style="dim")
            console.print(line)
        if explained:
            console.print(Text(explain(one.match), style="dim"))


def _show_rest(page: "Page", query: "Query", as_json: bool) -> None:
    if not page.found and not as_json:
        click.echo("Nothing was found." + ("" if query.since is None else " Try an earlier --since."))
    if page.not_heard:
        click.echo(f"Not heard well enough to tell: {page.not_heard} of {page.looked_at} looked at.", err=True)
    if page.following is not None:
        click.echo(f"There may be more: --after {page.following}", err=True)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """Show on stderr, where it is a terminal, how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, all_: bar.update(task, completed=done, total=all_)
