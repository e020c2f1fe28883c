"""Texts taken into a scenario's files: all of them or none, and only where the scenario is right with them."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dialogs.editing import TextPlace, replace_texts
from dialogs.loader import load_scenario
from dialogs.scenario import Scenario
from dialogs.sources import COMMON
from engine.errors import ScenarioError


def take_texts(
    scenario: Scenario, folder: Path, texts: Mapping[TextPlace, str], *, dry_run: bool = False
) -> tuple[Path, ...]:
    """Write texts into the files that they stand in, and return those files.

    Args:
        scenario: as it stands in the files now.
        folder: the scenario's.
        texts: new ones, by place.
        dry_run: check all, write nothing.

    Raises:
        ScenarioError: a place does not exist, the scenario would be wrong, or a file cannot be written.
    """
    by_file: dict[Path, dict[TextPlace, str]] = {}
    for place, text in texts.items():
        document, _ = scenario.sources.of(("prompts", place.prompt))
        by_file.setdefault(Path(document.label), {})[place] = text
    try:
        contents = {
            path: replace_texts(str(path), path.read_text("utf-8"), changed) for path, changed in by_file.items()
        }
        _try(folder, contents)
        for path, content in contents.items() if not dry_run else ():
            part = path.with_name(path.name + ".part")
            part.write_text(content, "utf-8")
            part.replace(path)
    except OSError as error:
        raise ScenarioError(f"{error.filename}: cannot be written ({error.strerror}); check permissions") from error
    return tuple(contents)


def _try(folder: Path, contents: Mapping[Path, str]) -> None:
    """Load the scenario as it would be, from a copy."""
    with tempfile.TemporaryDirectory() as temporary:
        copied = Path(temporary)
        for each in (folder, folder.parent / COMMON):
            if each.is_dir():
                shutil.copytree(each, copied / each.name, symlinks=True)
        for path, content in contents.items():
            (copied / path.parent.name / path.name).write_text(content, "utf-8")
        try:
            load_scenario(copied / folder.name)
        except ScenarioError as error:
            raise ScenarioError(str(error).replace(f"{copied}/", f"{folder.parent}/")) from None
