"""The scenarios behind the paths that a command was given."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click


def scenarios_at(paths: Sequence[str]) -> Iterator[str]:
    """Yield the scenarios behind paths, each for `dialogs.loader.load_scenario`; all shipped ones where there is none.

    Args:
        paths: a scenario's folder or file, the name of a shipped one, or a folder of such folders each.

    Raises:
        click.UsageError: a path is none of these.
    """
    from dialogs.loader import SCENARIO_FILE, shipped_scenarios

    shipped = shipped_scenarios()
    if not paths:
        yield from shipped
    for path in paths:
        folder = Path(path)
        if path in shipped or folder.is_file() or (folder / SCENARIO_FILE).is_file():
            yield path
            continue
        within = sorted(folder.glob(f"*/{SCENARIO_FILE}")) if folder.is_dir() else []
        if not within:
            names = ", ".join(shipped)
            raise click.UsageError(
                f"{path}: no scenario there; name a folder with a {SCENARIO_FILE}, or one of {names}"
            )
        yield from (str(file.parent) for file in within)
