"""`voicebot settings`: what is in force, or a documented example."""

import click

from config import cli
from config import settings as files


@click.command()
@click.option("--example", is_flag=True, help="Print a settings file with every key, its meaning and its default.")
@click.pass_context
def settings(ctx: click.Context, example: bool) -> None:
    """Print the settings in force as TOML: what was set, and what is the default. Secrets are not shown.

    \b
    Examples:
      voicebot settings
      voicebot settings --example > voicebot.toml
      VOICEBOT_SIP__PORT=5070 voicebot settings
    """
    from config import describe

    click.echo(describe.example() if example else describe.effective(files.load(cli.named_file(ctx))))
