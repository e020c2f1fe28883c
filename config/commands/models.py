"""`voicebot models`: list and fetch recognition models and voices."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import click

from config.settings import Settings
from engine.errors import ModelMissing
from engine.speech import Language

if TYPE_CHECKING:
    from asr.model_fetching import Progress


@click.group()
def models() -> None:
    """List and fetch recognition models and voices.

    They live in the folder of the setting paths.models_dir, each in a folder of its own name.
    """


@models.command("list", short_help="List models and voices, and what is on this machine.")
@click.option("--language", type=click.Choice([one.value for one in Language]), help="Only those of a language.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line and a model.")
@click.pass_obj
def list_command(settings: Settings, language: str | None, as_json: bool) -> None:
    """List the models for sherpa-onnx, Vosk and Whisper, the one in the box, Piper's voices, and what is here.

    Within a language and a kind the best for a live call comes first.

    \b
    Examples:
      voicebot models list
      voicebot models list --language kk
      voicebot models list --json
    """
    import json
    from dataclasses import asdict

    from asr.catalogue import list_models

    listings = [
        listing
        for listing in list_models(settings.models_dir)
        if language is None or language in listing.model.languages or not listing.model.languages
    ]
    if as_json:
        for listing in listings:
            folder = str(listing.folder) if listing.folder else None
            click.echo(json.dumps({**asdict(listing.model), "folder": folder}, ensure_ascii=False))
        return

    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("", "Model", "Kind", "Language", "MB", "Licence"):
        justify: Literal["left", "right"] = "right" if title == "MB" else "left"
        table.add_column(title, justify=justify, no_wrap=title == "Model", overflow="fold")
    for listing in listings:
        model = listing.model
        table.add_row(
            "[green]✓[/]" if listing.folder else "",
            escape(model.name),
            model.kind.value,
            ", ".join(model.languages) or "?",
            str(model.size_mb) if model.size_mb else "",
            escape(model.licence),
        )
    console = Console(highlight=False)
    console.print(table)
    console.print()
    for listing in listings:
        if listing.model.note:
            console.print(f"[dim]{escape(listing.model.name)}: {escape(listing.model.note)}[/]")
    for spoken in [one for one in Language if language in (None, one)]:
        console.print(_understood(settings, spoken))
    console.print(f"[dim]✓ is on this machine. Others: voicebot models get NAME, into {settings.models_dir}[/]")


def _understood(settings: Settings, language: Language) -> str:
    """Tell what understands a language as the settings are, and what would do so better."""
    from rich.markup import escape

    from asr.catalogue import advice, find_recognizer

    name = language.name.title()
    try:
        found = find_recognizer(language, settings.recognisers[language], settings.models_dir)
    except ModelMissing as error:
        return f"[yellow]{name}: {escape(str(error))}[/]"
    if found is None:
        return f"[yellow]{name} is understood by none of these[/]"
    words = advice(f"{found.model.kind}:{found.model.name}", language)
    return escape(f"{name} is understood by {found.model.name}" + (f"; {words}" if words else ""))


@models.command("get", short_help="Fetch one, or take its files that were put there by hand.")
@click.argument("name")
@click.option("--trust", is_flag=True, help="The files were replaced on purpose: record their checksums anew.")
@click.pass_obj
def get_command(settings: Settings, name: str, trust: bool) -> None:
    """Fetch the model NAME, or take the files that were put into the models folder by hand.

    A transfer that broke off goes on where it stopped. Without a network, the message says which file to put where.
    Checksums are recorded in models.lock.json, and changed files are refused from then on.

    \b
    Examples:
      voicebot models get vosk-model-small-ru-0.22
      voicebot models get whisper-small
      voicebot models get ru_RU-denis-medium
    """
    from asr.catalogue import get_model

    with _progress() as progress:
        folder = get_model(name, settings.models_dir, progress, trust=trust)
    click.echo(f"{name}: {folder}")


@contextmanager
def _progress() -> "Iterator[Progress]":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def show(file: str, have: int, whole: int | None) -> None:
            if file not in tasks:
                tasks[file] = bar.add_task(file, total=whole)
            bar.update(tasks[file], completed=have, total=whole)

        yield show
