"""`voicebot transcribe`: write down what is said in recordings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.settings import Settings
from engine.errors import AudioError, RecognitionError
from engine.speech import Expect, Language

if TYPE_CHECKING:
    from asr.transcription import FileTranscript, Progress


@click.command()
@click.argument("recordings", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--recogniser", metavar="NAME", help="As `voicebot models list` names it, or a path to a model's folder.")
@click.option("--language", metavar="L", default="ru", show_default=True, help="ru, kk, en, or any that a model knows.")
@click.option(
    "--expect",
    type=click.Choice([kind.value for kind in Expect]),
    default=Expect.FREE.value,
    show_default=True,
    help="Kind of answer that the speaker was asked for.",
)
@click.option("--stream", is_flag=True, help="Read in frames of 20 ms as in a call, instead of at once.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and a file, with words and times.")
@click.pass_obj
@click.pass_context
def transcribe(
    ctx: click.Context,
    settings: Settings,
    recordings: tuple[Path, ...],
    recogniser: str | None,
    language: str,
    expect: str,
    stream: bool,
    as_json: bool,
) -> None:
    """Write down what is said in each FILE: WAV, MP3, OGG, FLAC and more, mono or stereo, any sample rate.

    Of a stereo recording each channel is written down by itself; in our own recordings the bot is the left one. Sealed
    recordings, by either name, are opened with the keys in VOICEBOT_PRIVACY__KEYS, and leave no copy in clear. A file
    that cannot be read is reported, and the others are done all the same; the exit code is 1 then.

    \b
    Examples:
      voicebot transcribe call.wav
      voicebot transcribe --language en --recogniser whisper:whisper-tiny.en --json *.mp3
      voicebot transcribe --language kk --stream --expect sum answer.ogg
    """
    from asr.silero_detector import SileroDetector
    from asr.transcription import transcribe as read
    from config.privacy import keys_given
    from config.recognising import load

    spoken = Language(language) if language in set(Language) else None
    preferred = (recogniser,) if recogniser else settings.recognisers[spoken] if spoken else ()
    recognizer = load(settings, spoken or language, preferred)
    detector = SileroDetector()
    keys = keys_given(settings)
    failed = False
    for path in recordings:
        try:
            with _progress(path.name) as progress:
                transcript = read(
                    path, recognizer, detector, stream=stream, expect=Expect(expect), keys=keys, progress=progress
                )
        except (AudioError, RecognitionError) as error:
            click.echo(f"Error: {error}", err=True)
            failed = True
            continue
        if as_json:
            click.echo(transcript.to_json())
        else:
            _show(transcript)
    ctx.exit(1 if failed else 0)


@contextmanager
def _progress(title: str) -> "Iterator[Progress]":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done_s, all_s: bar.update(task, completed=done_s, total=all_s)


def _show(transcript: "FileTranscript") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    several = len(transcript.channels) > 1
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(justify="right", style="dim", no_wrap=True)
    if several:
        table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(justify="right", style="dim", no_wrap=True)
    rows = [(said, channel.channel) for channel in transcript.channels for said in channel.utterances]
    for said, number in sorted(rows, key=lambda row: row[0].start_s):
        side = [("left", "right")[number]] if several else []
        table.add_row(f"{said.start_s:.1f} s", *side, escape(said.text), f"{said.confidence:.0%}")
    console = Console()
    speed = transcript.duration_s / transcript.took_s
    console.print(
        f"[bold]{escape(str(transcript.path))}[/]  [dim]{transcript.duration_s:.1f} s, "
        f"{escape(transcript.recognizer)}, {speed:.1f} times as fast as speech[/]"
    )
    console.print(table if rows else "[dim]nobody speaks[/]")
