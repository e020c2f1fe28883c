"""`voicebot demo`: one whole call with a simulated debtor, by typing, or with your own telephone."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console

from config.cli import quieten
from config.demo.cast import debtors
from config.demo.performance import Wish, perform
from config.demo.stage import SCENARIO
from config.report import print_report, summary
from config.settings import Settings
from engine.speech import Language

_PLAYERS = ("paplay", "aplay", "play")


@click.command()
@click.option(
    "--language",
    type=click.Choice([language.value for language in Language]),
    help="Language of the call. One that cannot be heard or spoken here gives way to English.  [default: ru]",
)
@click.option(
    "--debtor",
    "name",
    type=click.Choice(list(debtors())),
    default="pays",
    show_default=True,
    help="What the simulated debtor does.",
)
@click.option(
    "--say",
    "recordings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help="A recording of yours that the debtor says instead of the next line; give one for each line.",
)
@click.option("--text", is_flag=True, help="Hold the call by typing what the debtor says: same engine, no audio.")
@click.option("--me", is_flag=True, help="Wait for a call from your softphone; the address is printed.")
@click.option("--browser", is_flag=True, help="Be the debtor with your microphone, or by typing, in the browser.")
@click.option("--listen", is_flag=True, help="Play the recording afterwards; with --text, the bot's lines are spoken.")
@click.option("--scenario", default=SCENARIO, show_default=True, help="Name of one of ours, or a path.")
@click.option("--port", default=0, show_default=True, help="SIP port of the bot, or of the pages; 0 takes a free one.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="For what the demo writes; two demos at once need two folders.  [default: demo in paths.data_dir]",
)
@click.pass_obj
def demo(
    settings: Settings,
    language: str | None,
    name: str,
    recordings: tuple[Path, ...],
    text: bool,
    me: bool,
    browser: bool,
    listen: bool,
    scenario: str,
    port: int,
    folder: Path | None,
) -> None:
    """Hold one whole call, and show how it went.

    A bot calls a simulated debtor over real SIP and RTP on this machine, says who it is, asks for the right person,
    tells the debt, listens, takes a promise to pay, reads it back and hangs up. Then: what was said beside what was
    heard, recording, transcript, picture, call record, and how fast it answered. The last line of output is one JSON
    object. Exit code 0 only if the conversation reached a disposition.

    \b
      voicebot demo                           the debtor promises to pay
      voicebot demo --debtor refuses          another ending
      voicebot demo --language en             in English
      voicebot demo --text                    type the debtor's part
      voicebot demo --me                      be the debtor with your softphone
      voicebot demo --browser                 be the debtor with your microphone
      voicebot demo --say yes.wav --say friday.wav
    """
    if text + me + browser > 1:
        raise click.UsageError("--text, --me and --browser exclude each other")
    console = Console(stderr=False, highlight=False)
    into = (folder or settings.paths.data_dir / "demo").absolute()
    if browser:
        from config.demo.browser import show_in_browser

        show_in_browser(settings, into, console, port=port, opens=sys.stdout.isatty())
        return
    wish = Wish(
        language=Language(language) if language else None,
        debtor=debtors()[name],
        recordings=recordings,
        typed=text,
        by_phone=me,
        spoken=listen,
        port=port,
        scenario=scenario,
        folder=into,
    )
    quieten()
    report = asyncio.run(perform(settings, wish, console))
    console.print()
    print_report(report, console)
    if listen and report.recording:
        _play(report.recording, console)
    click.echo(json.dumps(summary(report)))
    sys.exit(0 if report.closed.disposition.conversation else 1)


def _play(recording: Path, console: Console) -> None:
    player = next((found for name in _PLAYERS if (found := shutil.which(name))), None)
    if player is None:
        console.print(f"nothing here can play sound ({', '.join(_PLAYERS)}); the recording is {recording}")
        return
    subprocess.run([player, str(recording)], check=False)
