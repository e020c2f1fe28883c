"""`voicebot scenario export`, `import` and `diff`: texts for lawyers and translators, and what a change changes."""

from pathlib import Path

import click


@click.command()
@click.argument("scenario")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File .xlsx.")
def export(scenario: str, output: Path | None) -> None:
    """Write all texts of SCENARIO into a spreadsheet, for lawyers and translators.

    One row a text, one column a language, with who may hear it and where it is said. Texts in yellow wait for a native
    speaker's check. `voicebot scenario import` takes the sheet back.

    \b
    Example:
      voicebot scenario export my_scenario/ -o my_scenario.xlsx
    """
    from dialogs.loader import load_scenario
    from dialogs.sheets import export_sheet
    from engine.errors import SettingsError

    loaded = load_scenario(scenario)
    output = output or Path(f"{loaded.name}.xlsx")
    try:
        output.write_bytes(export_sheet(loaded))
    except OSError as error:
        raise SettingsError(f"{output}: cannot be written: {error.strerror}") from error
    click.echo(f"{output}: {len(loaded.spec.prompts)} prompts in {', '.join(loaded.languages)}")


@click.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Tell what would change, and change nothing.")
def take_in(folder: Path, sheet: Path, dry_run: bool) -> None:
    """Take the texts that were changed in SHEET into the scenario in FOLDER.

    Only texts that differ from what was exported are taken. Where a text was changed in the files meanwhile, or cannot
    be spoken, nothing is written and the row is named. Comments and layout of the files stay as they are.

    \b
    Example:
      voicebot scenario import my_scenario/ my_scenario.xlsx --dry-run
    """
    from dialogs.loader import load_scenario
    from dialogs.sheets import read_changes
    from dialogs.taking import take_texts
    from engine.errors import ScenarioError, SettingsError

    try:
        content = sheet.read_bytes()
    except OSError as error:
        raise SettingsError(f"{sheet}: cannot be read: {error.strerror}") from error
    scenario = load_scenario(folder)
    changes = read_changes(scenario, content)
    for change in changes:
        click.echo(f"{change.place}:\n  - {change.before or '(none)'}\n  + {change.after}")
        if change.problem:
            click.echo(f"  ! {change.problem}")
    refused = sum(change.problem is not None for change in changes)
    if refused:
        raise ScenarioError(f"{sheet}: {refused} of {len(changes)} changes cannot be taken; nothing was written")
    written = take_texts(scenario, folder, {change.place: change.after for change in changes}, dry_run=dry_run)
    names = ", ".join(path.name for path in written) or "nothing"
    click.echo(f"{len(changes)} texts; {'would change' if dry_run else 'changed'}: {names}")


@click.command()
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> None:
    """Tell in words what differs between two scenarios, each a shipped one's name or a path.

    \b
    Example:
      voicebot scenario diff soft_collection my_scenario/
    """
    from dialogs.differences import differences
    from dialogs.loader import load_scenario

    found = differences(load_scenario(before).spec, load_scenario(after).spec)
    for one in found:
        click.echo(str(one))
    click.echo(f"{len(found)} differences" if found else "no difference")
