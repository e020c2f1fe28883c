"""`voicebot scenario schema`: what an editor needs to help while one writes."""

from pathlib import Path

import click


@click.command()
@click.option("--included", is_flag=True, help="Of files that are named under `include` instead.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write.  [default: print it]"
)
def schema(included: bool, output: Path | None) -> None:
    """Write the JSON Schema of scenario files, for editors that complete, explain and underline YAML by one.

    With the YAML language server, a first line in scenario.yaml names it: # yaml-language-server: $schema=schema.json

    \b
    Examples:
      voicebot scenario schema -o my/schema.json
      voicebot scenario schema --included -o my/included.json
    """
    import json

    from dialogs.schema.editor import json_schema
    from engine.errors import SettingsError

    text = json.dumps(json_schema(included=included), ensure_ascii=False, indent=2)
    if output is None:
        click.echo(text)
        return
    try:
        output.write_text(text + "\n", "utf-8")
    except OSError as error:
        raise SettingsError(f"{output}: cannot be written: {error.strerror}") from error
    click.echo(f"{output}: written")
