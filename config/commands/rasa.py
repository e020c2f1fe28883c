"""`voicebot rasa`: Rasa as a server beside the engine."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from config.settings import Settings

if TYPE_CHECKING:
    from dialogs.rasa.training import TrainingData

_SCENARIOS = click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME", help="Its own intents are learned too; may be repeated."
)
_EPOCHS = click.option("--epochs", type=click.IntRange(1, 500), help="Of the training; by default 10.")


@click.group()
def rasa() -> None:
    """Rasa 3.6 as a server, to guess what callers mean where no rule tells.

    Optional, and past its end of life: it lives in an environment of its own (the setting paths.rasa_dir, 3 GB),
    listens on loopback alone, and calls go on without it. The rules, the confirmation of the right party, and sums and
    dates stay built in; see dialogs/rasa/README.md.

    \b
      voicebot rasa setup        once
      voicebot rasa train        after every change of the examples
      voicebot rasa serve        beside `voicebot serve`, with [rasa] url = "http://127.0.0.1:5005"
    """


@rasa.command()
@click.option(
    "--python", type=click.Path(path_type=Path), metavar="FILE", help="A CPython 3.10; else one is looked for."
)
@click.pass_obj
def setup(settings: Settings, python: Path | None) -> None:
    """Install Rasa into its own environment; may be repeated at any time.

    Every package is pinned, by version and checksum, in dialogs/rasa/requirements.txt.

    \b
    Examples:
      voicebot rasa setup
      voicebot rasa setup --python /opt/python3.10/bin/python3.10
    """
    from dialogs.rasa.environment import Environment, Progress

    with _bar("packages") as advance:

        def progress(done: Progress) -> None:
            advance(done.number, done.of, done.package)

        environment = Environment(settings.paths.rasa_dir)
        environment.set_up(python or settings.rasa.python, lambda step: click.echo(step, err=True), progress)
    click.echo(environment.folder)


@rasa.command()
@_SCENARIOS
@_EPOCHS
@click.option(
    "--export",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write Rasa's files there (nlu.yml, config.yml, domain.yml), and train nothing.",
)
@click.pass_obj
def train(settings: Settings, scenarios: tuple[str, ...], epochs: int | None, export: Path | None) -> None:
    """Train a model on the examples of all languages, and of the scenarios that are named.

    Takes six minutes of a core, and 1.4 GB of memory.

    \b
    Examples:
      nice voicebot rasa train
      nice voicebot rasa train --scenario soft_collection --scenario /etc/voicebot/our_scenario
      voicebot rasa train --export rasa-files
    """
    from dialogs.rasa import training
    from dialogs.rasa.environment import Environment

    data = _data(scenarios, epochs)
    if export is not None:
        export.mkdir(parents=True, exist_ok=True)
        for name, text in data.files().items():
            (export / name).write_text(text, "utf-8")
            click.echo(export / name)
        return
    with _bar("epochs") as advance:
        model = training.train(
            Environment(settings.paths.rasa_dir), data, lambda number, of: advance(number, of, data.name)
        )
    click.echo(model)


@rasa.command()
@click.option("--model", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Else the newest.")
@click.option("--port", type=click.IntRange(1, 65535), help="By default that of rasa.url, or 5005.")
@click.pass_obj
def serve(settings: Settings, model: Path | None, port: int | None) -> None:
    """Serve a model on 127.0.0.1 until stopped; ready, in about 15 s, when it says that it is up.

    Nothing but /model/parse, /status and /version is answered, and no word of a caller written down.

    \b
    Examples:
      voicebot rasa serve
      VOICEBOT_RASA__TOKEN=... voicebot rasa serve --port 5006
    """
    from dialogs.rasa import serving
    from dialogs.rasa.environment import Environment

    token = _token(settings)
    if token is None:
        click.echo("no token (VOICEBOT_RASA__TOKEN): whoever can log in to this machine may ask", err=True)
    sys.stdout.flush()
    sys.stderr.flush()
    serving.serve(Environment(settings.paths.rasa_dir), model, port or settings.rasa.port, token)


@rasa.command()
@_SCENARIOS
@_EPOCHS
@click.pass_obj
def status(settings: Settings, scenarios: tuple[str, ...], epochs: int | None) -> None:
    """Tell what is installed, whether the model knows today's examples, and whether the server answers.

    Ends with 1 where the server that the settings name does not answer. Name the scenarios that it was trained with.

    \b
    Examples:
      voicebot rasa status
      voicebot rasa status --scenario soft_collection
    """
    from dialogs.rasa import serving
    from dialogs.rasa.environment import Environment, pinned
    from dialogs.rasa.training import newest_model
    from engine.errors import RasaError

    environment, wanted = Environment(settings.paths.rasa_dir), _data(scenarios, epochs).name
    installed = f"Rasa {pinned()['rasa']} in {environment.folder}"
    click.echo(f"environment: {installed if environment.complete else 'none, or incomplete: voicebot rasa setup'}")
    model = newest_model(environment)
    click.echo(f"model: {_judged(model.name, wanted) if model else 'none: voicebot rasa train'}")
    if settings.rasa.url is None:
        click.echo("server: none is asked; set rasa.url")
        return
    try:
        seen = serving.look(settings.rasa.url, _token(settings))
    except RasaError as error:
        click.echo(f"server: {error}")
        sys.exit(1)
    click.echo(f"server: {settings.rasa.url} serves {_judged(seen.model, wanted)}, {seen.answer_ms:.0f} ms a turn")


def _judged(model: str, wanted: str) -> str:
    name = model.removesuffix(".tar.gz")
    return name if name == wanted else f"{name}, of other examples than today's: voicebot rasa train"


def _data(scenarios: Sequence[str], epochs: int | None) -> "TrainingData":
    from dialogs.loader import load_scenario
    from dialogs.rasa.training import EPOCHS, TrainingData
    from dialogs.understanding.understanding import load_understanding

    examples: dict[str, dict[str, None]] = {}
    understood = [load_scenario(name).understanding for name in scenarios] or [load_understanding()]
    for one in understood:
        for label, texts in one.examples.items():
            examples.setdefault(label, {}).update(dict.fromkeys(texts))
    learned: Mapping[str, Sequence[str]] = {label: tuple(texts) for label, texts in examples.items()}
    return TrainingData(learned, epochs or EPOCHS)


def _token(settings: Settings) -> str | None:
    return settings.rasa.token.get_secret_value() if settings.rasa.token else None


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show how far a long work is, on a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def advance(number: int, of: int, name: str) -> None:
            bar.update(task, completed=number, total=of, description=name)

        yield advance
